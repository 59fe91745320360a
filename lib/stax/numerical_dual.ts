/** The dual of `ElementwiseNumerical`, apart from the layer: only kernels need its quadrature. */
import { numericalSteps } from "../../kernels/numerical/numerical_activation.ts";
import { type ElementwiseNumerical, forwardFunction, numericalOptions } from "./elementwise.ts";
import { registerDual } from "../network/nonlinearity.ts";

registerDual<ElementwiseNumerical>(
  "ElementwiseNumerical",
  (layer) => numericalSteps(forwardFunction(layer.fn), numericalOptions(layer)),
);

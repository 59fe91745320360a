/** The dual of `ElementwiseNumerical`, apart from the layer: only kernels need its quadrature. */
import { numericalActivation } from "../../kernels/numerical/numerical_activation.ts";
import { type ElementwiseNumerical, forwardFunction, numericalOptions } from "./elementwise.ts";
import { registerDual } from "./nonlinearity.ts";

registerDual<ElementwiseNumerical>(
  "ElementwiseNumerical",
  (layer) => numericalActivation(forwardFunction(layer.fn), numericalOptions(layer)),
);

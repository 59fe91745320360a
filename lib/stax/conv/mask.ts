/** Masks after convolutional layers. */
import { transposedConvolution, type Window } from "../../spatial/axis.ts";
import type { ConvLayer } from "./description.ts";
import { orderOf, specOf, windowsOf } from "./maps.ts";
import { atCenters, type Mask, whereAllReadIsMasked, whereAnyReadIsMasked } from "../../network/mask.ts";

/** The mask of the output: at the centres of windows, or wherever padding reaches by a transposed one. */
export function maskAfter(layer: ConvLayer, mask: Mask): Mask {
  const { outOrder } = specOf(layer);
  const windows = windowsOf(layer, mask.positions);
  const reached = layer.type === "ConvTranspose" ? reachedFrom(mask, windows) : atCenters(mask, windows);
  const positions = outOrder.map((axis) => reached.positions[axis]);
  return whereAllReadIsMasked(reached, [orderOf(outOrder, reached.positions)], positions);
}

function reachedFrom(mask: Mask, windows: readonly Window[]): Mask {
  // Masks do not wrap around, as in the Python library.
  const axes = windows.map(({ padding, ...window }, i) =>
    transposedConvolution(mask.positions[i], { ...window, padding: padding === "VALID" ? padding : "SAME" })
  );
  return whereAnyReadIsMasked(mask, axes, axes.map((axis) => axis.outSize));
}

/** Which networks have finite versions that features can be taken from: of any width, and with an output of every row alone. */
import { UnsupportedError } from "../../errors.ts";
import type { Layer } from "../../network/layer.ts";
import { activationOf, isNonlinearity } from "../../network/nonlinearity.ts";
import { layersIn } from "../../network/rule.ts";
import { ACTION } from "../call.ts";

/** Their kernel depends on widths, they have widths besides their channels, or need more than rows: edges, or masks of every row. */
const UNFIT = ["Aggregate", "FanInConcat", "GlobalSelfAttention"];

const isUnfit = (layer: Layer): boolean =>
  UNFIT.includes(layer.type) ||
  layer.type === "Dropout" && (layer as { readonly mode?: string }).mode !== "test";

/** Refuses networks without such a version. */
export function requireFinite(layer: Layer): void {
  const layers = [...layersIn(layer)];
  const unfit = layers.find(isUnfit);
  if (unfit) {
    throw new UnsupportedError(
      `Cannot ${ACTION} as the layers of a finite network must take any width and every row alone: ` +
        `current value is a network with ${unfit.type}, use its kernelFn`,
    );
  }
  const unknown = layers.filter(isNonlinearity).find((one) => !hasForward(one));
  if (!unknown) return;
  throw new UnsupportedError(
    `Cannot ${ACTION} as the forward function of every nonlinearity must be known: ` +
      `current value is ${unknown.type}, use fromNetwork or nystrom`,
  );
}

function hasForward(layer: Layer): boolean {
  const { fn, call } = activationOf(layer);
  return Boolean(fn ?? call);
}

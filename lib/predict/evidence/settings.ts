/** What evidences and fits are asked for, checked. */
import { assertFinite, NdArray } from "../../array/mod.ts";
import { toFloat64 } from "../../linalg/matmul.ts";
import { continuousOptions, type Option } from "../../network/continuous.ts";
import { usualAxes } from "../../network/axes.ts";
import { ruleOf } from "../../network/rule.ts";
import { isNetwork, type Network } from "../../network/network.ts";
import { mayBeGaussian } from "../../network/traits.ts";
import { abortSignal, nonNegative, oneOf, positive, wrongType } from "../../options.ts";
import { type KernelName, NAMES, notGaussian } from "../kernels.ts";
import type { GradientName } from "./problem.ts";
import { quantitiesOf } from "./variables.ts";

/** What evidences and fits have in common. */
export interface EvidenceSettings {
  /** The kernel that is the prior covariance; default `"nngp"`. */
  readonly kernel?: KernelName;
  /** Variance of the noise of the targets, at least 0; default 1e-2. */
  readonly noise?: number;
  /** Factor of the kernel, above 0; default 1. */
  readonly outputScale?: number;
  /**
   * `"exact"`, by differentiating the network's expressions, or `"differences"`, central differences with two kernels more for each
   * option, which works for all networks; default `"auto"`: exact, and refused where that cannot be.
   */
  readonly gradient?: GradientName;
  /** What computes kernels, as in `kernelFn`; default `"auto"`. */
  readonly backend?: string;
  /** Stops the computation when aborted: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Their defaults. */
export const commonDefaults: Required<EvidenceSettings> = {
  kernel: "nngp",
  noise: 1e-2,
  outputScale: 1,
  gradient: "auto",
  backend: "auto",
  signal: new AbortController().signal,
};

/** The network, its data and its quantities, as they are now. */
export interface Data {
  readonly layer: Network;
  readonly x: NdArray;
  /** Shape [n, outputs] */
  readonly y: NdArray<Float64Array>;
  readonly quantities: readonly Option[];
}

/** What the caller gives, whose arrays are ours. */
export interface Given {
  readonly network: Network;
  readonly x: NdArray;
  readonly y: NdArray;
}

/** The data, with everything checked that needs no kernel. */
export function dataOf(
  action: string,
  { network, x, y }: Given,
  { kernel, noise, outputScale, gradient, signal }: Required<EvidenceSettings>,
): Data {
  if (typeof network !== "object" || network === null || !isNetwork(network)) {
    throw wrongType(action, "network", "a layer or a network, such as stax.Dense(1)", network);
  }
  if (!mayBeGaussian(network)) throw notGaussian("the network");
  oneOf(action, "kernel", kernel, NAMES);
  nonNegative(action, "noise", noise);
  positive(action, "outputScale", outputScale);
  oneOf(action, "gradient", gradient, ["auto", "exact", "differences"]);
  abortSignal(action, "signal", signal);
  requireInputs(action, x);
  const { batchAxis } = ruleOf(network).axes?.(network) ?? usualAxes;
  return {
    layer: network,
    x,
    y: targetsOf(action, y, x.shape.at(batchAxis)!),
    quantities: quantitiesOf(continuousOptions(network), { noise, outputScale }),
  };
}

function requireInputs(action: string, x: NdArray): void {
  if (x.shape.length < 2) {
    throw new TypeError(
      `Cannot ${action} as the shape of x must be [n, features] or [n, …positions, features]: ` +
        `current value is [${x.shape.join(", ")}]`,
    );
  }
  assertFinite(x, "x", action);
}

function targetsOf(action: string, y: NdArray, points: number): NdArray<Float64Array> {
  const own = toFloat64(y);
  const { data, shape } = own;
  if (shape.length > 2 || shape[0] !== points) {
    throw new TypeError(
      `Cannot ${action} as the shape of y must be [${points}] or [${points}, outputs] to match x: ` +
        `current value is [${shape.join(", ")}]`,
    );
  }
  assertFinite(own, "y", action);
  return new NdArray(data, [points, shape[1] ?? 1]);
}

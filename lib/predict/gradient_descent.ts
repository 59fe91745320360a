/** Training dynamics of an infinitely wide network on any loss, by integrating its differential equation. */
import { type ArrayInput, type NdArray, ownArray } from "../array/mod.ts";
import { largest } from "../linalg/symmetric.ts";
import { abortSignal, fraction, outOfRange, positive } from "../options.ts";
import { type KernelName, type Kernels, ownKernel } from "./kernels.ts";
import { labelsOf, type TraceOptions } from "./labels.ts";
import type { LossGradient } from "./loss_flow.ts";
import { optionsOf, overTimes, queryOf, traceNames } from "./queries.ts";
import { TrainKernel } from "./train_kernel.ts";
import {
  type GradientDescentQuery,
  initialState,
  type Query,
  queryDefaults,
  type TrainingState,
} from "./training_state.ts";

export type { LossGradient } from "./loss_flow.ts";

/** Options of `gradientDescent`. */
export interface GradientDescentOptions extends TraceOptions {
  /** Which kernel of a record trains the network. Default `"ntk"`. */
  readonly get?: KernelName;
  /** Step size. Default 1. */
  readonly learningRate?: number;
  /** Momentum of the optimizer (not Nesterov's), 0 ≤ momentum < 1; nothing for plain gradient descent. */
  readonly momentum?: number | null;
  /** Error allowed in a step relative to each output; `"mse"` is exact. Default 1e-8. */
  readonly rtol?: number;
  /** Error allowed in a step besides. Default: `rtol` times the largest target. */
  readonly atol?: number;
}

/** What `gradientDescent` returns: the outputs after `t` steps, with the shape of `t` in front. */
export type GradientDescentPredictFn = <
  A extends ArrayInput | null | undefined = number,
  B extends ArrayInput | null | undefined = null,
>(query: GradientDescentQuery<A, B>) => Promise<TrainingState<A, B>>;

/**
 * Outputs of a network trained by gradient descent on any loss, in continuous time: f' = −K·∂L/∂f with
 * τ = learningRate·t; or, with momentum, f'' = −K·∂L/∂f − (1 − momentum)/√learningRate·f' with τ = √learningRate·t;
 * Lee et al. 2019 (arXiv:1902.06720), §2.2.
 *
 * For `"mse"` the solution is exact, in the eigenbasis of K, where each direction decays or swings by itself;
 * directions in which K is 0 up to rounding do not train. Any other loss is integrated in float64, by Dormand &
 * Prince's explicit 5(4) pair and, once its steps are limited by the fastest decay instead of by the tolerance, by
 * linearly implicit Euler steps extrapolated to order 6. These factor a matrix of the N training outputs, N³ operations
 * a step; they take over as soon as this is less work.
 *
 * @param loss `"mse"` for ‖f − y‖²/(2N), or the gradient of a loss with respect to the outputs.
 * @param kTrainTrain NTK of the training points, shape [n, n] (or [n, n, p, p, …]): one array, or a record (such as a `Kernel`)
 * of which the option `get` says which kernel is meant.
 * @param yTrain Targets, shape [n, channels] (or [n, p, …, channels]).
 * @returns An async function of `{ t, fxTrain0, fxTest0, kTestTrain, signal }` that gives `{ fxTrain, fxTest }`, and
 * `{ qxTrain, qxTest }` with momentum.
 * @throws {TypeError} for shapes that do not fit together and arguments that are missing.
 * @throws {RangeError} for entries that are not finite, options out of their range, times that do not increase or are
 * infinite, and outputs that diverge.
 * @throws {UnsupportedError} for any `traceAxes` but [-1].
 *
 * @example Cross-entropy of a single point in two classes, y = (1, 0)
 * ```ts
 * import assert from "node:assert/strict";
 * import { NdArray } from "../array/mod.ts";
 * import { gradientDescent } from "./gradient_descent.ts";
 *
 * const predictFn = gradientDescent(
 *   (fx, y) => {
 *     const exp = fx.data.map(Math.exp);
 *     const sum = exp[0] + exp[1];
 *     return new NdArray(exp.map((e, i) => e / sum - y.data[i]), y.shape);
 *   },
 *   [[1]],
 *   [[1, 0]],
 * );
 * const { fxTrain } = await predictFn({ t: 10 });
 * // d = f₀ − f₁ obeys d' = 2/(1 + eᵈ), so that d + eᵈ = 1 + 2t.
 * const d = fxTrain.at(0, 0) - fxTrain.at(0, 1);
 * assert.ok(Math.abs(d + Math.exp(d) - 21) < 1e-6);
 * ```
 */
export function gradientDescent(
  loss: "mse" | LossGradient,
  kTrainTrain: Kernels,
  yTrain: ArrayInput,
  options: GradientDescentOptions = {},
): GradientDescentPredictFn {
  const { get, learningRate, momentum, rtol, ...o } = optionsOf({
    get: "ntk" as KernelName,
    learningRate: 1,
    momentum: null as number | null,
    rtol: 1e-8,
    atol: undefined as number | undefined,
    ...traceNames,
  }, options);
  positive("predict", "learningRate", learningRate);
  positive("predict", "rtol", rtol);
  if (momentum !== null) fraction("predict", "momentum", momentum);
  if (loss !== "mse" && typeof loss !== "function") {
    throw outOfRange("predict", "loss", `"mse" or a gradient`, loss);
  }
  const train = new TrainKernel(ownKernel(kTrainTrain, get, "kTrainTrain"), "kTrainTrain", {});
  const labels = labelsOf(yTrain, train.kernel.rows, o);
  const { atol = rtol * (largest(labels.matrix.data) || 1) } = o;
  positive("predict", "atol", atol);
  // With momentum the equation is solved in units of √learningRate.
  const unit = momentum === null ? learningRate : Math.sqrt(learningRate);
  const friction = momentum === null ? null : (1 - momentum) / unit;

  const predict = async (given: Query) => {
    const query = queryOf(queryDefaults, given) as Query;
    const times = increasingTimes(query.t);
    const { signal } = query;
    if (signal !== undefined) abortSignal("predict", "signal", signal).throwIfAborted();
    const start = initialState(query, train, labels, { get, withVelocity: momentum !== null });
    const taus = Array.from(times.data, (t) => t * unit);
    const { lossStates, mseStates } = await import("./engine.ts");
    const states = loss === "mse"
      ? await mseStates(train, labels, start, friction, taus)
      : await lossStates({ gradient: loss, labels, friction }, start, taus, { rtol, atol, signal });
    signal?.throwIfAborted();
    return await overTimes(times, (_, i) => start.unpack(states[i]));
  };
  return predict as GradientDescentPredictFn;
}

function increasingTimes(t: ArrayInput): NdArray {
  const times = ownArray(t, "t");
  const bad = times.data.findIndex((time, i) =>
    !(Number.isFinite(time) && time >= 0 && !(time <= times.data[i - 1]))
  );
  if (bad >= 0) throw outOfRange("predict", "t", "finite, non-negative and increasing", times.data[bad]);
  return times;
}

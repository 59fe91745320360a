/** Branches: copies of an input, and sums, products and concatenations of branches. */
import { NdArray } from "../array.ts";
import { UnsupportedError } from "../errors.ts";
import { constant, type Expr } from "../expr/expr.ts";
import { integer, withDefaults } from "./check.ts";
import { isBranches, type KernelExpr, type KernelTree } from "./kernel_expr.ts";
import { type ArrayTree, isShapes, type Layer, register, type Shape, type ShapeTree } from "./layer.ts";
import { type Network, network } from "./network.ts";

/** The description of `FanOut`. */
export interface FanOut extends Layer {
  readonly type: "FanOut";
  readonly num: number;
}

/** The description of `FanInConcat`. */
export interface FanInConcat extends Layer {
  readonly type: "FanInConcat";
  readonly axis: number;
}

/** `num` copies of the input, one for each layer of the `parallel` that follows. */
export function FanOut(num: number): Network<FanOut> {
  return network({ type: "FanOut", num: integer("FanOut", "num", num, 1) });
}

/**
 * The sum of branches with independent weights: kernels and NTKs add.
 *
 * @throws {UnsupportedError} when a kernel is computed and a branch does not end in a layer with weights.
 *
 * @example A residual block
 * ```ts
 * import * as stax from "./mod.ts";
 * const block = stax.serial(
 *   stax.FanOut(2),
 *   stax.parallel(stax.serial(stax.Relu(), stax.Dense(64)), stax.Identity()),
 *   stax.FanInSum(),
 * );
 * const { kernelFn } = stax.serial(stax.Dense(64), block, stax.Relu(), stax.Dense(1));
 * const nngp = await kernelFn([[1, 1]], [[1, 1]], "nngp");
 * if (nngp.at(0, 0) !== 0.75) throw new Error("(1 + 1/2)/2 must be 3/4");
 * ```
 */
export function FanInSum(): Network<Layer> {
  return network({ type: "FanInSum" });
}

/** The entrywise product of independent branches: kernels multiply, NTKs follow the product rule. */
export function FanInProd(): Network<Layer> {
  return network({ type: "FanInProd" });
}

/**
 * The concatenation of independent branches along the features: the average of their kernels, weighted by their widths.
 *
 * @throws {UnsupportedError} for another axis.
 */
export function FanInConcat(options: { readonly axis?: number } = {}): Network<FanInConcat> {
  const { axis } = withDefaults("FanInConcat", { axis: -1 }, options);
  if (axis !== -1 && axis !== 1) {
    throw new UnsupportedError(
      `Cannot build FanInConcat as axis must be −1, the features: current value is ${axis}, concatenate the arrays instead`,
    );
  }
  return network({ type: "FanInConcat", axis: -1 });
}

register<FanOut>("FanOut", {
  kernel: ({ num }, input) => Array<KernelTree>(num).fill(input),
  init: ({ num }, _key, shape) => [Array<ShapeTree>(num).fill(shape), null],
  apply: ({ num }, _params, input) => Array<ArrayTree>(num).fill(input),
});

register("FanInSum", {
  kernel(_layer, input) {
    const ks = kernels("FanInSum", input);
    if (ks.length > 1 && !ks.every((k) => k.isGaussian)) {
      throw new UnsupportedError(
        "Cannot apply FanInSum as every branch must be Gaussian with mean 0: " +
          `current value is branch ${
            ks.findIndex((k) => !k.isGaussian)
          } after a nonlinearity, end it with Dense(…)`,
      );
    }
    const sum = (entry: Entry) => ks.map((k) => k[entry]).reduce((a, b) => a.add(b));
    return combined(ks, { nngp: sum("nngp"), ntk: sum("ntk"), var1: sum("var1"), var2: sum("var2") }, true);
  },
  init: (_layer, _key, shapes) => [sameShapes("FanInSum", shapes), null],
  apply: (_layer, _params, inputs) => elementwise("FanInSum", inputs, (x, y) => x + y),
});

register("FanInProd", {
  kernel(_layer, input) {
    const ks = kernels("FanInProd", input);
    const product = (entry: Entry) => ks.map((k) => k[entry]).reduce((a, b) => a.mul(b));
    return combined(
      ks,
      { nngp: product("nngp"), ntk: productRule(ks), var1: product("var1"), var2: product("var2") },
      ks.length === 1,
    );
  },
  init: (_layer, _key, shapes) => [sameShapes("FanInProd", shapes), null],
  apply: (_layer, _params, inputs) => elementwise("FanInProd", inputs, (x, y) => x * y),
});

register<FanInConcat>("FanInConcat", {
  kernel(_layer, input) {
    const ks = kernels("FanInConcat", input);
    const total = ks.reduce((sum, k) => sum + k.width, 0);
    const mean = (entry: Entry) => ks.map((k) => k[entry].mul(k.width / total)).reduce((a, b) => a.add(b));
    const k = { nngp: mean("nngp"), ntk: mean("ntk"), var1: mean("var1"), var2: mean("var2") };
    return { ...combined(ks, k, false, false), width: total };
  },
  init(_layer, _key, shapes) {
    const all = shapesOf("FanInConcat", shapes);
    return [[all[0][0], all.reduce((sum, [, width]) => sum + width, 0)], null];
  },
  apply: (_layer, _params, inputs) => concatenateFeatures(arraysOf("FanInConcat", inputs)),
});

type Entry = "nngp" | "ntk" | "var1" | "var2";

/** Σᵢ Θᵢ Πⱼ≠ᵢ Kⱼ */
function productRule(ks: readonly KernelExpr[]): Expr {
  return ks.map(({ ntk }, i) => ks.reduce((term, k, j) => j === i ? term : term.mul(k.nngp), ntk))
    .reduce((a, b) => a.add(b), constant(0));
}

function combined(
  ks: readonly KernelExpr[],
  covariances: Pick<KernelExpr, Entry>,
  isGaussian: boolean,
  equalWidths = true,
): KernelExpr {
  if (equalWidths && ks.some((k) => k.width !== ks[0].width)) {
    throw new TypeError(
      `Cannot join branches as their widths must be equal: current value is ${
        ks.map((k) => k.width).join(", ")
      }`,
    );
  }
  const same = ks.map((k) => k.same).reduce((a, b) => a.and(b));
  const isInput = ks.every((k) => k.isInput);
  return { ...ks[0], ...covariances, same, isGaussian: isGaussian && ks.every((k) => k.isGaussian), isInput };
}

function kernels(layer: string, input: KernelTree): readonly KernelExpr[] {
  if (!isBranches(input) || input.some(isBranches)) refuse(layer);
  return input as readonly KernelExpr[];
}

function shapesOf(layer: string, input: ShapeTree): readonly Shape[] {
  if (!isShapes(input)) refuse(layer);
  return input as readonly Shape[];
}

function arraysOf(layer: string, input: ArrayTree): readonly NdArray[] {
  if (input instanceof NdArray) refuse(layer);
  return input as readonly NdArray[];
}

function refuse(layer: string): never {
  throw new TypeError(
    `Cannot apply ${layer} as its input must have branches: current value is one, put FanOut(n) before it`,
  );
}

function sameShapes(layer: string, shapes: ShapeTree): Shape {
  const all = shapesOf(layer, shapes);
  if (all.some((shape) => String(shape) !== String(all[0]))) {
    throw new TypeError(
      `Cannot apply ${layer} as the shapes of its branches must be equal: ` +
        `current value is ${all.map((shape) => `[${shape.join(", ")}]`).join(", ")}`,
    );
  }
  return all[0];
}

function elementwise(layer: string, inputs: ArrayTree, combine: (x: number, y: number) => number): NdArray {
  const all = arraysOf(layer, inputs);
  sameShapes(layer, all.map((a) => a.shape));
  const data = all.map((a) => a.data).reduce((x, y) =>
    Float64Array.from(x, (value, i) => combine(value, y[i]))
  );
  return new NdArray(data, all[0].shape);
}

function concatenateFeatures(all: readonly NdArray[]): NdArray {
  const count = all[0].shape[0];
  const width = all.reduce((sum, a) => sum + a.shape[1], 0);
  const out = new Float64Array(count * width);
  let offset = 0;
  for (const { data, shape: [, own] } of all) {
    for (let i = 0; i < count; i++) out.set(data.subarray(i * own, (i + 1) * own), i * width + offset);
    offset += own;
  }
  return new NdArray(out, [count, width]);
}

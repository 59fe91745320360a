/** Branches put side by side along one axis. */
import { NdArray } from "../array.ts";
import { UnsupportedError } from "../errors.ts";
import { type Expr, variable } from "../expr/expr.ts";
import { identity, selection } from "../spatial/axis.ts";
import {
  arraysOf,
  joinedNature,
  joinedOrigin,
  kernelsOf,
  requireEqual,
  requireIndependent,
  shapesOf,
} from "./branches.ts";
import { integer, withDefaults } from "./check.ts";
import { type Context, isSame, type KernelExpr, mapPositions } from "./kernel_expr.ts";
import { type Layer, type MaskedInput, register, type Shape } from "./layer.ts";
import { type Mask, withChannels } from "./mask.ts";
import { type Network, network } from "./network.ts";

/** The description of `FanInConcat`. */
export interface FanInConcat extends Layer {
  /** The name of the layer */
  readonly type: "FanInConcat";
  /** The axis along which branches lie side by side */
  readonly axis: number;
}

/**
 * The concatenation of independent branches: along the features the average of their kernels, weighted by their widths; along
 * positions or examples blocks, with 0 between different branches. One branch alone stays as it is.
 *
 * @param options `axis`, default −1, counts the axes of the branches from 0, or from the end if negative
 * @throws {UnsupportedError} when a kernel is computed along another axis than the features and a branch is not Gaussian, or two
 * branches have no weights of their own since `FanOut`.
 *
 * @example Two branches as two examples
 * ```ts
 * import * as stax from "./mod.ts";
 * const branches = stax.parallel(stax.Dense(4), stax.Dense(4, { wStd: 2 }));
 * const { kernelFn } = stax.serial(stax.FanOut(2), branches, stax.FanInConcat({ axis: 0 }));
 * const nngp = await kernelFn([[1, 1]], null, "nngp");
 * if (String(nngp.toNested()) !== "1,0,0,4") throw new Error("branches must be independent");
 * ```
 */
export function FanInConcat(options: { readonly axis?: number } = {}): Network<FanInConcat> {
  const { axis } = withDefaults("FanInConcat", { axis: -1 }, options);
  return network({ type: "FanInConcat", axis: integer("FanInConcat", "axis", axis, -Infinity) });
}

register<FanInConcat>("FanInConcat", {
  kernel(layer, input, context) {
    const ks = kernelsOf("FanInConcat", input);
    const axis = axisOf(layer, ks[0].positions.length + 2);
    if (ks.length === 1) return ks[0];
    requireEqual("axes of examples and features", ks.map((k) => `${k.batchAxis} and ${k.channelAxis}`));
    if (axis === ks[0].channelAxis) return averaged(ks);
    requireGaussian(ks);
    requireIndependent("FanInConcat along another axis than the features", ks);
    requireEqual("widths", ks.map((k) => String(k.width)));
    return axis === ks[0].batchAxis ? stacked(ks, context) : placed(ks, axis, context);
  },
  init(layer, _key, shapes) {
    const all = shapesOf("FanInConcat", shapes);
    const axis = axisOf(layer, all[0].length);
    requireEqual("other axes", all.map((shape) => `[${shape.toSpliced(axis, 1).join(", ")}]`));
    const lengths = all.map((shape) => shape[axis]);
    const length = lengths.includes(-1) ? -1 : lengths.reduce((sum, value) => sum + value, 0);
    return [all[0].with(axis, length), null];
  },
  apply(layer, _params, inputs) {
    const all = arraysOf("FanInConcat", inputs);
    return concatenated(all, axisOf(layer, all[0].shape.length));
  },
  nature: (_layer, inputs) => joinedNature(inputs),
  mask: joinedMask,
});

/** Masks side by side; along the features all of them are told apart. */
function joinedMask(layer: FanInConcat, masks: readonly Mask[], inputs: readonly MaskedInput[]): Mask {
  if (masks.length === 1) return masks[0];
  const rank = masks[0].positions.length + 2;
  const { batchAxis, channelAxis } = inputs[0];
  const given = axisOf(layer, rank);
  if (given === batchAxis) {
    throw new UnsupportedError(
      "Cannot apply FanInConcat with maskConstant as axis must not be that of the examples: " +
        `current value is ${layer.axis}`,
    );
  }
  const isFeatures = given === channelAxis;
  // In masks positions follow the example, and features are last.
  const axis = isFeatures ? rank - 1 : given + 1 - Number(batchAxis < given) - Number(channelAxis < given);
  const channels = Math.max(...masks.map((mask) => mask.channels));
  const arrays = masks.map((mask, i) => {
    const wide = withChannels(mask, isFeatures ? inputs[i].width : channels);
    return new NdArray(Float64Array.from(wide.data), [1, ...mask.positions, wide.channels]);
  });
  const { data, shape } = concatenated(arrays, axis);
  return { positions: shape.slice(1, -1), channels: shape[rank - 1], data: Uint8Array.from(data) };
}

function axisOf({ axis }: FanInConcat, rank: number): number {
  const from0 = axis < 0 ? axis + rank : axis;
  if (from0 >= 0 && from0 < rank) return from0;
  throw new TypeError(
    `Cannot apply FanInConcat as axis must be one of the ${rank} axes of its branches: current value is ${axis}`,
  );
}

function requireGaussian(ks: readonly KernelExpr[]): void {
  const bad = ks.findIndex((k) => !k.isGaussian);
  if (bad < 0) return;
  throw new UnsupportedError(
    "Cannot apply FanInConcat along another axis than the features as every branch must be Gaussian with mean 0: " +
      `current value is branch ${bad} after a nonlinearity, end it with Dense(…)`,
  );
}

type Entry = "nngp" | "ntk" | "var1" | "var2";

/** Every entry combined. */
function entries(combine: (entry: Entry) => Expr): Pick<KernelExpr, Entry> {
  return { nngp: combine("nngp"), ntk: combine("ntk"), var1: combine("var1"), var2: combine("var2") };
}

/** Features side by side: each weighs as much as its branch is wide. */
function averaged(ks: readonly KernelExpr[]): KernelExpr {
  requireEqual("positions", ks.map((k) => `[${k.positions.join(", ")}]`));
  requireEqual("batches", ks.map((k) => JSON.stringify(k.batch)));
  const width = ks.reduce((sum, k) => sum + k.width, 0);
  const mean = (entry: Entry) => ks.map((k) => k[entry].mul(k.width / width)).reduce((a, b) => a.add(b));
  const same = ks.map((k) => k.same).reduce((a, b) => a.and(b));
  return { ...ks[0], ...entries(mean), ...joinedOrigin(ks), same, width, isGaussian: false };
}

/** Examples side by side: rows know their branch, and different branches are independent. */
function stacked(ks: readonly KernelExpr[], { variables, batchNames }: Context): KernelExpr {
  requireEqual("positions", ks.map((k) => `[${k.positions.join(", ")}]`));
  const batches = ks.map((k) => k.batch);
  const structure = JSON.stringify(batches);
  // The same batches have the same name, since branches that put them together in the same order have the same rows.
  if (!batchNames.has(structure)) batchNames.set(structure, `part${batchNames.size}`);
  const label = batchNames.get(structure)!;
  variables[label] = ({ labels }) => ({ values: Float64Array.from(labels[label]), positions: 1 });
  const [part1, part2] = [variable(label, "row1"), variable(label, "row2")];
  const choose = (entry: keyof Pick<KernelExpr, Entry | "same">, part: Expr) =>
    ks.map((k) => k[entry]).reduceRight((rest, value, i) => part.eq(i).select(value, rest));
  const together = part1.eq(part2);
  return {
    ...ks[0],
    nngp: together.select(choose("nngp", part1), 0),
    ntk: together.select(choose("ntk", part1), 0),
    var1: choose("var1", part1),
    var2: choose("var2", part2),
    same: together.and(choose("same", part1)),
    ...joinedOrigin(ks),
    batch: { kind: "concat", of: batches, label },
  };
}

/** Positions side by side: each branch is put where it belongs, with 0 elsewhere, and they are added. */
function placed(ks: readonly KernelExpr[], axis: number, context: Context): KernelExpr {
  const { batchAxis, channelAxis, positions } = ks[0];
  const at = axis - Number(batchAxis < axis) - Number(channelAxis < axis);
  requireEqual("other positions", ks.map((k) => `[${k.positions.toSpliced(at, 1).join(", ")}]`));
  requireEqual("batches", ks.map((k) => JSON.stringify(k.batch)));
  const lengths = ks.map((k) => k.positions[at]);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const parts = ks.map((k, i) => {
    const start = lengths.slice(0, i).reduce((sum, length) => sum + length, 0);
    const map = selection(lengths[i], places(start, lengths[i], total));
    const axes = k.positions.map((length, axis) => axis === at ? map : identity(length));
    return mapPositions(k, { axes, local: false }, context);
  });
  const sums = entries((entry) => parts.map((k) => k[entry]).reduce((a, b) => a.add(b)));
  const same = isSame(sums.nngp, sums.var1, sums.var2);
  return { ...parts[0], ...sums, ...joinedOrigin(ks), same, positions: positions.with(at, total) };
}

/** For each of `total` positions the one of a part that starts at `start`, or −1. */
function places(start: number, length: number, total: number): number[] {
  return Array.from({ length: total }, (_, p) => p >= start && p < start + length ? p - start : -1);
}

function concatenated(all: readonly NdArray<Float64Array>[], axis: number): NdArray<Float64Array> {
  const inner = (shape: Shape) => shape.slice(axis).reduce((product, length) => product * length, 1);
  requireEqual("other axes", all.map(({ shape }) => `[${shape.toSpliced(axis, 1).join(", ")}]`));
  const shape = all[0].shape.with(axis, all.reduce((sum, a) => sum + a.shape[axis], 0));
  const step = inner(shape);
  const out = new Float64Array(all.reduce((sum, a) => sum + a.size, 0));
  let offset = 0;
  for (const { data, shape } of all) {
    const own = inner(shape);
    for (let i = 0; i * own < data.length; i++) {
      out.set(data.subarray(i * own, (i + 1) * own), i * step + offset);
    }
    offset += own;
  }
  return new NdArray(out, shape);
}

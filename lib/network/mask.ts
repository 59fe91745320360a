/** Masks: which entries of an example are padding, and what linear maps of positions make of that. */
import { countOf, NdArray, show } from "../array/mod.ts";
import { UnsupportedError } from "../errors.ts";
import { type AxisMap, selection, type Window, windowGeometry } from "../spatial/axis.ts";

/** Which entries of one example are padding. */
export interface Mask {
  readonly positions: readonly number[];
  /** Features that are told apart; 1 where a whole position is masked or not */
  readonly channels: number;
  /** 1 for padding, (positions, channels) */
  readonly data: Uint8Array;
}

/** Refuses what is neither a number, which may be NaN, nor null. */
export function requireMaskConstant(action: string, constant: number | null): void {
  if (constant === null || typeof constant === "number") return;
  throw new TypeError(
    `Cannot ${action} as maskConstant must be a number or null: current value is ${
      show(constant)
    }, write that number where the inputs are padding`,
  );
}

/** The mask of an example (positions, channels) whose entries equal to `constant` are padding. */
export function maskOf(
  x: Float64Array | Float32Array,
  positions: readonly number[],
  channels: number,
  constant: number,
): Mask {
  const held = heldIn(x, constant);
  const data = new Uint8Array(x.length);
  for (let k = 0; k < x.length; k++) data[k] = Number(isConstant(x[k], held));
  return { positions, channels, data };
}

/** The constant as an array of the type of `data` holds it. */
export const heldIn = (data: Float64Array | Float32Array, constant: number): number =>
  data instanceof Float32Array ? Math.fround(constant) : constant;

/** True for the constant, NaN included. */
export const isConstant = (value: number, constant: number): boolean =>
  value === constant || (Number.isNaN(value) && Number.isNaN(constant));

/** An array (batch, …positions, features) of this shape with 0 for padding and 1 elsewhere. */
export function kept(masks: readonly Mask[], shape: readonly number[]): NdArray<Float64Array> {
  const width = shape[shape.length - 1];
  const entries = masks.flatMap(({ channels, data }) =>
    Array.from(
      { length: data.length / channels * width },
      (_, k) => 1 - data[channels === 1 ? Math.floor(k / width) : k],
    )
  );
  return new NdArray(Float64Array.from(entries), shape);
}

/** A position is masked if all of its features are: what a layer with weights makes of a mask. */
export function joinChannels({ positions, channels, data }: Mask): Mask {
  const all = Array.from(
    { length: countOf(positions) },
    (_, p) => Number(!data.subarray(p * channels, (p + 1) * channels).includes(0)),
  );
  return { positions, channels: 1, data: Uint8Array.from(all) };
}

/** The mask with each of so many features told apart. */
export function withChannels(mask: Mask, channels: number): Mask {
  if (mask.channels === channels) return mask;
  const data = Array.from(
    { length: mask.data.length * channels },
    (_, k) => mask.data[Math.floor(k / channels)],
  );
  return { ...mask, channels, data: Uint8Array.from(data) };
}

/** The mask of whole positions; refused where features differ. */
export function wholePositions(layer: string, mask: Mask): Mask {
  const joined = joinChannels(mask);
  const { channels, data } = mask;
  if (data.every((entry, k) => entry === joined.data[Math.floor(k / channels)])) return joined;
  throw new UnsupportedError(
    `Cannot apply ${layer} as the mask must be the same for all features of a position: ` +
      "current value differs, put Dense(…) or Conv(…) before it",
  );
}

/** A window is masked if its central position is, so that masks of shorter inputs shrink as they do. */
export function atCenters(mask: Mask, windows: readonly Window[]): Mask {
  const axes = mask.positions.map((size, i) => {
    // Wrapped windows have the geometry of padded ones.
    const { size: taps, stride, padding } = windows[i];
    const window: Window = { size: taps, stride, padding: padding === "VALID" ? "VALID" : "SAME" };
    const { outSize, before } = windowGeometry(size, window);
    const center = Math.floor((taps - 1) / 2) - before;
    return selection(size, Array.from({ length: outSize }, (_, P) => center + P * stride));
  });
  return whereAllReadIsMasked(mask, axes);
}

/** An output position is masked if all that it reads is. */
export function whereAllReadIsMasked(
  mask: Mask,
  axes: readonly AxisMap[],
  positions?: readonly number[],
): Mask {
  return mapped(mask, axes, positions, (entries) => entries.every((entry) => entry === 1));
}

/** An output position is masked if something that it reads is. */
export function whereAnyReadIsMasked(mask: Mask, axes: readonly AxisMap[]): Mask {
  return mapped(mask, axes, undefined, (entries) => entries.some((entry) => entry === 1));
}

function mapped(
  { channels, data }: Mask,
  axes: readonly AxisMap[],
  positions: readonly number[] = axes.map((axis) => axis.outSize),
  isMasked: (entries: number[]) => boolean,
): Mask {
  const reads = readsOf(axes);
  const out = reads.flatMap((at) =>
    Array.from({ length: channels }, (_, c) => Number(isMasked(at.map((p) => data[p * channels + c]))))
  );
  return { positions, channels, data: Uint8Array.from(out) };
}

/** For every output position, row-major over the axes, the input positions that some term reads. */
function readsOf(axes: readonly AxisMap[]): number[][] {
  return axes.reduce<number[][]>((outer, { size, outSize, terms }) => {
    const own = Array.from({ length: outSize }, (_, P) => [...new Set(terms.flatMap((term) => term[P].at))]);
    return outer.flatMap((starts) =>
      own.map((at) => starts.flatMap((start) => at.map((p) => start * size + p)))
    );
  }, [[0]]);
}

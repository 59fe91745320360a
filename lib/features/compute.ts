/** What layers of features compute, which is loaded with the first of them. */
import { countOf } from "../array/mod.ts";
import { wrongType } from "../options.ts";
import { convolution, pooling, type Window, windowGeometry } from "../spatial/axis.ts";
import { type Taps, tapsOf, transform } from "../spatial/finite.ts";
import type { Parts } from "../sketching/complex.ts";
import { inBlocks, powerSketches, rowRange, tensorSketch, transformed } from "../sketching/compute.ts";
import { fouriers } from "../sketching/fourier.ts";
import { hashOf, seriesOf, treeOf } from "../sketching/poly_tensor_sketch.ts";
import { hashesOf } from "../sketching/tensor_srht.ts";
import { inRanges, mapped, type Steps } from "../steps.ts";
import type { SketchInputs, State } from "./state.ts";

/** σ_W and σ_b, the latter null without biases. */
interface Weights {
  readonly wStd: number;
  readonly bStd: number | null;
}

const widthOf = ({ shape }: Parts) => shape[shape.length - 1];

/** Entries that are handled in a step, well below a millisecond. */
const STEP_ENTRIES = 2 ** 17;

/** Calls `act` for ranges of rows of so many numbers. */
const overRows = (rows: number, width: number, act: (start: number, end: number) => void): Steps<void> =>
  inRanges(rows, Math.ceil(STEP_ENTRIES / width), act);

/** Both parts, by what becomes of one. */
function* onParts(
  parts: Parts,
  act: (a: Float64Array) => Steps<Float64Array>,
  shape = parts.shape,
): Steps<Parts> {
  return { shape, re: yield* act(parts.re), im: parts.im && (yield* act(parts.im)) };
}

/** Each number with the norm of its row. */
function byRow(
  parts: Parts,
  norms: Float64Array,
  act: (value: number, norm: number) => number,
): Steps<Parts> {
  const width = widthOf(parts);
  return onParts(parts, function* (a) {
    const out = new Float64Array(a.length);
    yield* overRows(norms.length, width, (start, end) => {
      for (let row = start, k = start * width; row < end; row++) {
        for (const last = k + width; k < last; k++) out[k] = act(a[k], norms[row]);
      }
    });
    return out;
  });
}

/** Every number times a factor. */
function scaledBy(parts: Parts, factor: number, shape = parts.shape): Steps<Parts> {
  return onParts(parts, function* (a) {
    const out = new Float64Array(a.length);
    yield* inRanges(a.length, STEP_ENTRIES, (start, end) => {
      for (let k = start; k < end; k++) out[k] = factor * a[k];
    });
    return out;
  }, shape);
}

const times = (value: number, norm: number) => value * norm;
const over = (value: number, norm: number) => value / norm;

/** Features with their norms. */
export function* whole(state: State): Steps<State> {
  const { nngp, ntk, norms } = state;
  if (!norms) return state;
  return {
    ...state,
    nngp: yield* byRow(nngp, norms, times),
    ntk: ntk && (yield* byRow(ntk, norms, times)),
    norms: null,
  };
}

/** Features without their norms; those of a zero point have the norm 1. */
export function* normalized(state: State): Steps<State & { readonly norms: Float64Array }> {
  const { nngp, ntk } = state;
  if (state.norms) return { ...state, norms: state.norms };
  const norms = yield* normsOf(nngp);
  const next = yield* byRow(nngp, norms, over);
  return { ...state, nngp: next, ntk: ntk && (yield* byRow(ntk, norms, over)), norms };
}

function* normsOf(parts: Parts): Steps<Float64Array> {
  const { re, im } = parts;
  const width = widthOf(parts);
  const norms = new Float64Array(re.length / width);
  yield* overRows(norms.length, width, (start, end) => {
    for (let row = start, k = start * width; row < end; row++) {
      let square = 0;
      for (const last = k + width; k < last; k++) square += re[k] * re[k] + (im ? im[k] * im[k] : 0);
      norms[row] = square > 0 ? Math.sqrt(square) : 1;
    }
  });
  return norms;
}

/** K′ = σ_W²·K + σ_b² and Θ′ = K′ + σ_W²·Θ: the constant is one more feature, and sums of kernels are features side by side. */
export function* weighted(state: State, { wStd, bStd }: Weights): Steps<State> {
  if (bStd === null) {
    const { nngp, ntk, norms, isReversed } = yield* normalized(state);
    return { nngp, ntk: yield* besides(ntk, nngp), norms: norms.map((norm) => norm * wStd), isReversed };
  }
  const { nngp, ntk, isReversed } = yield* whole(state);
  const next = yield* withConstant(yield* scaledBy(nngp, wStd), bStd);
  const nextNtk = yield* besides(ntk && (yield* scaledBy(ntk, wStd)), next);
  return yield* normalized({ nngp: next, ntk: nextNtk, norms: null, isReversed });
}

function* besides(first: Parts | null, second: Parts): Steps<Parts> {
  if (!first) return second;
  const [m, n] = [widthOf(first), widthOf(second)];
  const rows = first.re.length / m;
  const join = function* (a: Float64Array | null, b: Float64Array | null): Steps<Float64Array> {
    const out = new Float64Array(rows * (m + n));
    yield* overRows(rows, m + n, (start, end) => {
      for (let row = start; row < end; row++) {
        if (a) out.set(a.subarray(row * m, (row + 1) * m), row * (m + n));
        if (b) out.set(b.subarray(row * n, (row + 1) * n), row * (m + n) + m);
      }
    });
    return out;
  };
  return {
    shape: [...first.shape.slice(0, -1), m + n],
    re: yield* join(first.re, second.re),
    im: first.im || second.im ? yield* join(first.im, second.im) : null,
  };
}

function withConstant(parts: Parts, constant: number): Steps<Parts> {
  const shape = [...parts.shape.slice(0, -1), 1];
  return besides(parts, { shape, re: new Float64Array(countOf(shape)).fill(constant), im: null });
}

/** The means over shifts of K and Θ are those of features shifted by each of them, side by side; then the weights. */
export function* convolved(state: State, windows: readonly Window[], weights: Weights): Steps<State> {
  const given = yield* whole(state);
  const positions = given.nngp.shape.slice(1, -1);
  const taps = inOrder(positions, windows, state.isReversed);
  const nngp = yield* shifted(given.nngp, positions, windows, taps);
  const ntk = given.ntk && (yield* shifted(given.ntk, positions, windows, taps));
  return yield* weighted({ nngp, ntk, norms: null, isReversed: !state.isReversed }, weights);
}

function* shifted(
  parts: Parts,
  positions: readonly number[],
  windows: readonly Window[],
  taps: Taps,
): Steps<Parts> {
  const { reads, count, outPositions } = taps;
  const width = widthOf(parts);
  const [examples, size] = [parts.shape[0], countOf(positions) * width];
  const factor = Math.sqrt(1 / count);
  const axes = windows.map((window, i) => convolution(positions[i], window).outSize);
  const shift = function* (a: Float64Array): Steps<Float64Array> {
    const out = new Float64Array(examples * outPositions * count * width);
    yield* mapped(Array(examples).fill(0), (_, example) => {
      const to = example * reads.length * width;
      reads.forEach((p, k) => {
        if (p < 0) return;
        const from = example * size + p * width;
        for (let c = 0; c < width; c++) out[to + k * width + c] = factor * a[from + c];
      });
    });
    return out;
  };
  return {
    shape: [examples, ...axes, count * width],
    re: yield* shift(parts.re),
    im: parts.im && (yield* shift(parts.im)),
  };
}

/**
 * The taps of a convolution, the nearest first on each axis: 0, 1, −1, 2, …, and all of the last axis before the next of the one before
 * it, or the other way round. The order is nothing to the kernel, but features that are sketched depend on it; it is that of the
 * Python package.
 */
function inOrder(positions: readonly number[], windows: readonly Window[], isReversed: boolean): Taps {
  const axes = windows.map((window, i) => {
    const axis = convolution(positions[i], window);
    const { before } = windowGeometry(positions[i], window);
    const offset = (tap: number) => 2 * Math.abs(tap - before) - Number(tap > before);
    const order = axis.terms.map((_, tap) => tap).sort((a, b) => offset(a) - offset(b));
    return { ...axis, terms: order.map((tap) => axis.terms[tap]) };
  });
  const taps = tapsOf(axes);
  if (!isReversed) return taps;
  const sizes = windows.map(({ size }) => size);
  const reads = taps.reads.map((_, k) => {
    const [P, tap] = [Math.floor(k / taps.count), k % taps.count];
    return taps.reads[P * taps.count + transposedIndex(tap, sizes)];
  });
  return { ...taps, reads };
}

/** The index of an entry that is number `index` where the first axis runs fastest. */
function transposedIndex(index: number, sizes: readonly number[]): number {
  let rest = index;
  const at = sizes.map((size) => {
    const i = rest % size;
    rest = (rest - i) / size;
    return i;
  });
  return sizes.reduce((flat, size, axis) => flat * size + at[axis], 0);
}

/** Means over windows, which are linear. */
export function* pooled(state: State, windows: readonly Window[], normalizeEdges: boolean): Steps<State> {
  const { nngp, ntk, isReversed } = yield* whole(state);
  const [examples, ...positions] = nngp.shape.slice(0, -1);
  const axes = windows.map((window, i) => pooling(positions[i], window, { average: true, normalizeEdges }));
  const after = axes.map(({ outSize }) => outSize);
  const pool = (parts: Parts) => {
    const width = widthOf(parts);
    return onParts(parts, function* (a) {
      const [size, outSize] = [countOf(positions) * width, countOf(after) * width];
      const out = new Float64Array(examples * outSize);
      yield* inRanges(examples, 1, (example) => {
        const given = a.subarray(example * size, (example + 1) * size);
        out.set(transform(axes, given, width), example * outSize);
      });
      return out;
    }, [examples, ...after, width]);
  };
  return yield* normalized({
    nngp: yield* pool(nngp),
    ntk: ntk && (yield* pool(ntk)),
    norms: null,
    isReversed,
  });
}

/** The mean over positions of K and Θ at the same position: features of all positions side by side. */
export function* flattened(state: State): Steps<State> {
  const { nngp, ntk, isReversed } = yield* whole(state);
  const factor = Math.sqrt(1 / countOf(nngp.shape.slice(1, -1)));
  const flatten = (parts: Parts) => scaledBy(parts, factor, [parts.shape[0], countOf(parts.shape.slice(1))]);
  return yield* normalized({
    nngp: yield* flatten(nngp),
    ntk: ntk && (yield* flatten(ntk)),
    norms: null,
    isReversed,
  });
}

/** e^(a(ρ − 1)) and its derivative as series in the correlation ρ, whose features multiply those of the NTK. */
export function* expNormalized(
  state: State,
  coefficients: readonly number[],
  slopes: readonly number[],
  { polySketch, tensorSRHT }: SketchInputs,
): Steps<State> {
  const { nngp, ntk, norms, isReversed } = yield* normalized(state);
  requireWidth("polySketch.inputDim", polySketch.inputDim, nngp);
  if (ntk && !tensorSRHT) {
    const must = "a TensorSRHT, as its input has features of the NTK";
    throw wrongType("apply ExpNormalizedFeatures", "inputs.tensorSRHT", must, tensorSRHT);
  }
  if (ntk && tensorSRHT) requireWidth("tensorSRHT.inputDim1", tensorSRHT.inputDim1, ntk);
  const plan = fouriers();
  const tree = treeOf(polySketch);
  const [x, theta] = [asRows(nngp), ntk && asRows(ntk)];
  const factor = Math.sqrt(1 / polySketch.outputDim);
  const [next, nextNtk] = yield* inBlocks(x.shape[0], function* (start, end) {
    const block = rowRange(x, start, end);
    const powers = (yield* powerSketches(block, tree, polySketch.degree, plan)).reverse();
    const compressed = yield* transformed(seriesOf(powers, coefficients), hashOf(polySketch), factor, plan);
    clearRows(compressed, block);
    if (!theta || !tensorSRHT) return [compressed];
    const slope = seriesOf(powers, slopes);
    return [compressed, yield* tensorSketch(rowRange(theta, start, end), slope, hashesOf(tensorSRHT), plan)];
  });
  const shaped = (parts: Parts) => ({ ...parts, shape: [...nngp.shape.slice(0, -1), parts.shape[1]] });
  return { nngp: shaped(next), ntk: nextNtk ? shaped(nextNtk) : null, norms, isReversed };
}

/** Sets the rows to 0 where those of `x` are: a zero point has the kernel 0, although the series has a constant. */
function clearRows(rows: Parts, x: Parts): void {
  const [width, kept] = [widthOf(x), widthOf(rows)];
  const isZero = (a: Float64Array | null, row: number) =>
    !a || a.subarray(row * width, (row + 1) * width).every((value) => value === 0);
  for (let row = 0; row < x.shape[0]; row++) {
    if (!isZero(x.re, row) || !isZero(x.im, row)) continue;
    rows.re.fill(0, row * kept, (row + 1) * kept);
    rows.im?.fill(0, row * kept, (row + 1) * kept);
  }
}

const asRows = (parts: Parts): Parts => ({
  ...parts,
  shape: [parts.re.length / widthOf(parts), widthOf(parts)],
});

function requireWidth(name: string, drawn: number, parts: Parts): void {
  if (drawn === widthOf(parts)) return;
  throw wrongType(
    "apply ExpNormalizedFeatures",
    `inputs.${name}`,
    `${widthOf(parts)}, the width of its input`,
    drawn,
  );
}

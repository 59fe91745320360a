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
import { mapped, type Steps } from "../steps.ts";
import type { SketchInputs, State } from "./state.ts";

/** σ_W and σ_b, the latter null without biases. */
interface Weights {
  readonly wStd: number;
  readonly bStd: number | null;
}

const widthOf = ({ shape }: Parts) => shape[shape.length - 1];

/** Every real number of the parts, by a function that keeps zero. */
const onParts = (parts: Parts, act: (a: Float64Array) => Float64Array, shape = parts.shape): Parts => ({
  shape,
  re: act(parts.re),
  im: parts.im && act(parts.im),
});

/** Each number with the norm of its row. */
function byRow(parts: Parts, norms: Float64Array, act: (value: number, norm: number) => number): Parts {
  const width = widthOf(parts);
  return onParts(parts, (a) => {
    const out = new Float64Array(a.length);
    for (let row = 0, k = 0; row < norms.length; row++) {
      const norm = norms[row];
      for (const end = k + width; k < end; k++) out[k] = act(a[k], norm);
    }
    return out;
  });
}

const times = (value: number, norm: number) => value * norm;
const over = (value: number, norm: number) => value / norm;

/** Features with their norms. */
export function whole(state: State): State {
  const { nngp, ntk, norms } = state;
  if (!norms) return state;
  return { ...state, nngp: byRow(nngp, norms, times), ntk: ntk && byRow(ntk, norms, times), norms: null };
}

/** Features without their norms; those of a zero point have the norm 1. */
export function normalized(state: State): State & { readonly norms: Float64Array } {
  const { nngp, ntk } = state;
  if (state.norms) return { ...state, norms: state.norms };
  const width = widthOf(nngp);
  const norms = new Float64Array(nngp.re.length / width);
  for (let k = 0; k < nngp.re.length; k++) {
    norms[Math.floor(k / width)] += nngp.re[k] ** 2 + (nngp.im ? nngp.im[k] ** 2 : 0);
  }
  norms.forEach((square, row) => norms[row] = square > 0 ? Math.sqrt(square) : 1);
  return { ...state, nngp: byRow(nngp, norms, over), ntk: ntk && byRow(ntk, norms, over), norms };
}

/** K′ = σ_W²·K + σ_b² and Θ′ = K′ + σ_W²·Θ: the constant is one more feature, and sums of kernels are features side by side. */
export function weighted(state: State, { wStd, bStd }: Weights): State {
  if (bStd === null) {
    const { nngp, ntk, norms, isReversed } = normalized(state);
    return { nngp, ntk: besides(ntk, nngp), norms: norms.map((norm) => norm * wStd), isReversed };
  }
  const { nngp, ntk, isReversed } = whole(state);
  const scale = (parts: Parts) => onParts(parts, (a) => a.map((value) => value * wStd));
  const next = withConstant(scale(nngp), bStd);
  return normalized({ nngp: next, ntk: besides(ntk && scale(ntk), next), norms: null, isReversed });
}

function besides(first: Parts | null, second: Parts): Parts {
  if (!first) return second;
  const [m, n] = [widthOf(first), widthOf(second)];
  const rows = first.re.length / m;
  const join = (a: Float64Array | null, b: Float64Array | null) => {
    const out = new Float64Array(rows * (m + n));
    for (let row = 0; row < rows; row++) {
      if (a) out.set(a.subarray(row * m, (row + 1) * m), row * (m + n));
      if (b) out.set(b.subarray(row * n, (row + 1) * n), row * (m + n) + m);
    }
    return out;
  };
  return {
    shape: [...first.shape.slice(0, -1), m + n],
    re: join(first.re, second.re),
    im: first.im || second.im ? join(first.im, second.im) : null,
  };
}

function withConstant(parts: Parts, constant: number): Parts {
  const shape = [...parts.shape.slice(0, -1), 1];
  return besides(parts, { shape, re: new Float64Array(countOf(shape)).fill(constant), im: null });
}

/** The means over shifts of K and Θ are those of features shifted by each of them, side by side; then the weights. */
export function* convolved(state: State, windows: readonly Window[], weights: Weights): Steps<State> {
  const given = whole(state);
  const positions = given.nngp.shape.slice(1, -1);
  const taps = inOrder(positions, windows, state.isReversed);
  const nngp = yield* shifted(given.nngp, positions, windows, taps);
  const ntk = given.ntk && (yield* shifted(given.ntk, positions, windows, taps));
  return weighted({ nngp, ntk, norms: null, isReversed: !state.isReversed }, weights);
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
export function pooled(state: State, windows: readonly Window[], normalizeEdges: boolean): State {
  const { nngp, ntk, isReversed } = whole(state);
  const positions = nngp.shape.slice(1, -1);
  const axes = windows.map((window, i) => pooling(positions[i], window, { average: true, normalizeEdges }));
  const pool = (parts: Parts) =>
    onParts(
      parts,
      (a) => transform(axes, a, widthOf(parts)),
      [parts.shape[0], ...axes.map(({ outSize }) => outSize), widthOf(parts)],
    );
  return normalized({ nngp: pool(nngp), ntk: ntk && pool(ntk), norms: null, isReversed });
}

/** The mean over positions of K and Θ at the same position: features of all positions side by side. */
export function flattened(state: State): State {
  const { nngp, ntk, isReversed } = whole(state);
  const factor = Math.sqrt(1 / countOf(nngp.shape.slice(1, -1)));
  const flatten = (parts: Parts) =>
    onParts(
      parts,
      (a) => a.map((value) => value * factor),
      [parts.shape[0], countOf(parts.shape.slice(1))],
    );
  return normalized({ nngp: flatten(nngp), ntk: ntk && flatten(ntk), norms: null, isReversed });
}

/** e^(a(ρ − 1)) and its derivative as series in the correlation ρ, whose features multiply those of the NTK. */
export function* expNormalized(
  state: State,
  coefficients: readonly number[],
  slopes: readonly number[],
  { polySketch, tensorSRHT }: SketchInputs,
): Steps<State> {
  const { nngp, ntk, norms, isReversed } = normalized(state);
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

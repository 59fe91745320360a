/**
 * How far inputs are apart, seen from the origin: what `close_inputs.ts` decides by, 0.2 ms of it.
 *
 * In: inputs, and the program that they are for. Out: for some pairs of inputs 1 − |ρ| of what the first nonlinearity sees: vectors
 * themselves, or the patches of a convolution at some positions. All are looked at if they are few, else a sample: what holds for
 * most of them, as for inputs with a large mean, is found.
 */
import { countOf, type Values } from "../array/dtype.ts";
import type { Expr } from "../expr/expr.ts";
import { topological } from "../expr/graph.ts";
import type { Gram } from "../program/job.ts";
import { isMixing } from "../program/nodes.ts";
import type { Program } from "../program/program.ts";
import { remembered } from "../remembered.ts";
import { modulo, type Shifts } from "../spatial/axis.ts";
import type { Prepared } from "./prepared.ts";

/** Products of entries to look at, and how many of them the rest of a comparison takes as long as. */
const PRODUCTS = 2 ** 13;
const BESIDES = 32;

/** The least number of pairs of inputs, and the most positions of each. */
const PAIRS = 16;
const POSITIONS = 32;

/** Points that are closer may be equal: they are compared entry by entry. */
const CLOSE = 2 ** -8;

/** What 1 − |ρ| of single numbers counts as, all of which are parallel, if not less: float64 keeps them apart, and float32 does not. */
const PARALLEL = 2 ** -18;

/** 1 − |ρ| of two points; infinite where one is zero, and where they are equal or opposite, which rounding keeps. */
export type Separation = number;

/** The separations of some pairs of inputs at some positions each, and of the positions of some inputs; none for kernels. */
export function separationsOf(
  { source, n1, n2, symmetric }: Pick<Prepared, "source" | "n1" | "n2" | "symmetric">,
  program: Program,
): Separation[][] {
  if (source.kind !== "gram") return [];
  const { x1, x2, depth } = source as Gram;
  const { patchAt, patches, isFull } = patchesOf(program);
  const length = countOf(program.inputPositions) * depth;
  const places = isFull ? patches ** 2 : patches;
  const comparisons = Math.ceil(PRODUCTS / (patchAt(0).length * depth + BESIDES));
  const most = Math.max(1, Math.min(places, POSITIONS, Math.floor(comparisons / PAIRS)));
  const pairs = Math.max(PAIRS, Math.floor(comparisons / most));
  /** Of two inputs, or of one, at some positions */
  const compared = (x: Values, i: number, y: Values, j: number, k: number): Separation[] => {
    const found: Separation[] = [];
    for (const place of sample(places, most, k * most)) {
      const [P, Q] = isFull ? [Math.floor(place / patches), place % patches] : [place, place];
      if (x === y && i === j && P === Q) continue;
      const one = { x, start: i * length, depth, at: patchAt(P) };
      found.push(separation(one, { x: y, start: j * length, depth, at: patchAt(Q) }));
    }
    return found;
  };
  return [...sample(n1 * n2, pairs)].flatMap((pair, k) => {
    const [i, j] = [Math.floor(pair / n2), pair % n2];
    // All pairs are there both ways.
    if (symmetric && i > j && pairs >= n1 * n2) return [];
    const within = isFull ? [compared(x1, i, x1, i, k)] : [];
    return symmetric && i === j ? within : [compared(x1, i, symmetric ? x1 : x2, j, k), ...within];
  });
}

/** So many of the numbers below `count`, from one of them on, in steps of about the golden section of them all. */
function* sample(count: number, most: number, from = 0): Generator<number> {
  // Steps with which `count` shares no factor visit each number once.
  const step = coprime(Math.floor(0.618 * count), count);
  for (let k = 0; k < Math.min(count, most); k++) yield (from + k) % count * step % count;
}

/** The next number from `start` on that shares no factor with `modulus`. */
function coprime(start: number, modulus: number): number {
  const common = (a: number, b: number): number => b === 0 ? a : common(b, a % b);
  let candidate = Math.max(1, start);
  while (common(candidate, modulus) !== 1) candidate++;
  return candidate;
}

/** What the first nonlinearity reads: the input's positions of each of its own, −1 for none, and whether of all pairs of them. */
interface Patches {
  readonly patches: number;
  readonly patchAt: (position: number) => readonly number[];
  readonly isFull: boolean;
}

/** Those of the convolution that a program begins with; other programs begin at every position alone. */
const patchesOf = remembered(({ nodes: [first], inputPositions, inputLayout }: Program): Patches => {
  const map = first && isLinear(first.program.map.nngp) && !isMixing(first.map) ? first.map : null;
  const shifts = map?.axes.map((axis) => axis.shifts) ?? [];
  if (!map || shifts.includes(null)) {
    return { patches: countOf(inputPositions), patchAt: (P) => [P], isFull: inputLayout === "full" };
  }
  const patchOf = (P: number): number[] => {
    const patch = [0];
    let rest = P;
    // From the last axis on, the fastest one; the taps of an axis come before those of the next.
    for (let a = map.axes.length - 1, stride = 1; a >= 0; a--) {
      const { size, outSize } = map.axes[a];
      const inner = patch.splice(0);
      for (const p of positionsOf(shifts[a]!, rest % outSize, size)) {
        for (const q of inner) patch.push(p < 0 || q < 0 ? -1 : p * stride + q);
      }
      rest = Math.floor(rest / outSize);
      stride *= size;
    }
    return patch;
  };
  // Whatever the inputs, the positions that are looked at are the same few hundred.
  const known = new Map<number, readonly number[]>();
  return {
    patches: countOf(map.axes.map(({ outSize }) => outSize)),
    patchAt: (position) => {
      if (!known.has(position)) known.set(position, patchOf(position));
      return known.get(position)!;
    },
    isFull: first.layoutOut === "full",
  };
});

/** Whether a map is a multiple of its covariances, and constants. */
function isLinear(map: Expr): boolean {
  const linear = ["const", "variable", "add", "mul", "select", "eq", "and"];
  return topological([map]).every(({ kind }) => linear.includes(kind));
}

/** The positions of an axis that its output reads by each tap. */
const positionsOf = ({ stride, taps, circular }: Shifts, P: number, size: number): number[] =>
  taps.map((tap) => {
    const p = stride * P + tap;
    return circular ? modulo(p, size) : p >= 0 && p < size ? p : -1;
  });

/** The values of an input at some of its positions. */
interface Point {
  readonly x: Values;
  readonly start: number;
  readonly depth: number;
  readonly at: readonly number[];
}

function separation(one: Point, other: Point): Separation {
  const { xx, xy, yy } = productsOf(one, other);
  const found = 1 - Math.abs(xy) / (Math.sqrt(xx) * Math.sqrt(yy));
  if (!(found < CLOSE)) return Number.isNaN(found) ? Infinity : found;
  if (areEqual(one, other, Math.sign(xy))) return Infinity;
  // A correlation that rounds to 1 is not 1.
  if (one.at.length * one.depth > 1) return Math.max(found, Number.EPSILON / 2);
  return Math.min(PARALLEL, (Math.sqrt(xx) - Math.sqrt(yy)) ** 2 / (xx + yy));
}

/** ⟨x, x⟩, ⟨x, y⟩ and ⟨y, y⟩ of two points, which are 0 at position −1. */
function productsOf({ x, start, depth, at }: Point, { x: y, start: yStart, at: yAt }: Point) {
  let xx = 0, xy = 0, yy = 0;
  for (let tap = 0; tap < at.length; tap++) {
    const p = at[tap], q = yAt[tap];
    const a = start + p * depth, b = yStart + q * depth;
    for (let k = 0; k < depth; k++) {
      const u = p < 0 ? 0 : x[a + k], v = q < 0 ? 0 : y[b + k];
      xx += u * u;
      xy += u * v;
      yy += v * v;
    }
  }
  return { xx, xy, yy };
}

/** Whether one point is `sign` times the other. */
function areEqual(one: Point, other: Point, sign: number): boolean {
  const { depth } = one;
  return one.at.every((p, tap) => {
    const q = other.at[tap];
    if (p < 0 || q < 0) return p === q;
    const [a, b] = [one.start + p * depth, other.start + q * depth];
    for (let k = 0; k < depth; k++) if (one.x[a + k] !== sign * other.x[b + k]) return false;
    return true;
  });
}

/** Random kernels for the soak: a sequence of random numbers in; networks, and inputs of small and large batches, out. */
import { array, type NdArray, random, stax } from "../mod.ts";

const { Dense, Conv, AvgPool, Flatten, GlobalAvgPool, Dropout, LayerNorm, FanOut, FanInSum } = stax;
const { serial, parallel } = stax;

/** Random choices that a seed repeats. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Uniform in [0, 1); Marsaglia 2003, "Xorshift RNGs", after a Weyl sequence. */
  next(): number {
    let x = this.#state = this.#state + 0x9e3779b9 >>> 0;
    x = Math.imul(x ^ x >>> 16, 0x85ebca6b);
    x = Math.imul(x ^ x >>> 13, 0xc2b2ae35);
    return ((x ^ x >>> 16) >>> 0) / 2 ** 32;
  }

  /** An integer from `least` to `most`. */
  integer(least: number, most: number): number {
    return least + Math.floor((most - least + 1) * this.next());
  }

  one<T>(values: readonly T[]): T {
    return values[this.integer(0, values.length - 1)];
  }
}

/** A kernel function, and what it is computed from. */
export interface Case {
  readonly network: stax.Network;
  readonly x: NdArray;
  /** Up to where entries may differ from those of `reference`, relative to the largest */
  readonly tolerance: Readonly<Record<"float64" | "float32", number>>;
}

const nonlinearities: readonly (() => stax.Network)[] = [
  () => stax.Relu(),
  () => stax.LeakyRelu(0.25),
  () => stax.Abs(),
  () => stax.Erf(),
  () => stax.Gelu(),
  () => stax.Sin(),
  () => stax.Rbf({ gamma: 0.5 }),
  () => stax.Gaussian(),
  () => stax.SigmoidLike(),
  () => stax.Hermite(3),
];

/** Of few values each, so that compiled code is found again as well as made. */
const scales = (chance: Chance) => ({ wStd: chance.one([1, 1.25]), bStd: chance.one([null, 0.5]) });

function vectors(chance: Chance): stax.Network {
  const layers = Array.from({ length: chance.integer(1, 3) }, () => [
    Dense(1, scales(chance)),
    ...(chance.next() < 0.1 ? [LayerNorm()] : []),
    chance.one(nonlinearities)(),
    ...(chance.next() < 0.1 ? [Dropout(0.5)] : []),
  ]).flat();
  if (chance.next() < 0.2) {
    const branch = () => serial(chance.one(nonlinearities)(), Dense(1));
    layers.push(Dense(1), FanOut(2), parallel(branch(), branch()), FanInSum());
  }
  return serial(...layers, Dense(1));
}

function images(chance: Chance): stax.Network {
  const layers = Array.from({ length: chance.integer(1, 2) }, () => [
    Conv(1, [3, 3], { padding: chance.one(["SAME", "CIRCULAR"]), ...scales(chance) }),
    chance.one(nonlinearities.slice(0, 5))(),
  ]).flat();
  if (chance.next() < 0.3) layers.push(AvgPool([2, 2], { strides: [2, 2] }));
  return serial(...layers, chance.one([Flatten, GlobalAvgPool])(), Dense(1));
}

/** What numerical duals reach, from the variances of the batch. */
const TOLERANCE = 1e-6;

function numerical(chance: Chance): stax.Network {
  const fn = chance.one([(x: number) => Math.tanh(x), (x: number) => Math.abs(x) * Math.exp(-x * x / 4)]);
  return serial(Dense(1, scales(chance)), stax.ElementwiseNumerical(fn, { tolerance: TOLERANCE }), Dense(1));
}

const normal = (chance: Chance, shape: number[]): NdArray =>
  random.normal(random.key(chance.integer(0, 2 ** 31)), shape);

/** A network and inputs that fit; one in eight has results of megabytes. */
export function draw(chance: Chance): Case {
  const isLarge = chance.next() < 0.125;
  const kind = chance.one(["vectors", "vectors", "images", "numerical"] as const);
  const tolerance = { float64: 1e-9, float32: 1e-4 };
  if (kind === "images") {
    const x = normal(chance, [isLarge ? 40 : chance.integer(1, 5), chance.integer(4, 7), 6, 2]);
    return { network: images(chance), x, tolerance };
  }
  const x = normal(chance, [
    isLarge ? chance.integer(350, 1300) : chance.integer(1, 40),
    chance.one([3, 20, 33]),
  ]);
  if (kind === "vectors") return { network: vectors(chance), x, tolerance };
  return { network: numerical(chance), x, tolerance: { float64: 10 * TOLERANCE, float32: 1e-4 } };
}

/** The examples at some indices. */
export function rowsOf(x: NdArray, indices: readonly number[]): NdArray {
  const step = x.size / x.shape[0];
  const data = new Float64Array(indices.length * step);
  indices.forEach((row, i) => data.set(x.data.subarray(row * step, (row + 1) * step), i * step));
  return array(data, [indices.length, ...x.shape.slice(1)]);
}

/**
 * Descriptions of networks as nobody would write them: every layer with values of the wrong kind, size or depth. In: a seed. Out: data
 * for `fromJSON` and `serial`, the same for the same seed.
 */
import { stax } from "../../mod.ts";

/** Numbers in [0, 1); Marsaglia 2003, "Xorshift RNGs". */
export function randomOf(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

type Random = () => number;
const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)];

/** A sample of every type, as data. */
export function templates(samples: Readonly<Record<string, stax.Network>>): object[] {
  return [
    ...Object.values(samples).map((sample) => JSON.parse(stax.toJSON(sample))),
    { type: "serial", layers: [] },
    { type: "parallel", layers: [] },
  ];
}

const numbers = [
  0,
  -0,
  1,
  -1,
  2,
  3,
  0.5,
  17,
  600,
  1e5,
  1e6,
  65536,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e9,
  1e20,
  1e154,
  1e200,
  1e308,
  -1e308,
];
const strange = [5e-324, 1e-200, NaN, Infinity, -Infinity];
const others = [null, undefined, true, false, "", "x", "SAME", "ntk", "__proto__", "0".repeat(5000), {}, [], {
  length: 1e9,
}];

/** Any value at all; `levels` of lists and objects at most. */
function value(random: Random, samples: readonly object[], levels: number): unknown {
  const kind = random();
  if (kind < 0.45) return pick(random, numbers);
  if (kind < 0.55) return pick(random, strange);
  if (kind < 0.7 || levels === 0) return pick(random, others);
  const count = random() < 0.05 ? 20000 : Math.floor(random() * 5);
  if (kind < 0.8) return Array(count).fill(value(random, samples, levels - 1));
  if (kind < 0.9) return Array.from({ length: Math.min(count, 5) }, () => value(random, samples, levels - 1));
  if (kind < 0.95) return { nodes: graph(random) };
  return layer(random, samples, levels - 1);
}

const operations = [
  "add",
  "mul",
  "exp",
  "sqrt",
  "div",
  "pow",
  "select",
  "atan2",
  "toString",
  "lt",
  "sin",
  "erf",
  "ldexp",
];
const variables = ["x", "cov", "var1", "var2", "det", "angle", "distance", "y", "Infinity", "-0"];

/** The nodes of an expression, or of none. */
function graph(random: Random): unknown[] {
  const count = random() < 0.1 ? pick(random, [3000, 10000, 200000]) : 1 + Math.floor(random() * 12);
  const [first, op] = [pick(random, variables), pick(random, operations)];
  const arity = pick(random, [1, 2, 2, 3]);
  const isRandom = count < 20;
  return Array.from({ length: count }, (_, k) => {
    if (k === 0) return first;
    const argument = () => isRandom ? Math.floor(random() * (k + 1)) - (random() < 0.05 ? 1 : 0) : k - 1;
    return random() < 0.1 && isRandom
      ? pick<unknown>(random, [...numbers, ...variables])
      : [isRandom ? pick(random, operations) : op, ...Array.from({ length: arity }, argument)];
  });
}

/** A layer of the samples with some of its fields replaced, left out or added. */
export function layer(random: Random, samples: readonly object[], levels: number): unknown {
  const fields: Record<string, unknown> = { ...pick(random, samples) };
  if ("layers" in fields) fields.layers = layers(random, samples, levels);
  const changes = Math.floor(random() * 3);
  for (let k = 0; k < changes; k++) {
    const name = random() < 0.03
      ? pick(random, ["__proto__", "constructor", "toJSON", "nodes"])
      : pick(random, Object.keys(fields));
    if (random() < 0.1) delete fields[name];
    else if (name !== "type" || random() < 0.1) fields[name] = value(random, samples, 3);
  }
  return fields;
}

function layers(random: Random, samples: readonly object[], levels: number): unknown {
  const kind = random();
  if (levels === 0) return [];
  if (kind < 0.02) return nested(layer(random, samples, 0), pick(random, [100, 1000, 20000]));
  if (kind < 0.04) return Array(pick(random, [300, 3000, 100000])).fill(layer(random, samples, 0));
  if (kind < 0.06) return doubled(layer(random, samples, 0));
  return Array.from({ length: Math.floor(random() * 5) }, () => layer(random, samples, levels - 1));
}

/** A list with a layer so deep in it. */
function nested(inner: unknown, levels: number): unknown[] {
  let list = [inner];
  for (let k = 0; k < levels; k++) list = [{ type: k % 2 ? "parallel" : "serial", layers: list }];
  return list;
}

/** A list that holds the layer 2⁴⁰ times. */
function doubled(inner: unknown): unknown[] {
  let list = [inner, inner];
  for (let k = 0; k < 39; k++) {
    const half = { type: "serial", layers: list };
    list = [half, half];
  }
  return list;
}

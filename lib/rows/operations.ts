/** Operations on columns: the loops of those that rows consist of, and one loop for all others. */
import { exponentOf, ldexp, type OpName, ops } from "../expr/ops.ts";

/** Sets out[i] to the operation on x[i], y[i], z[i], as many of them as it takes. */
type Loop = (out: Float64Array, x: Float64Array, y: Float64Array, z: Float64Array) => void;

/** 2ᵏ from the smallest to the largest that is a number: `**` takes ten times as long. */
const LOWEST = -1074;
const powers = Float64Array.from({ length: 1024 - LOWEST }, (_, i) => 2 ** (i + LOWEST));

/** A number, its two words, and which of them has the exponent. */
const number = Float64Array.of(1);
const words = new Int32Array(number.buffer);
const HIGH = words[1] === 0 ? 0 : 1;

/** What `evaluate` of the operation table says, written out, since a call for every number takes ten times as long. */
export const loops: Readonly<Partial<Record<OpName, Loop>>> = {
  add: (out, x, y) => {
    for (let i = 0; i < out.length; i++) out[i] = x[i] + y[i];
  },
  sub: (out, x, y) => {
    for (let i = 0; i < out.length; i++) out[i] = x[i] - y[i];
  },
  mul: (out, x, y) => {
    for (let i = 0; i < out.length; i++) out[i] = x[i] * y[i];
  },
  div: (out, x, y) => {
    for (let i = 0; i < out.length; i++) out[i] = x[i] / y[i];
  },
  neg: (out, x) => {
    for (let i = 0; i < out.length; i++) out[i] = -x[i];
  },
  floor: (out, x) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.floor(x[i]);
  },
  lt: (out, x, y) => {
    for (let i = 0; i < out.length; i++) out[i] = x[i] < y[i] ? 1 : 0;
  },
  select: (out, condition, x, y) => {
    for (let i = 0; i < out.length; i++) out[i] = condition[i] !== 0 ? x[i] : y[i];
  },
  sqrt: (out, x) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(Math.max(x[i], 0));
  },
  ldexp: (out, x, k) => {
    for (let i = 0; i < out.length; i++) {
      const power = powers[k[i] - LOWEST];
      out[i] = power === undefined ? ldexp(x[i], k[i]) : x[i] * power;
    }
  },
  exponent: (out, x) => {
    for (let i = 0; i < out.length; i++) {
      number[0] = x[i];
      const biased = words[HIGH] >>> 20 & 0x7ff;
      out[i] = biased > 0 && biased < 0x7ff ? biased - 1023 : exponentOf(x[i]);
    }
  },
};

/** The column of an operation. */
export function operate(op: OpName, args: readonly Float64Array[], count: number): Float64Array {
  const out = new Float64Array(count);
  const [x, y, z] = args;
  const loop = loops[op];
  if (loop) loop(out, x, y, z);
  else evaluateEach(ops[op].evaluate, args, out);
  return out;
}

function evaluateEach(
  evaluate: (...args: number[]) => number,
  [x, y, z]: readonly Float64Array[],
  out: Float64Array,
): void {
  if (z) { for (let i = 0; i < out.length; i++) out[i] = evaluate(x[i], y[i], z[i]); }
  else if (y) { for (let i = 0; i < out.length; i++) out[i] = evaluate(x[i], y[i]); }
  else for (let i = 0; i < out.length; i++) out[i] = evaluate(x[i]);
}

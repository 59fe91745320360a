/** Inputs far from the origin compared with what they differ by: kernels keep the digits that the inputs have. */
import assert from "node:assert/strict";
import { stax } from "../mod.ts";
import cases from "./near.json" with { type: "json" };
import { targets } from "./targets.ts";

type Spec = readonly [name: string, ...parameters: number[]];

interface Case {
  readonly name: string;
  /** Inputs are float32 numbers (32), or float64 numbers (64) */
  readonly digits: number;
  readonly x: number[][];
  readonly net: Spec[];
  /** Upper triangles, row by row: closed forms at 80 digits (make_near.py) */
  readonly nngp: number[];
  readonly ntk: number[];
}

const layers: Record<string, (...parameters: number[]) => stax.Network> = {
  Dense: (wStd, bStd) => stax.Dense(1, { wStd, bStd }),
  Rbf: (gamma) => stax.Rbf({ gamma }),
  LeakyRelu: (alpha) => stax.LeakyRelu(alpha),
  Relu: () => stax.Relu(),
  Abs: () => stax.Abs(),
  Erf: () => stax.Erf(),
  Gelu: () => stax.Gelu(),
  Gaussian: () => stax.Gaussian(),
  Gabor: () => stax.Gabor(),
  Sin: () => stax.Sin(),
  Cos: () => stax.Cos(),
  Sign: () => stax.Sign(),
  LayerNorm: () => stax.LayerNorm(),
};

const networkOf = (net: readonly Spec[]) =>
  stax.serial(...net.map(([name, ...parameters]) => layers[name](...parameters)));

const pairsOf = (n: number) =>
  Array.from({ length: n * n }, (_, k) => [Math.floor(k / n), k % n]).filter(([i, j]) => i <= j);

/** The largest error of entries (i, j) relative to √(k(i, i)·k(j, j)). */
function largestError(
  computed: (i: number, j: number) => number,
  truth: readonly number[],
  n: number,
): number {
  const pairs = pairsOf(n);
  const diagonal = pairs.flatMap(([i, j], k) => i === j ? [truth[k]] : []);
  return Math.max(...pairs.map(([i, j], k) => {
    const scale = Math.sqrt(diagonal[i]) * Math.sqrt(diagonal[j]);
    // The NTK of a layer whose derivative counts as 0 is that of the layers after it.
    return Math.abs(computed(i, j) - truth[k]) / (scale || 1);
  }));
}

const WANTED = { float32: 2e-6, float64: 1e-10 };

for (const { name, options, test } of targets) {
  const dtype = options.dtype!;
  for (const { name: title, digits, x, net, ...truth } of cases as unknown as Case[]) {
    if (digits === 64 && dtype === "float32") continue;
    test(`far from the origin, ${title}`, async () => {
      const { nngp, ntk } = await networkOf(net).kernelFn(x, null, ["nngp", "ntk"], options);
      // The same pairs as a rectangle, the other way round.
      const other = await networkOf(net).kernelFn(x, x.toReversed(), ["nngp", "ntk"], options);
      const n = x.length;
      for (const field of ["nngp", "ntk"] as const) {
        const [square, rectangle] = [{ nngp, ntk }[field], other[field]!];
        for (
          const [what, at] of [
            ["above the diagonal", (i: number, j: number) => square.at(i, j)],
            ["below the diagonal", (i: number, j: number) => square.at(j, i)],
            ["of two batches", (i: number, j: number) => rectangle.at(j, n - 1 - i)],
          ] as const
        ) {
          const error = largestError(at, truth[field], n);
          assert(error <= WANTED[dtype], `${field} ${what} on ${name}: error ${error}`);
        }
      }
    });
  }
}

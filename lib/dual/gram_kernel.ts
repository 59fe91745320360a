/** Dual kernels of a batch: E[φ(⟨w, xᵢ⟩)φ(⟨w, xⱼ⟩)] with w ~ N(0, I), so that the covariance is XXᵀ. */
import { NdArray } from "../array/mod.ts";
import { owning } from "../array/spare.ts";
import { answering } from "../pause.ts";
import { diagonalMoments, type Moments, momentsOf } from "../moments.ts";
import type { Given, Gram } from "../program/job.ts";
import { compileSteps, type Entrywise } from "../program/entrywise.ts";
import { vectorProgram } from "../program/program.ts";
import { givenKernel, inputKernel, type KernelExpr, scaled, withGaps } from "../network/kernel_expr.ts";
import type { Steps } from "../steps.ts";
import { type Activation, dualSteps } from "../network/activation.ts";
import { checkPair, SLACK } from "./moments.ts";
import type { DualOptions } from "./options.ts";
import { run } from "./run.ts";
import { type Expr, hermiteSum, tableOf } from "../expr/expr.ts";
import type { Table } from "../expr/table.ts";
import { outOfRange } from "../options.ts";

/** A dual with the name that messages use. */
export interface NamedDual extends Pick<Activation, "nngp" | "inSteps" | "maxVariance" | "room"> {
  readonly name: string;
}

/** The dual kernel of the rows of x, shape (n, n). */
export async function kernelOfRows(
  dual: NamedDual,
  x: NdArray,
  o: Required<DualOptions>,
): Promise<NdArray> {
  const [n, depth] = x.shape;
  const data = o.dtype === "float32" ? Float32Array.from(x.data) : Float64Array.from(x.data);
  const source = { kind: "gram", x1: data, x2: data, depth } as const;
  // The machine's Gram matrix is a mean over the features; here it is their sum.
  const start = (first: KernelExpr) => scaled(first, depth);
  const inputs = inputKernel(depth, true);
  const near = () => answering(mapOf(dual, start(withGaps(inputs))), o);
  return await compute(dual, start(inputs), source, n, o, near);
}

/** The dual kernel of points with the Gram matrix `gram`, shape (n, n). */
export async function kernelOfGram(
  dual: NamedDual,
  gram: NdArray,
  o: Required<DualOptions>,
): Promise<NdArray> {
  await answering(requireGram(gram), o);
  const [n] = gram.shape;
  const cov = o.dtype === "float32" ? Float32Array.from(gram.data) : Float64Array.from(gram.data);
  const own = Float64Array.from({ length: n }, (_, i) => cov[i * n + i]);
  const source = { kind: "given", layout: "diagonal", cov, ntk: null, own } as const;
  const start = givenKernel({ width: 1, symmetric: true, isGaussian: true, isInput: false });
  return await compute(dual, start, source, n, o);
}

async function compute(
  dual: NamedDual,
  start: KernelExpr,
  source: Gram | Given,
  n: number,
  o: Required<DualOptions>,
  near: (() => Promise<Entrywise>) | null = null,
): Promise<NdArray> {
  const program = vectorProgram(await answering(mapOf(dual, start), o), { near });
  const { nngp } = await run({ program, source, n1: n, n2: n, symmetric: true }, o);
  return owning(new NdArray(nngp, [n, n]));
}

function* mapOf(dual: NamedDual, start: KernelExpr): Steps<Entrywise> {
  const diagonal = yield* dualSteps(dual, "nngp", diagonalMoments(start.var1));
  return yield* compileSteps({ nngp: yield* nngpOf(dual, start) }, { cov: diagonal }, [
    { layer: dual.name, variance: start.var1, positions: 1, limit: dual.maxVariance, room: dual.room },
    { layer: dual.name, variance: diagonal, positions: 1 },
  ]);
}

/** Rows of a Gram matrix that are checked in a step. */
const STEP_ROWS = 32;

/** Throws unless `gram` is symmetric and every two of its points obey Cauchy and Schwarz, up to rounding. */
function* requireGram({ data, shape: [n, columns], dtype }: NdArray): Steps<void> {
  if (n !== columns) {
    throw new TypeError(
      `Cannot compute a dual kernel as the Gram matrix x must be square: current value has shape [${n}, ${columns}]`,
    );
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const value = data[i * n + j], mirrored = data[j * n + i];
      const var1 = data[i * n + i], var2 = data[j * n + j];
      checkPair(value, var1, var2, () => `x[${i}][${j}]`, dtype);
      if (Math.abs(value - mirrored) > SLACK[dtype] * Math.sqrt(var1) * Math.sqrt(var2)) {
        throw outOfRange(
          "compute a dual kernel",
          "the Gram matrix x",
          `symmetric, x[${i}][${j}] = ${mirrored}`,
          value,
        );
      }
    }
    if (i % STEP_ROWS === 0) yield;
  }
}

/** Σₖ aₖ(σ₁)·aₖ(σ₂)·ρᵏ for all pairs of rows, with the coefficients aₖ(σ) of `table`; `name` is what messages call it. */
export function kernelOfSeries(
  name: string,
  table: Table,
  x: NdArray,
  o: Required<DualOptions>,
): Promise<NdArray> {
  const nngp = ({ cov, var1, var2 }: Moments) => {
    const product = var1.eq(var2).select(var1, var1.sqrt().mul(var2.sqrt()));
    const cosine = cov.div(product.gt(0).select(product, 1)).min(1).max(-1);
    return hermiteSum(tableOf(table, var1), tableOf(table, var2), cosine);
  };
  return kernelOfRows({ name, nngp }, x, o);
}

/** E[φφ] of a pair; a pair that is one point has the value of the diagonal exactly. In steps. */
export function* nngpOf(
  activation: Pick<Activation, "nngp" | "inSteps">,
  { nngp: cov, var1, var2, same, gaps }: KernelExpr,
): Steps<Expr> {
  return same.select(
    yield* dualSteps(activation, "nngp", diagonalMoments(var1)),
    yield* dualSteps(activation, "nngp", momentsOf(cov, var1, var2, same, gaps)),
  );
}

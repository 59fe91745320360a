/** Jobs for backends: networks built by hand from moments, and the rows that they read. */
import type { DType } from "../../lib/array/mod.ts";
import type { Job } from "../../lib/program/job.ts";
import type { Values } from "../../lib/array/dtype.ts";
import { constant, type Expr, variable } from "../../lib/expr/expr.ts";
import { diagonalMoments, type Moments, momentsOf } from "../../lib/moments.ts";
import { compile, type Entrywise } from "../../lib/program/entrywise.ts";
import { type Program, vectorProgram } from "../../lib/program/program.ts";
import { evaluateRows, type RowInputs } from "../../lib/rows/rows.ts";
import { vectorRows } from "../../lib/rows/vectors.ts";
import { finished, stepsOf } from "../../lib/steps.ts";

/** E[φφ] and E[φ′φ′] of a nonlinearity. */
export interface Dual {
  readonly nngp: (m: Moments) => Expr;
  readonly dNngp: (m: Moments) => Expr;
}

/** The kernel between two layers. */
export interface Covariances {
  readonly nngp: Expr;
  readonly ntk: Expr;
  readonly var1: Expr;
  readonly var2: Expr;
}

/** The kernel of the inputs, or of a kernel that is continued. */
export const inputs: Covariances = {
  nngp: variable("cov"),
  ntk: constant(0),
  var1: variable("var", "row1"),
  var2: variable("var", "row2"),
};

/** Both points are the same. */
export const same = variable("id", "row1").eq(variable("id", "row2"));

/** `depth` times a dense layer followed by a nonlinearity. */
export function deep(dual: Dual, depth: number, weight: number, bias: number, start = inputs): Entrywise {
  let k = start;
  for (let layer = 0; layer < depth; layer++) k = nonlinear(dense(k, weight, bias), dual);
  return compile({ nngp: k.nngp, ntk: k.ntk }, { cov: k.var1 }, []);
}

function dense(k: Covariances, weight: number, bias: number): Covariances {
  const affine = (x: Expr) => x.mul(weight ** 2).add(bias ** 2);
  const nngp = affine(k.nngp);
  return { nngp, ntk: k.ntk.mul(weight ** 2).add(nngp), var1: affine(k.var1), var2: affine(k.var2) };
}

function nonlinear(k: Covariances, { nngp, dNngp }: Dual): Covariances {
  const moments = momentsOf(k.nngp, k.var1, k.var2, same);
  return {
    nngp: nngp(moments),
    ntk: k.ntk.mul(dNngp(moments)),
    var1: nngp(diagonalMoments(k.var1)),
    var2: nngp(diagonalMoments(k.var2)),
  };
}

/** Rectifier with slopes a and b. */
export function abRelu(a: number, b: number): Dual {
  const mean = (a * a + b * b) / 2;
  const gap = (a - b) ** 2 / (2 * Math.PI);
  const dNngp = ({ angle }: Moments) => angle.mul(-gap).add(mean);
  return { nngp: (m) => m.rootDet.mul(gap).add(dNngp(m).mul(m.cov)), dNngp };
}

/** Error function, in the form that keeps its digits for large variances. */
export const errorFunction: Dual = {
  nngp: (m) => m.cov.mul(2).atan2(rootErf(m)).mul(2 / Math.PI),
  dNngp: (m) => constant(4 / Math.PI).div(rootErf(m)),
};

const rootErf = ({ var1, var2, det }: Moments) => var1.add(var2).mul(2).add(det.mul(4)).add(1).sqrt();

/** `count` rows of Gaussian numbers in the precision, from a fixed sequence. */
export function gaussian(count: number, depth: number, dtype: DType, seed: number): Values {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const size = { length: count * depth };
  return dtype === "float32" ? Float32Array.from(size, normal) : Float64Array.from(size, normal);
}

const programs = new WeakMap<Entrywise, Program>();

/** What jobs of vectors with this map have in common: the same program for the same map. */
function vectors(map: Entrywise): Pick<Job, "program" | "rowVariables" | "matrices"> {
  const program = programs.get(map) ?? vectorProgram(map);
  programs.set(map, program);
  return { program, rowVariables: {}, matrices: new Map() };
}

/** The job of a program on two batches (`x2 = null`: x1 with itself). */
export function gramJob(
  program: Entrywise,
  x1: Values,
  x2: Values | null,
  depth: number,
  dtype: DType,
): Job {
  const rows = vectorRows(x2 ? [x1, x2] : [x1], depth);
  return {
    ...vectors(program),
    source: { kind: "gram", x1, x2: x2 ?? x1, depth },
    n1: x1.length / depth,
    n2: (x2 ?? x1).length / depth,
    symmetric: x2 === null,
    features: columns(program, rows),
    dtype,
  };
}

/** The job of a program that continues a kernel of points which are all different. */
export function givenJob(
  program: Entrywise,
  [cov, ntk]: readonly [Values, Values | null],
  [variances1, variances2]: readonly [number[], number[] | null],
  dtype: DType,
): Job {
  const variances = [...variances1, ...variances2 ?? []];
  return {
    ...vectors(program),
    source: { kind: "given", layout: "diagonal", cov, ntk, own: Float64Array.from(variances) },
    n1: variances1.length,
    n2: (variances2 ?? variances1).length,
    symmetric: variances2 === null,
    features: columns(program, {
      var: () => Float64Array.from(variances),
      id: () => Float64Array.from(variances, (_, i) => i),
    }),
    dtype,
  };
}

function columns({ features }: Entrywise, rows: RowInputs) {
  const values = finished(evaluateRows(features, rows, finished(stepsOf(rows.var())).length));
  return features.map((feature) => values.get(feature)!);
}

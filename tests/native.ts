/**
 * Tests of the native backend: `nativeTest` registers one, `evaluateNatively` computes an expression there.
 *
 * Without a compiler they are ignored or, with REQUIRE_NATIVE=1, fail.
 */
import { allocate, type DType, type Values } from "../lib/array/dtype.ts";
import { nativeBackend } from "../lib/backends/native/backend.ts";
import { Pool } from "../lib/ffi/pool.ts";
import { type Expr, variable } from "../lib/expr/expr.ts";
import { substitute } from "../lib/expr/graph.ts";
import { vectorProgram } from "../lib/program/program.ts";
import { compile } from "../lib/program/entrywise.ts";
import { evaluateRows } from "../lib/rows/rows.ts";
import { testsOf } from "./equipment.ts";
import { finished } from "../lib/steps.ts";

/** The backend with two threads. */
export const native = nativeBackend(new Pool(2));

const { reason } = await native.availability();

/** Why the backend cannot run here; null where it can. */
export const obstacle = reason || null;

/** Registers a test that needs the backend. */
export const nativeTest = testsOf("NATIVE", obstacle);

/** `expr` at every index of the arrays of `bindings`: the first variable as a covariance, the others as features of x2. */
export async function evaluateNatively(
  expr: Expr,
  bindings: Readonly<Record<string, ArrayLike<number>>>,
  dtype: DType,
): Promise<Values> {
  const [first, ...others] = Object.keys(bindings);
  const ofRows = others.map((name) => [variable(name), variable(name, "row2")] as const);
  const [value] = substitute([expr], new Map([[variable(first), variable("cov")], ...ofRows]));
  const program = compile({ value }, {}, []);
  const rows = Object.fromEntries(
    others.map((name) => [name, () => Float64Array.of(0, ...Array.from(bindings[name]))]),
  );
  const count = bindings[first].length;
  const columns = finished(evaluateRows(program.features, rows, count + 1));
  const cov = allocate(count, dtype);
  cov.set(bindings[first]);
  const { matrices } = await native.run({
    program: vectorProgram(program),
    source: { kind: "given", layout: "diagonal", cov, ntk: null, own: new Float64Array(count + 1) },
    rowVariables: {},
    matrices: new Map(),
    n1: 1,
    n2: count,
    symmetric: false,
    features: program.features.map((feature) => columns.get(feature)!),
    dtype,
  });
  return matrices.value;
}

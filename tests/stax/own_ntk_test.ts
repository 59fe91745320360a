/** NTKs that overflow while all variances are small, since slopes multiply from layer to layer, are refused; what just fits is right. */
import assert from "node:assert/strict";
import { constant, type Expr, hermiteSum, tableOf, variable } from "../../lib/expr/expr.ts";
import type { Table } from "../../lib/expr/table.ts";
import { OwnNtk } from "../../lib/rows/own_ntk.ts";
import { evaluateRows } from "../../lib/rows/rows.ts";
import { finished } from "../../lib/steps.ts";
import { stax } from "../../mod.ts";
import { assertClose } from "../assert.ts";
import { nativeTest } from "../native.ts";
import { gpuTest } from "../webgpu.ts";

const { Conv, Dense, Erf, Flatten, Sin, serial } = stax;

type DType = "float32" | "float64";

/** E[φ′²] = b²/2 = 2⁵⁷ and E[φ²] = 1/2 for any variance above 2⁻⁵⁰, so that Θ(x, x) = x²·2^(57·layers) but for 1e-17 of it. */
const sines = (layers: number, linear: () => stax.Network) =>
  Array.from({ length: layers }, () => serial(linear(), Sin({ a: 1, b: 2 ** 29, c: 0 })));
const dense = () => Dense(1);
const conv = () => Conv(1, [1]);

/** Layers, the largest x = 2^k whose NTK fits, over vectors and over positions, where there is no room for sums. */
const cases = {
  // 2^(34 + 2k) is below 1e307 = 2^1019.8, or the end of float64, 2^1024: 57·17 = 969.
  float64: { layers: 17, vectors: 25, positions: 27 },
  // 57·2 = 114, below 1e37 = 2^122.9 or 2^128.
  float32: { layers: 2, vectors: 4, positions: 6 },
};
const vectorsRefused = {
  float64:
    "Cannot compute an NTK as that of every row with itself must be below 1e+307 in every layer, where sums of NTKs overflow in float64: current value is",
  float32:
    "Cannot compute an NTK as that of every row with itself must be below 1e+37 in every layer, where sums of NTKs overflow in float32: current value is",
};

const refused = (call: () => Promise<unknown>, start: string) =>
  assert.rejects(call, (error: Error) => error instanceof RangeError && error.message.startsWith(start));

async function check(backend: string, dtype: DType): Promise<void> {
  const options = { backend, dtype };
  const { layers, vectors, positions } = cases[dtype];
  const deep = serial(...sines(layers, dense), Dense(1)).kernelFn;
  const [fits, beyond] = [[[2 ** vectors]], [[2 ** (vectors + 1)]]];
  const rtol = dtype === "float32" ? 1e-6 : 1e-12;
  const expected = 2 ** (57 * layers + 2 * vectors);
  // Another row has sines that are independent of those of the first one.
  const other = [[2 ** vectors], [1]];
  assertClose((await deep(fits, null, "ntk", options)).data, [expected], { rtol });
  assertClose((await deep(fits, other, "ntk", options)).data, [expected, 0], { rtol });
  const orthogonal = [[[1, 0]], [[0, 2 ** (vectors + 2)]]];
  for (const [x1, x2] of [[beyond, null], [beyond, beyond], orthogonal] as const) {
    await refused(() => deep(x1, x2, "ntk", options), vectorsRefused[dtype]);
  }
  // The NNGP is 1/2 whatever the slopes.
  assertClose((await deep(beyond, null, "nngp", options)).data, [0.5], { rtol });
  const small = serial(...sines(layers + 1, dense), Dense(1, { wStd: 2 ** -29 })).kernelFn;
  await refused(() => small(beyond, null, "ntk", options), vectorsRefused[dtype]);

  const images = serial(...sines(layers, conv), Flatten(), Dense(1)).kernelFn;
  const image = (exponent: number) => [[[2 ** exponent]]];
  assertClose((await images(image(positions), null, "ntk", options)).data, [
    2 ** (57 * layers + 2 * positions),
  ], { rtol });
  await refused(
    () => images(image(positions + 1), null, "ntk", options),
    `Cannot compute an NTK as every entry must be finite in ${dtype}: current value is`,
  );
}

/** E[φ′²] = 2b/π for a variance of 1, which stays 1 but for 1e-9: Θ(x, x) = (2b/π)^layers. */
async function checkErf(backend: string, dtype: DType): Promise<void> {
  const layers = dtype === "float32" ? 4 : 34;
  const network = (count: number) =>
    serial(...Array.from({ length: count }, () => serial(Dense(1), Erf({ a: 1, b: 1e9, c: 0 }))), Dense(1));
  const options = { backend, dtype };
  const k = await network(layers).kernelFn([[1]], null, "ntk", options);
  assertClose(k.data, [(2e9 / Math.PI) ** layers], { rtol: 1e-6 });
  for (const [x1, x2] of [[[[1]], null], [[[1, 0]], [[0, 1]]]]) {
    await refused(() => network(layers + 1).kernelFn(x1!, x2, "ntk", options), vectorsRefused[dtype]);
  }
}

for (const dtype of ["float64", "float32"] as const) {
  const name = `${dtype}: slopes that multiply beyond its range are refused`;
  const run = async (backend: string) => {
    await check(backend, dtype);
    await checkErf(backend, dtype);
  };
  Deno.test(`reference ${name}`, () => run("reference"));
  nativeTest(`native ${name}`, () => run("native"));
  gpuTest(`webgpu ${name}`, () => run("webgpu"), dtype);
}

Deno.test("rows of variances between those of an earlier call are not computed again, where tables would have to be", async () => {
  const table: Table = {
    label: "the variance itself",
    // deno-lint-ignore require-yield
    *compute(variances) {
      return { coefficients: variances.slice(), width: 1, error: 0 };
    },
  };
  const variance = variable("var", "row1");
  const square = hermiteSum(tableOf(table, variance), tableOf(table, variance), constant(1));
  const ntk = finished(OwnNtk.of([square], variable("same")));
  let calls = 0;
  const check = (...variances: number[]) => {
    const inputs = { var: () => Float64Array.from(variances) };
    const evaluate = (roots: readonly Expr[]) => {
      calls++;
      return Promise.resolve(finished(evaluateRows(roots, inputs, variances.length)));
    };
    return ntk.check("float64", Float64Array.from(variances), evaluate, () => undefined);
  };
  const counts = async (...variances: number[]) => {
    calls = 0;
    await check(...variances);
    return calls;
  };
  assert.equal(await counts(1, 2, 1.5), 1);
  assert.equal(await counts(1.1, 1.9), 0);
  assert.equal(await counts(1.1, 2.1), 1);
  // Between distant variances anything may happen: only those that lie close are remembered, the longest range of them.
  assert.equal(await counts(10, 12, 15, 20, 25, 1000), 1);
  assert.equal(await counts(11, 24), 0);
  assert.equal(await counts(900), 1);
  assert.equal(await counts(1.5), 1);
  assert.equal(await counts(11, NaN).catch(() => calls), 1);
  await refused(() => check(11, 1e160), vectorsRefused.float64);
});

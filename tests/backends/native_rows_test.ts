/** The row stage in C against that of the host. */
import { assert, assertClose, assertDeepEquals } from "../assert.ts";
import { nativeTest } from "../native.ts";
import { Library } from "../../lib/backends/native/vectors/library.ts";
import { rowStage } from "../../lib/backends/native/vectors/features.ts";
import { findToolchain } from "../../lib/ffi/compiler.ts";
import { deep, gaussian } from "./jobs.ts";
import { activationOf } from "../../lib/network/nonlinearity.ts";
import { stax } from "../../mod.ts";
import { type Entrywise, rowRoots } from "../../lib/program/entrywise.ts";
import { operate as hostOperate, rowOperations } from "../../lib/rows/operations.ts";
import { evaluateRows } from "../../lib/rows/rows.ts";
import { hostVariances, vectorRows } from "../../lib/rows/vectors.ts";
import { finished, stepsOf } from "../../lib/steps.ts";

const stageOf = async (program: Entrywise, dtype: "float64" | "float32" = "float64") =>
  await rowStage(program, dtype, await Library.open(await findToolchain()));

for (const dtype of ["float64", "float32"] as const) {
  nativeTest(`native ${dtype}: variances have the bits of the host's`, async () => {
    const { variancesOf } = await stageOf(deep(activationOf(stax.Relu()), 1, 1, 0), dtype);
    for (const [count, depth] of [[1, 1], [1, 300], [7, 5], [8, 64], [9, 33], [100, 257]]) {
      const x = gaussian(count, depth, dtype, count);
      assertClose(finished(stepsOf(variancesOf(x, depth))), finished(hostVariances(x, depth)), {
        message: `${count} × ${depth}`,
      });
    }
  });
}

const numbers = [
  0,
  -0,
  1,
  -1,
  0.1,
  -2.5,
  7,
  1074,
  -1074,
  1e300,
  -1e300,
  1e-310,
  5e-324,
  2 ** -1022,
  Infinity,
  -Infinity,
  NaN,
];

nativeTest("native: the loops of rows have the bits of the host's", async () => {
  const { operate } = await stageOf(deep(activationOf(stax.Relu()), 1, 1, 0));
  const pairs = numbers.flatMap((x) => numbers.map((y) => [x, y] as const));
  const columns = [0, 1].map((k) => Float64Array.from(pairs, (pair) => pair[k]));
  const [x, y] = columns;
  const integers = columns.map((column) => column.map(Math.trunc));
  const args: Record<string, Float64Array[]> = { ldexp: [x, integers[1]], select: [x, y, x] };
  for (const op of [...rowOperations, "exp", "max"] as const) {
    const list = args[op] ?? [x, y];
    const expected = hostOperate(op, list, pairs.length);
    const actual = operate(op, list, pairs.length);
    const wrong = actual.findIndex((value, i) => !Object.is(value, expected[i]));
    assert(
      wrong < 0,
      `${op}(${list.map((column) => column[wrong])}) is ${actual[wrong]}, not ${expected[wrong]}`,
    );
  }
});

for (const name of ["Relu", "Gelu", "Erf", "Gaussian", "Rbf"] as const) {
  nativeTest(`native: the rows of ${name} have the bits of the host's`, async () => {
    const program = deep(activationOf(stax[name]()), 3, 1.2, 0.1);
    const inputs = vectorRows([gaussian(37, 5, "float64", 1)], 5);
    const { operate } = await stageOf(program);
    const columns = finished(evaluateRows(rowRoots(program), inputs, 37, operate));
    assertDeepEquals(columns, finished(evaluateRows(rowRoots(program), inputs, 37)));
  });
}

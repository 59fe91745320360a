/** Products of kernels in tiles: those in C and in TypeScript against sums of integers, which are exact. */
import { Layout, lengthOf, type TilePlace } from "../../lib/operator/layout.ts";
import { nativeProduct } from "../../lib/operator/native/run.ts";
import { plainProduct } from "../../lib/operator/product.ts";
import { scheduleOf } from "../../lib/operator/schedule.ts";
import { Pool } from "../../lib/ffi/pool.ts";
import { finished } from "../../lib/steps.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { nativeTest } from "../native.ts";
import { integerOf, operatorOf, smooth } from "./matrices.ts";

/** n, rows of a tile, columns: single tiles, last ones of one row and of another size, vectors of all widths. */
const cases: readonly (readonly [n: number, tileRows: number, k: number])[] = [
  [1, 4, 1],
  [5, 2, 3],
  [67, 16, 10],
  [64, 64, 17],
  [129, 64, 1],
  [130, 47, 4],
  [203, 100, 25],
];

const layoutOf = (n: number, tileRows: number) => new Layout(n, tileRows);

function tilesOf({ tiles }: Layout): Int32Array[] {
  return tiles.map(({ rows, cols }: TilePlace) =>
    Int32Array.from(
      { length: lengthOf(rows) * lengthOf(cols) },
      (_, at) => integerOf(rows[0] + Math.floor(at / lengthOf(cols)), cols[0] + at % lengthOf(cols)),
    )
  );
}

/** Small integers, with which all sums are exact. */
const vectors = (n: number, k: number) => Float64Array.from({ length: n * k }, (_, at) => (at * 7) % 11 - 5);

/** Σⱼ Tᵢⱼ·vⱼ. */
function dense(n: number, v: Float64Array, k: number): Float64Array {
  return Float64Array.from({ length: n * k }, (_, at) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += integerOf(Math.floor(at / k), j) * v[j * k + at % k];
    return sum;
  });
}

for (const [n, tileRows, k] of cases) {
  const layout = layoutOf(n, tileRows);
  const name = `${n} × ${n} in tiles of ${tileRows} rows times ${k} columns`;

  Deno.test(`${name} in TypeScript`, () => {
    const v = vectors(n, k);
    assertDeepEquals(finished(plainProduct({ layout, tiles: tilesOf(layout) }, v, k)), dense(n, v, k));
  });

  nativeTest(`${name} in C`, async () => {
    const v = vectors(n, k);
    assertDeepEquals(await nativeProduct(layout, tilesOf(layout), v, k, {}), dense(n, v, k));
  });
}

nativeTest("products have the same bits for every number of threads", async () => {
  const layout = layoutOf(203, 16);
  const tiles = tilesOf(layout);
  const v = Float64Array.from({ length: 203 * 10 }, (_, at) => Math.sin(at) / 3);
  const product = (threads: number) => nativeProduct(layout, tiles, v, 10, {}, new Pool(threads));
  const first = await product(1);
  for (const threads of [2, 3, 7]) assertDeepEquals(await product(threads), first);
});

nativeTest("a product is stopped by its signal", async () => {
  const layout = layoutOf(2000, 500);
  const signal = AbortSignal.abort(new Error("enough"));
  const tiles = layout.tiles.map(({ rows, cols }) => new Int32Array(lengthOf(rows) * lengthOf(cols)));
  await assertThrows(
    () => nativeProduct(layout, tiles, new Float64Array(2000), 1, { signal }),
    Error,
    "enough",
  );
  const controller = new AbortController();
  const product = nativeProduct(layout, tiles, new Float64Array(2000 * 300), 300, {
    signal: controller.signal,
  });
  setTimeout(() => controller.abort(new Error("later")), 0);
  await assertThrows(() => product, Error, "later");
});

Deno.test("every tile is multiplied once, after those before it, and rounds share no block", () => {
  for (const blocks of [1, 2, 3, 6, 9]) {
    const tasks = scheduleOf(blocks);
    assertEquals(new Set(tasks.map(({ tile }) => tile)).size, blocks * (blocks + 1) / 2);
    assertEquals(tasks.length, blocks * (blocks + 1) / 2);
    const seen = new Array<number>(blocks).fill(0);
    for (const { row, col, beforeRow, beforeCol } of tasks) {
      assert(col <= row);
      assertDeepEquals([beforeRow, beforeCol], [seen[row], seen[col]]);
      seen[row]++;
      if (row !== col) seen[col]++;
    }
    const together = Math.floor(blocks / 2);
    for (let at = blocks; at < tasks.length; at += together) {
      const round = tasks.slice(at, at + together).flatMap(({ row, col }) => [row, col]);
      assertEquals(new Set(round).size, 2 * together);
    }
  }
});

Deno.test("products, the diagonal and columns are those of the matrix within 2⁻³¹ of the roots of its diagonal", async () => {
  const n = 90;
  for (const tileRows of [7, 32, 90, 200]) {
    using kernel = await operatorOf(n, smooth, { tileRows });
    assertEquals(kernel.n, n);
    const v = Float64Array.from({ length: 2 * n }, (_, at) => Math.cos(at));
    const { data, shape } = await kernel.multiply({ data: v, shape: [n, 2] });
    assertDeepEquals(shape, [n, 2]);
    for (let i = 0; i < n; i++) {
      for (const k of [0, 1]) {
        let [sum, error] = [0, 0];
        for (let j = 0; j < n; j++) {
          sum += smooth(i, j) * v[2 * j + k];
          error += Math.sqrt(smooth(i, i) * smooth(j, j)) * Math.abs(v[2 * j + k]) * 2 ** -31;
        }
        assertClose(data[2 * i + k], sum, { atol: error + 1e-13 });
      }
    }
    assertClose(kernel.diagonal, Float64Array.from({ length: n }, (_, i) => smooth(i, i)), { rtol: 1e-15 });
    const columns = await kernel.columns([89, 0, 7, 7]);
    assertDeepEquals(columns.shape, [4, n]);
    for (const [row, index] of [89, 0, 7, 7].entries()) {
      const exact = Float64Array.from({ length: n }, (_, i) => smooth(i, index));
      assertClose(columns.data.subarray(row * n, (row + 1) * n), exact, { atol: 3 * 2 ** -31 });
    }
  }
});

Deno.test("the lower triangle of tiles takes 2·n² bytes, and those of the diagonal", async () => {
  using kernel = await operatorOf(100, smooth, { tileRows: 10 });
  assertEquals(kernel.bytes, 4 * (100 * 100 + 100 * 10) / 2);
});

Deno.test("an operator that was disposed of waits for its products, and refuses others", async () => {
  const kernel = await operatorOf(50, smooth, { tileRows: 10 });
  const v = { data: new Float64Array(50).fill(1), shape: [50, 1] };
  const expected = (await kernel.multiply(v)).data;
  const product = kernel.multiply(v);
  kernel[Symbol.dispose]();
  kernel[Symbol.dispose]();
  assertDeepEquals((await product).data, expected);
  const message = "Cannot use a kernel as it must have its tiles: current value was disposed of";
  await assertThrows(() => kernel.multiply(v), TypeError, message);
});

/** `tiles` against whole kernels. */
import { type KernelOperator, NdArray, type Progress, stax, type Tile, tiles } from "../../mod.ts";
import { assert, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";

const { kernelFn } = stax.serial(stax.Dense(1, { bStd: 0.3 }), stax.Relu(), stax.Dense(1));
const options = { backend: "reference" } as const;
const points = (n: number, shift = 0) =>
  new NdArray(Float64Array.from({ length: 3 * n }, (_, at) => Math.sin(1 + at + shift)), [n, 3]);

async function listOf(generated: AsyncIterable<Tile>): Promise<Tile[]> {
  const list: Tile[] = [];
  for await (const tile of generated) list.push(tile);
  return list;
}

function assertBlocks(list: readonly Tile[], whole: NdArray): void {
  for (const { rows, cols, kernel } of list) {
    assertDeepEquals(kernel.shape, [rows[1] - rows[0], cols[1] - cols[0]]);
    for (let i = rows[0]; i < rows[1]; i++) {
      for (let j = cols[0]; j < cols[1]; j++) {
        const [is, must] = [kernel.at(i - rows[0], j - cols[0]), whole.at(i, j)];
        assert(Math.abs(is - must) <= 1e-14 * Math.abs(must), `(${i}, ${j}): ${is} is not ${must}`);
      }
    }
  }
}

Deno.test("blocks of two batches are all of their kernel", async () => {
  const [x1, x2] = [points(7), points(5, 0.5)];
  for (const get of ["nngp", "ntk"] as const) {
    const list = await listOf(tiles(kernelFn, x1, x2, get, { ...options, rows: 3 }));
    assertBlocks(list, await kernelFn(x1, x2, get, options));
    const places = list.map(({ rows, cols }) => [...rows, ...cols]);
    assertDeepEquals(places, [
      [0, 3, 0, 3],
      [0, 3, 3, 5],
      [3, 6, 0, 3],
      [3, 6, 3, 5],
      [6, 7, 0, 3],
      [6, 7, 3, 5],
    ]);
  }
});

Deno.test("blocks of one batch are those on and below the diagonal, symmetric on it", async () => {
  const x = points(8);
  const list = await listOf(tiles(kernelFn, x, null, "ntk", { ...options, rows: 3 }));
  assertBlocks(list, await kernelFn(x, null, "ntk", options));
  assertDeepEquals(list.map(({ rows, cols }) => [rows[0], cols[0]]), [
    [0, 0],
    [3, 0],
    [3, 3],
    [6, 0],
    [6, 3],
    [6, 6],
  ]);
  for (const { rows, cols, kernel } of list.filter(({ rows, cols }) => rows[0] === cols[0])) {
    const length = rows[1] - cols[0];
    for (let i = 0; i < length; i++) {
      for (let j = 0; j < i; j++) assertEquals(kernel.at(i, j), kernel.at(j, i));
    }
  }
});

Deno.test("progress rises to all pairs, and float32 is handed on", async () => {
  const reports: Progress[] = [];
  const list = await listOf(
    tiles(kernelFn, points(8), null, "nngp", {
      ...options,
      rows: 3,
      dtype: "float32",
      onProgress: (progress) => reports.push(progress),
    }),
  );
  assert(list.every(({ kernel }) => kernel.dtype === "float32"));
  assertDeepEquals([...reports].sort((a, b) => a.done - b.done), reports);
  assertDeepEquals(reports.at(-1), { done: 9 + 9 + 9 + 6 + 6 + 4, total: 43 });
});

Deno.test("arguments are read at once, and a signal stops the next block", async () => {
  const x = points(6);
  const whole = await kernelFn(x, null, "nngp", options);
  const controller = new AbortController();
  const generated = tiles(kernelFn, x, null, "nngp", { ...options, rows: 3, signal: controller.signal });
  x.data.fill(0);
  const { value } = await generated.next();
  assertBlocks([value as Tile], whole);
  controller.abort(new Error("enough"));
  await assertThrows(() => generated.next(), Error, "enough");
});

/** The type of operators is public. */
export type Operator = KernelOperator;

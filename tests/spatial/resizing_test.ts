/** Weights of resized axes: those of the formulas, and none where a formula has none. */
import { resizeMethods, resizing } from "../../lib/spatial/resizing.ts";
import { stax } from "../../mod.ts";
import { assert, assertClose, assertDeepEquals, assertEquals } from "../assert.ts";

type Method = (typeof resizeMethods)[number];

function dense(size: number, outSize: number, method: Method, antialias = true): number[][] {
  const { terms: [matrix] } = resizing(size, outSize, { method, antialias });
  return matrix.map(({ at, weights }) => {
    const row = Array<number>(size).fill(0);
    at.forEach((p, k) => row[p] = weights[k]);
    return row;
  });
}

Deno.test("rows of weights are those of the formulas", () => {
  const over = (total: number, ...row: number[]) => row.map((value) => value / total);
  const rows: [number, number, Method, boolean, number, number[]][] = [
    // Distances 2, 4 and 10 of 10 units.
    [5, 3, "linear", true, 0, over(7, 4, 3, 0, 0, 0)],
    [5, 3, "linear", true, 1, over(9, 0, 2, 5, 2, 0)],
    [5, 3, "linear", false, 0, over(3, 2, 1, 0, 0, 0)],
    // Keys's polynomials at 1/6 and 7/6.
    [2, 3, "cubic", true, 0, over(76, 81, -5)],
    // … and at 0.3, 0.1, 0.5, 0.9 and 1.3.
    [5, 2, "cubic", true, 0, over(23495, 8155, 9765, 5625, 685, -735)],
    [5, 3, "cubic", false, 1, [0, 0, 1, 0, 0]],
    // By mpmath with 60 digits.
    [2, 4, "lanczos3", true, 0, [1.17547769997950938, -0.175477699979509377]],
    [3, 2, "lanczos5", true, 0, [0.655173498469652404, 0.43041917103435128, -0.0855926695040036844]],
    [7, 4, "lanczos3", true, 1, [
      -0.0696305272906204068,
      0.234238625300519305,
      0.561656501885002965,
      0.344650025413199456,
      -0.0300955670893824792,
      -0.0568827389637485286,
      0.0160636807450296879,
    ]],
    [3, 6, "nearest", true, 3, [0, 1, 0]],
  ];
  for (const [size, outSize, method, antialias, P, want] of rows) {
    const got = dense(size, outSize, method, antialias)[P];
    assertClose(got, want, { atol: 4e-16, message: `${method} ${size} to ${outSize}` });
  }
});

Deno.test("rounding makes no weights: of 8192 pairs of lengths each reads what its triangle covers, as its mirror image", () => {
  for (let size = 1; size <= 64; size++) {
    for (let outSize = 1; outSize <= 128; outSize++) {
      const rows = dense(size, outSize, "linear");
      const unit = 2 * Math.max(size, outSize);
      rows.forEach((row, P) => {
        assertDeepEquals(row, rows[outSize - 1 - P].toReversed());
        const covered = row.map((_, p) => Math.abs((2 * P + 1) * size - (2 * p + 1) * outSize) < unit);
        assertDeepEquals(row.map((weight) => weight !== 0), covered, `${size} to ${outSize}`);
      });
    }
  }
});

Deno.test("a length that stays keeps every position, by all methods", () => {
  for (const method of resizeMethods) {
    const rows = dense(6, 6, method);
    assertDeepEquals(rows, rows.map((row, P) => row.map((_, p) => Number(p === P))), method);
  }
});

Deno.test("weights have the sum 1, and lobes are mirrored", () => {
  for (const method of resizeMethods) {
    for (const [size, outSize] of [[1, 4], [2, 9], [7, 3], [12, 5], [5, 12]]) {
      for (const antialias of [true, false]) {
        const rows = dense(size, outSize, method, antialias);
        const sums = rows.map((row) => row.reduce((a, b) => a + b, 0));
        assertClose(sums, sums.map(() => 1), { rtol: 4e-15 });
        if (method === "nearest") continue;
        rows.forEach((row, P) => assertClose(row, rows[outSize - 1 - P].toReversed(), { atol: 4e-16 }));
      }
    }
  }
});

Deno.test("finite networks resize by all methods", () => {
  for (const method of resizeMethods) {
    const y = stax.ImageResize([-1, 3, -1], { method }).applyFn(null, [[[1], [4]]]);
    assertClose(y.data, dense(2, 3, method).map(([a, b]) => a + 4 * b), { rtol: 1e-15 });
  }
  const again = stax.fromJSON(stax.toJSON(stax.ImageResize([-1, 3, -1], { method: "cubic" })));
  assertEquals((again as unknown as stax.ImageResize).method, "cubic");
  assert(resizeMethods.length === 5);
});

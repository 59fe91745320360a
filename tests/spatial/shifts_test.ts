/** What a map of an axis says of its shifts is what its matrices do. */
import {
  type AxisMap,
  convolution,
  diagonalMean,
  identity,
  linear,
  modulo,
  type Padding,
  pooling,
  selection,
  trace,
  transposedConvolution,
} from "../../lib/spatial/axis.ts";
import { random, stax } from "../../mod.ts";
import { assert, assertClose, assertDeepEquals } from "../assert.ts";
import { positionTargets } from "../targets.ts";

const paddings: readonly Padding[] = ["SAME", "VALID", "CIRCULAR"];

function mapsOf(size: number): AxisMap[] {
  const windows = [1, 2, 3, 5].flatMap((width) =>
    [1, 2, 3].flatMap((stride) => paddings.map((padding) => ({ size: width, stride, padding })))
  ).filter(({ size: width, padding }) => padding !== "VALID" || width <= size);
  const how = { average: true, normalizeEdges: true };
  return [
    ...windows.flatMap((window) => [
      convolution(size, window),
      transposedConvolution(size, window),
      pooling(size, window, how),
    ]),
    trace(size),
    diagonalMean(size),
    identity(size),
    linear(size, [Array(size).fill(1 / size)]),
    ...[[0], [size - 1, 0], [1, 3], [-1, 0, 1], [0, -1, 1], [0, 0]].map((at) =>
      selection(size, at.filter((p) => p < size))
    ),
  ];
}

Deno.test("shifts read what the matrices of a map do, with weight 1", () => {
  let some = 0;
  for (let size = 1; size <= 7; size++) {
    for (const { terms, outSize, shifts } of mapsOf(size)) {
      if (!shifts) continue;
      some++;
      const { stride, taps, circular } = shifts;
      const read = taps.map((tap) =>
        Array.from({ length: outSize }, (_, P) => {
          const p = circular ? modulo(stride * P + tap, size) : stride * P + tap;
          return p >= 0 && p < size ? { at: [p], weights: [1] } : { at: [], weights: [] };
        })
      );
      assertDeepEquals(read, terms.map((rows) => rows.map(({ at, weights }) => ({ at, weights }))));
    }
  }
  assert(some > 300, `${some} maps must have shifts`);
});

Deno.test("convolutions, traces, means, slices and what is as it is have shifts; sums and other orders have none", () => {
  const window = { size: 3, stride: 2, padding: "SAME" } as const;
  for (
    const map of [convolution(7, window), trace(7), diagonalMean(7), identity(7), selection(7, [2, 4, 6])]
  ) {
    assert(map.shifts !== null);
  }
  for (const map of [linear(7, [Array(7).fill(1)]), selection(7, [4, 2]), selection(7, [1, 2, 4])]) {
    assert(map.shifts === null);
  }
});

// Two windows, of which the second ends behind the axis.
for (const { test, options, scale } of positionTargets) {
  test("a convolution of stride 2 from 3 or 4 positions to 2", async () => {
    for (const side of [3, 4]) {
      for (const width of [3, 4, 5]) {
        const network = stax.serial(
          stax.Conv(1, [width, width], { strides: [2, 2], padding: "SAME", bStd: 0.3 }),
          stax.Relu(),
          stax.Conv(1, [2, 2], { padding: "SAME" }),
          stax.Erf(),
          stax.Flatten(),
          stax.Dense(1),
        );
        const x = random.normal(random.key(side), [5, side, side, 2]);
        const [actual, expected] = await Promise.all(
          [options, { backend: "reference" }].map((o) => network.kernelFn(x, null, ["nngp", "ntk"], o)),
        );
        assertClose(actual.nngp.data, expected.nngp.data, scale);
        assertClose(actual.ntk.data, expected.ntk.data, scale);
      }
    }
  });
}

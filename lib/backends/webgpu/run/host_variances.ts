/**
 * What the device will find for the variances of a chain's nodes, computed on the host by the same operations, so that one wait
 * for the device (run/diagonal_pass.ts) is enough for a chain.
 */
import { allocate, type DType, type Values } from "../../../array/dtype.ts";
import type { Shift } from "../plan/geometry.ts";

/** The variances after a shift from those before, of `count` rows; the device has the last word. */
export type Guess = (axes: readonly Shift[], values: Values, count: number, dtype: DType) => Values;

/**
 * The scaled sums over taps, in the order of the shader, for `count` rows: `values` and the result are row by row.
 *
 * A device may round otherwise where WGSL lets it (numbers close to 0 may become 0), so this is a guess to be confirmed.
 */
export const shifted: Guess = (axes, values, count, dtype) => {
  const round = dtype === "float32" ? Math.fround : (x: number) => x;
  const sources = sourcesOf(axes);
  const scale = round(axes.reduce((product, shift) => product * shift.scale, 1));
  const size = values.length / count;
  const out = allocate(count * sources.length, dtype);
  for (let row = 0; row < count; row++) {
    for (const [P, positions] of sources.entries()) {
      let sum = 0;
      for (const p of positions) sum = round(sum + values[row * size + p]);
      out[row * sources.length + P] = sum * scale;
    }
  }
  return out;
};

/** For every output position the positions that its taps read, in order. */
function sourcesOf(axes: readonly Shift[]): number[][] {
  return axes.reduce<number[][]>(
    (outer, { size, outSize, taps, stride, circular }) => {
      const rows = Array.from({ length: outSize }, (_, P) => {
        const reads = taps.map((tap) => P * stride + tap);
        return circular
          ? reads.map((p) => ((p % size) + size) % size)
          : reads.filter((p) => p >= 0 && p < size);
      });
      return outer.flatMap((before) =>
        rows.map((row) => before.flatMap((p) => row.map((q) => p * size + q)))
      );
    },
    [[0]],
  );
}

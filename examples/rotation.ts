/** Square images turned about their centre. */
import { NdArray } from "../lib/array/mod.ts";

/**
 * Images of `side` × `side` pixels, one a row, turned counter-clockwise by an angle in degrees. A pixel takes the value of the image where
 * it comes from, interpolated between the four pixels around; the image is 0 beyond its edge.
 */
export function rotated(
  { data, shape: [count, pixels] }: NdArray<Float64Array>,
  degrees: number,
): NdArray<Float64Array> {
  const side = Math.sqrt(pixels);
  if (!Number.isInteger(side)) {
    throw new TypeError(
      `Cannot rotate images as each must be a row of a square number of pixels: current value is ${pixels}`,
    );
  }
  const out = new Float64Array(data.length);
  for (let i = 0; i < count; i++) {
    const image = data.subarray(i * pixels, (i + 1) * pixels);
    rotate(image, out.subarray(i * pixels, (i + 1) * pixels), side, degrees);
  }
  return new NdArray(out, [count, pixels]);
}

function rotate(image: Float64Array, out: Float64Array, side: number, degrees: number): void {
  const angle = degrees * Math.PI / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const centre = (side - 1) / 2;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [right, down] = [column - centre, row - centre];
      // Rows count downwards, so this turns clockwise: back to where the pixel comes from.
      out[row * side + column] = valueAt(
        image,
        side,
        centre + sin * right + cos * down,
        centre + cos * right - sin * down,
      );
    }
  }
}

/** The image at a place between pixels, linear in either direction. */
function valueAt(image: Float64Array, side: number, row: number, column: number): number {
  const [top, left] = [Math.floor(row), Math.floor(column)];
  const pixel = (r: number, c: number) => r >= 0 && r < side && c >= 0 && c < side ? image[r * side + c] : 0;
  const inRow = (r: number) => between(pixel(r, left), pixel(r, left + 1), column - left);
  return between(inRow(top), inRow(top + 1), row - top);
}

/** a for share 0, b for share 1. Of values up to 1 none is larger, in spite of rounding. */
const between = (a: number, b: number, share: number): number => a + share * (b - a);

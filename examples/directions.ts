/** Images as directions: what a kernel says of them does not depend on how much ink there is. */
import { NdArray } from "../lib/array/mod.ts";

/** Each row divided by its root mean square. Every dense network has the same prior variance at all of them. */
export function directions({ data, shape }: NdArray<Float64Array>): NdArray<Float64Array> {
  const [count, pixels] = shape;
  const out = data.slice();
  for (let i = 0; i < count; i++) {
    const row = out.subarray(i * pixels, (i + 1) * pixels);
    const meanSquare = row.reduce((sum, value) => sum + value ** 2, 0) / pixels;
    if (meanSquare === 0) {
      throw new RangeError(
        `Cannot scale images as each must have some ink: current value is 0 in image ${i}`,
      );
    }
    for (let k = 0; k < pixels; k++) row[k] /= Math.sqrt(meanSquare);
  }
  return new NdArray(out, shape);
}

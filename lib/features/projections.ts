/** Random projections ⟨wᵢ, x̂⟩ of the direction of a row, with wᵢ ~ N(0, I). */
import { bits32 } from "../random/bits.ts";
import { foldIn, type Key, normal } from "../random/mod.ts";
import { powerOfTwo, walshHadamard } from "../sketching/walsh_hadamard.ts";

/** Width up to which projections are Gaussian; above, three rounds of signs and Hadamard matrices are as good. */
const DENSE = 64;

/** Whether the projections of directions of `width` entries are orthogonal to each other, in blocks. */
export const hasOrthogonal = (width: number): boolean => width > DENSE;

/** Signs of ±1. */
export const signs = (key: Key, count: number): Float64Array =>
  Float64Array.from(bits32(key, count), (word) => word & 1 ? 1 : -1);

/** What projects a direction; the projections are overwritten by those of the next. */
export type Projections = (x: Float64Array) => Float64Array;

/** `count` projections of directions of `width` entries. */
export function projections(key: Key, width: number, count: number): Projections {
  if (count === 0) return () => new Float64Array();
  return hasOrthogonal(width) ? orthogonal(key, width, count) : gaussian(key, width, count);
}

function gaussian(key: Key, width: number, count: number): Projections {
  const { data } = normal(key, [count * width]);
  const projected = new Float64Array(count);
  return (x) => {
    for (let i = 0, at = 0; i < count; i++) {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += data[at++] * x[j];
      projected[i] = sum;
    }
    return projected;
  };
}

/** H·D₃·H·D₂·H·D₁·x̂ with random signs D and Hadamard matrices H, block by block: orthogonal rows (Yu et al. 2016, arXiv:1610.09072). */
function orthogonal(key: Key, width: number, count: number): Projections {
  const padded = powerOfTwo(width);
  const length = padded * Math.ceil(count / padded);
  const rounds = [1, 2, 3].map((round) => signs(foldIn(key, round), length));
  // Rows of the product of rounds have length √padded, those of a Gaussian matrix one of χ of `padded` degrees of freedom, nearly.
  const scales = normal(foldIn(key, 4), [count]).data
    .map((z) => (1 - 1 / (4 * padded) + z / Math.sqrt(2 * padded)) / padded);
  const projected = new Float64Array(length);
  return (x) => {
    for (let start = 0; start < length; start += padded) {
      projected.set(x, start);
      projected.fill(0, start + width, start + padded);
      for (const round of rounds) {
        for (let i = start; i < start + padded; i++) projected[i] *= round[i];
        walshHadamard(projected, start, padded);
      }
    }
    for (let i = 0; i < count; i++) projected[i] *= scales[i];
    return projected;
  };
}

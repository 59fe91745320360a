/** How large variances may be so that nothing overflows inside a map: what goes in is refused, never what would come out. */
import type { DType } from "./array/dtype.ts";

/** The largest finite number of each precision. */
export const LARGEST: Readonly<Record<DType, number>> = {
  float64: Number.MAX_VALUE,
  float32: 3.4028234663852886e38,
};

/** The least variance that a map has no room for. */
export interface Room {
  /** 1 if the map adds variances, 2 if it multiplies two of them */
  readonly power: 1 | 2;
  /** What it multiplies each of them by */
  readonly factor: number;
}

/** Room for sums of eight variances: moments add up to four. */
export const roomForSums: Room = { power: 1, factor: 8 };

/** Room for sums of a few products of two variances, each times `factor`: such as Δ² = 1 + var1 + var2 + det. */
export const roomForProducts = (factor: number): Room => ({ power: 2, factor: 8 * factor });

/** The variance from which on a map may overflow in a precision: a power of ten, which reads well in messages. */
export const firstBeyond = ({ power, factor }: Room, dtype: DType): number =>
  Number(`1e${Math.floor(Math.log10(LARGEST[dtype] ** (1 / power) / factor))}`);

/** What the map does with a variance that overflows. */
export const reasonOf = ({ power }: Room, dtype: DType): string =>
  `${power === 1 ? "sums" : "products"} of variances overflow in ${dtype}`;

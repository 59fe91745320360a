/** Which maps of an axis are convolutions: sums of neighbours that lead from offsets to offsets. */
import { type AxisMap, modulo } from "../../../spatial/axis.ts";

/** K′(P, Q) = scale · Σₜ K(p, q) over t < taps with p = stride · P + first + t and the same for q; 0 outside unless it wraps around. */
export interface Box {
  readonly size: number;
  readonly outSize: number;
  readonly stride: number;
  readonly first: number;
  readonly taps: number;
  readonly wrap: boolean;
  readonly scale: number;
}

/** The convolution that a map of an axis is: shifts to neighbours, one after the other; or null. */
export function boxOf({ size, outSize, scale, shifts }: AxisMap): Box | null {
  if (!shifts) return null;
  const { stride, taps, circular: wrap } = shifts;
  if (!taps.every((tap, k) => tap === taps[0] + k) || (wrap && outSize * stride !== size)) return null;
  // Of the equal places on a circle, the one next to the first position.
  const first = wrap ? modulo(taps[0] + (size >> 1), size) - (size >> 1) : taps[0];
  return { size, outSize, stride, first, taps: taps.length, wrap, scale };
}

/** A convolution that changes nothing, so that it goes along with wrapped axes and others. */
export const isIdentity = ({ size, outSize, stride, first, taps, scale }: Box): boolean =>
  size === outSize && stride === 1 && first === 0 && taps === 1 && scale === 1;

/** The box that reads the same position of an axis. */
export const identityBox = (size: number): Box => ({
  size,
  outSize: size,
  stride: 1,
  first: 0,
  taps: 1,
  wrap: false,
  scale: 1,
});

/**
 * Shifts, the linear maps that a chain consists of, and where a tile keeps the covariances between them.
 *
 * A shift reads position s·P + t of an axis for output P, for each of its taps t; so it takes covariances at the offset s·δ to those
 * at δ, and no others. A workgroup that has all covariances of a *class* of offsets in its tile computes chains of shifts without
 * any other.
 *
 * A tile has a frame of f positions an axis, at least as many as there are. Class d of an axis holds the offsets q − p = d and
 * d − f: the slot of p holds K(p, (p + d) mod f), so that together the classes hold every pair of positions once and a tile has no
 * empty end, however large the offset. A shift of stride s takes class s·d′ of a frame s·f′ to class d′ of f′: from 7 positions by
 * "SAME" windows of stride 2 to 4 the frames are 8 and 4, and the classes 0, 2, 4, 6 become 0, 1, 2, 3.
 */
import { countOf } from "../../../array/dtype.ts";
import type { AxisMap, Shifts } from "../../../spatial/axis.ts";

/** A convolution, or anything else with this structure: K′(P, Q) = scale · Σₜ K(s·P + t, s·Q + t). */
export interface Shift extends Shifts {
  readonly size: number;
  readonly outSize: number;
  readonly scale: number;
}

/** The axis as a shift, or null if it is none. A term that reads nothing adds nothing, whatever its tap. */
export function shiftOf({ size, outSize, scale, terms, shifts }: AxisMap): Shift | null {
  const taps = shifts?.taps.filter((_, k) => terms[k].some(({ at }) => at.length > 0));
  return shifts && taps ? { ...shifts, size, outSize, scale, taps } : null;
}

/** One stage: the positions, the frame, and the class as a multiple of that of the last stage; a number an axis each. */
export interface Geometry {
  readonly sizes: readonly number[];
  readonly frame: readonly number[];
  readonly factors: readonly number[];
}

/** The geometry before each node's shifts (a list of one an axis) and after the last, or null if no frames fit. */
export function geometriesOf(
  sizes: readonly number[],
  nodes: readonly (readonly Shift[])[],
): Geometry[] | null {
  const axes = sizes.map((size, axis) => axisFrames(size, nodes.map((shifts) => shifts[axis])));
  if (!axes.every((axis) => axis !== null)) return null;
  return Array.from({ length: nodes.length + 1 }, (_, stage) => ({
    sizes: axes.map((axis) => axis[stage].size),
    frame: axes.map((axis) => axis[stage].frame),
    factors: axes.map((axis) => axis[stage].factor),
  }));
}

/** The stages of one axis. */
function axisFrames(size: number, shifts: readonly Shift[]) {
  const sizes = [size, ...shifts.map(({ outSize }) => outSize)];
  const factors = sizes.map((_, stage) =>
    shifts.slice(stage).reduce((product, { stride }) => product * stride, 1)
  );
  const last = Math.max(...sizes.map((length, stage) => Math.ceil(length / factors[stage])));
  const stages = sizes.map((length, stage) => ({
    size: length,
    factor: factors[stage],
    frame: last * factors[stage],
  }));
  // What wraps around does so in the positions, so there the frame must be all of them.
  const wraps = shifts.every(({ circular }, k) => !circular || stages[k].frame === stages[k].size);
  return wraps ? stages : null;
}

/** Number of slots of a tile. */
export const slotsOf = ({ frame }: Geometry): number => countOf(frame);

/** Number of positions. */
export const positionsOf = ({ sizes }: Geometry): number => countOf(sizes);

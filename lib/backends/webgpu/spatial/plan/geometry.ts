/**
 * Where a tile keeps the covariances of one class of offsets at every stage of a chain of shifts.
 *
 * A tile has a frame of f positions an axis, at least as many as there are. Class d of an axis holds the offsets q − p = d and
 * d − f: the slot of p holds K(p, (p + d) mod f), so that together the classes hold every pair of positions once and a tile
 * has no empty end, however large the offset. A shift of stride s takes class s·d′ of a frame s·f′ to class d′ of f′.
 */
import { countOf } from "../../../../array/dtype.ts";
import type { Shift } from "../run/shift.ts";

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

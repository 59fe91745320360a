/**
 * A dispatch in parts, each of them no more work than the device's pace.
 *
 * In: how many workgroups a dispatch has for each of some items (pairs of inputs, images). Out: what is encoded of it, part by part, in
 * submissions: of 10 items with 36 workgroups each where 100 are affordable items 0 and 1, items 2 and 3, …
 */
import { MOST_TURNS } from "../budget.ts";
import { tooManyTurns } from "../device/errors.ts";
import type { Buffers, Submissions } from "../device/submissions.ts";

/** What may be dispatched in parts. */
export interface Divisible {
  /** Workgroups an item, and the operations of one */
  readonly units: number;
  readonly operations: number;
  /** Turns of loops that a thread takes at most */
  readonly turns: number;
}

/** Some workgroups of some items. */
export interface Part {
  readonly item: number;
  readonly items: number;
  readonly unit: number;
  readonly units: number;
}

/** Adds all parts of a dispatch over `count` items to the submissions; `done` of all the job has to do is done before. */
export async function addParts(
  { units, operations, turns }: Divisible,
  count: number,
  submissions: Submissions,
  done: number,
  encode: (part: Part, encoder: GPUCommandEncoder, scratch: Buffers) => void,
): Promise<void> {
  const { pace, limits, software } = submissions.gpu;
  if (software && turns > MOST_TURNS) throw tooManyTurns(turns);
  for (let item = 0, unit = 0; item < count;) {
    const affordable = Math.max(1, Math.floor(pace.operations / operations));
    const part = partOf({ item, unit }, affordable, units, count, limits.workgroups);
    await submissions.add({
      operations: operations * part.items * part.units,
      done,
      encode: (encoder, scratch) => encode(part, encoder, scratch),
    });
    unit += part.units;
    if (unit === units) [item, unit] = [item + part.items, 0];
  }
}

/**
 * The next part of at most `affordable` workgroups: whole items if one is affordable, so that most dispatches are rectangles, and
 * else some workgroups of one item, which go on from `unit`.
 */
function partOf(
  { item, unit }: { readonly item: number; readonly unit: number },
  affordable: number,
  units: number,
  count: number,
  most: number,
): Part {
  if (unit > 0 || affordable < units || units > most) {
    return { item, items: 1, unit, units: Math.min(units - unit, affordable, most) };
  }
  return { item, items: Math.min(count - item, Math.floor(affordable / units), most), unit: 0, units };
}

/**
 * Where the values of an image are in one array. In: a program. Out: the place of each value; those that are never needed at the same
 * time may share theirs.
 */
import { spentAfter } from "./spent.ts";
import type { FeatureProgram, Value } from "./steps.ts";

/** Where values are, by their numbers, and the size of all. */
export interface Layout {
  readonly places: ReadonlyMap<number, number>;
  readonly size: number;
}

/** Numbers that a cache line has, of the smaller kind. */
const LINE = 16;

/** Places of all values: one that is not read any more gives its place to the next of its size. */
export function layoutOf(program: FeatureProgram): Layout {
  const places = new Map<number, number>();
  const free: { readonly at: number; readonly size: number }[] = [];
  let end = 0;
  const sizeOf = ({ positions, columns }: Value) => Math.ceil(positions * columns / LINE) * LINE;
  const place = (value: Value) => {
    const size = sizeOf(value);
    const fits = free.findIndex((one) => one.size === size);
    places.set(value.id, fits < 0 ? end : free.splice(fits, 1)[0].at);
    if (fits < 0) end += size;
  };
  place(program.input);
  const spent = spentAfter(program);
  program.steps.forEach((step, i) => {
    if ("to" in step) place(step.to);
    for (const value of spent[i]) free.push({ at: places.get(value.id)!, size: sizeOf(value) });
  });
  return { places, size: end };
}

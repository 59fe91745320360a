/** Which offsets δ = q − p of every node are needed: axis by axis, and backwards from the output. */
import type { AxisMap } from "../../../../spatial/axis.ts";
import { modulo } from "../../../../spatial/axis.ts";
import { type Box } from "../box.ts";

/** Offsets of every axis; what is needed are their combinations. */
export type Offsets = readonly ReadonlySet<number>[];

/** All offsets of axes, or 0 alone. */
export function offsetsOf(lengths: readonly number[], full: boolean): Set<number>[] {
  return lengths.map((length) =>
    new Set(full ? Array.from({ length: 2 * length - 1 }, (_, k) => k - length + 1) : [0])
  );
}

/** The offsets before a convolution that those after it read. */
export function beforeBox({ size, stride, wrap }: Box, after: ReadonlySet<number>): Set<number> {
  const before = [...after].flatMap((delta) => {
    if (!wrap) return [stride * delta];
    const ahead = modulo(stride * delta, size);
    return ahead === 0 ? [0] : [ahead, ahead - size];
  });
  return new Set(before);
}

/** The offsets before any map of an axis that those after it read. */
export function beforeMap({ terms, outSize }: AxisMap, after: ReadonlySet<number>): Set<number> {
  const before = new Set<number>();
  for (const matrix of terms) {
    matrix.forEach(({ at }, P) => {
      if (at.length === 0) return;
      for (const delta of after) {
        if (P + delta < 0 || P + delta >= outSize) continue;
        for (const q of matrix[P + delta].at) for (const p of at) before.add(q - p);
      }
    });
  }
  return before;
}

/** Adds all offsets of `more`. */
export function include(offsets: readonly Set<number>[], more: Offsets): void {
  more.forEach((set, axis) => set.forEach((delta) => offsets[axis].add(delta)));
}

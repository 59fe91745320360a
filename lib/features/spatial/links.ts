/** Linear maps of positions as lists of what each output position reads: features are mapped as the inputs of a layer are. */
import type { PositionMap } from "../../program/nodes.ts";
import type { AxisMap } from "../../spatial/axis.ts";
import type { Links } from "./steps.ts";

/** An entry of a row: position, weight, tap. */
type Entry = readonly [at: number, weight: number, tap: number];

/** The links of a map of positions: K′(P, Q) = Σₖ Σ Tₖ(P, p)·Tₖ(Q, q)·K(p, q) has features Tₖφ for all k side by side. */
export function linksOf({ axes, local }: PositionMap): Links {
  const rows = axes.reduce<Entry[][]>((before, axis) => product(before, axis), [[[0, 1, 0]]]);
  const tapCount = axes.reduce((count, { terms }) => count * terms.length, 1);
  const starts = new Int32Array(rows.length + 1);
  rows.forEach((row, P) => starts[P + 1] = starts[P] + row.length);
  const entries = rows.flat();
  // Weights of their own for every output position: no two of them share a tap.
  const first = local ? rows.flatMap((row, P) => row.map(() => P * tapCount)) : null;
  return {
    outPositions: rows.length,
    starts,
    at: Int32Array.from(entries, ([at]) => at),
    weights: Float64Array.from(entries, ([, weight]) => weight),
    taps: Int32Array.from(entries, ([, , tap], i) => tap + (first ? first[i] : 0)),
    tapCount: local ? rows.length * tapCount : tapCount,
  };
}

/** Each position with a tap of its own. */
export function ownTaps(positions: number): Links {
  const each = Int32Array.from({ length: positions }, (_, p) => p);
  return {
    outPositions: positions,
    starts: Int32Array.from({ length: positions + 1 }, (_, p) => p),
    at: each,
    weights: new Float64Array(positions).fill(1),
    taps: each,
    tapCount: positions,
  };
}

function product(before: readonly Entry[][], { size, outSize, scale, terms }: AxisMap): Entry[][] {
  const factor = Math.sqrt(scale);
  return before.flatMap((outer) =>
    Array.from(
      { length: outSize },
      (_, P) =>
        outer.flatMap(([at, weight, tap]) =>
          terms.flatMap((matrix, k): Entry[] =>
            matrix[P].at.map((p, i) => [
              at * size + p,
              weight * factor * matrix[P].weights[i],
              tap * terms.length + k,
            ])
          )
        ),
    )
  );
}

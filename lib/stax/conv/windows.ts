/** Windows that slide over positions: their checks, and their geometry for given positions. */
import { type Padding, type Window } from "../../spatial/axis.ts";
import { MOST_AXES, MOST_PARTS } from "../../network/limits.ts";
import { integer, oneOf, wrongType } from "../../options.ts";

/** One window an axis. */
export interface Windows {
  /** The name of the parameter that holds the sizes. */
  readonly name: "filterShape" | "windowShape";
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
  readonly padding: Padding;
}

/** The strides of checked windows: 1 each unless given. */
export function checkWindows(
  layer: string,
  { name, sizes, strides, padding }: Omit<Windows, "strides"> & {
    readonly strides: readonly number[] | null;
  },
): readonly number[] {
  for (const [list, values] of [[name, sizes], ["strides", strides ?? sizes]] as const) {
    if (!Array.isArray(values)) {
      throw wrongType(`build ${layer}`, `${list}`, "a list of one number an axis", values);
    }
    integer(`build ${layer}`, `the length of ${list}`, values.length, 0, MOST_AXES);
    values.forEach((value, i) => integer(`build ${layer}`, `${list}[${i}]`, value, 1, MOST_PARTS));
  }
  if (strides && strides.length !== sizes.length) {
    throw new TypeError(
      `Cannot build ${layer} as strides must have ${sizes.length} entries, as ${name} has: ` +
        `current value is ${strides.length}`,
    );
  }
  oneOf(`build ${layer}`, "padding", padding, ["SAME", "VALID", "CIRCULAR"]);
  return strides ?? sizes.map(() => 1);
}

/** A window for each axis of `positions`, of which vectors have none; refused if there are more or fewer or if one does not fit. */
export function windowsAt(
  layer: string,
  { name, sizes, strides, padding }: Windows,
  positions: readonly number[],
  mustFit: boolean,
): Window[] {
  if (sizes.length > 0) requirePositions(layer, positions);
  if (sizes.length !== positions.length) {
    throw new TypeError(
      `Cannot apply ${layer} as ${name} must have ${positions.length} entries, one for each axis of positions ` +
        `[${positions.join(", ")}]: current value is [${sizes.join(", ")}]`,
    );
  }
  if (mustFit && padding === "VALID" && sizes.some((size, i) => size > positions[i])) {
    throw new RangeError(
      `Cannot apply ${layer} as ${name} must fit into the positions [${positions.join(", ")}]: ` +
        `current value is [${sizes.join(", ")}], use padding "SAME"`,
    );
  }
  return sizes.map((size, i) => ({ size, stride: strides[i], padding }));
}

/** Refuses vectors. */
export function requirePositions(layer: string, positions: readonly number[]): void {
  if (positions.length > 0) return;
  throw new TypeError(
    `Cannot apply ${layer} as its input must have positions, (batch, …positions, features): current value is a vector, ` +
      "put it before Flatten() or global pooling",
  );
}

/** The layout of a convolution's input, weights and output, as JAX writes it: `["NHWC", "HWIO", "NHWC"]`. */
import { showData } from "../../array/dtype.ts";
import { type Axes, usualAxes } from "../../network/axes.ts";

/** Letters for the axes of the input (N examples, C features), of the weights (I and O features) and of the output. */
export type DimensionNumbers = readonly [input: string, weights: string, output: string];

/** What the letters say, with positions in the order of the input. */
export interface ConvSpec {
  readonly numbers: DimensionNumbers;
  /** The axes of the input */
  readonly axes: Axes;
  /** The axes of the output */
  readonly outAxes: Axes;
  /** The letters of positions in the order of the input */
  readonly letters: readonly string[];
  /** For each position axis of the input the entry of `filterShape` that belongs to it */
  readonly filterOrder: readonly number[];
  /** For each position axis of the output that of the input */
  readonly outOrder: readonly number[];
}

const POSITION_LETTERS = "ABDEFGHJKLMPQRSTUVWXYZ";

/** Refuses what does not name the axes of `filterShape`. */
export function checkDimensionNumbers(layer: string, numbers: DimensionNumbers | null, axes: number): void {
  if (numbers !== null && !isConsistent(numbers, axes)) {
    const example = defaultNumbers(axes).map((spec) => JSON.stringify(spec)).join(", ");
    throw new TypeError(
      `Cannot build ${layer} as dimensionNumbers must name every axis once and the ${axes} axes of filterShape in each, ` +
        `such as [${example}]: current value is ${showData(numbers)}`,
    );
  }
}

/** What dimension numbers say; by default examples come first and features last. */
export function convSpec(given: DimensionNumbers | null, axes: number): ConvSpec {
  const numbers = given ?? defaultNumbers(axes);
  const [input, weights, output] = numbers.map((spec) => [...spec]);
  const letters = input.filter((letter) => !"NC".includes(letter));
  const filter = weights.filter((letter) => !"IO".includes(letter));
  const out = output.filter((letter) => !"NC".includes(letter));
  return {
    numbers,
    // By default the features are last whatever the number of axes, which may be the wrong one.
    axes: given ? { batchAxis: input.indexOf("N"), channelAxis: input.indexOf("C") } : usualAxes,
    outAxes: { batchAxis: output.indexOf("N"), channelAxis: output.indexOf("C") },
    letters,
    filterOrder: letters.map((letter) => filter.indexOf(letter)),
    outOrder: out.map((letter) => letters.indexOf(letter)),
  };
}

function defaultNumbers(axes: number): DimensionNumbers {
  const letters = axes === 2 ? "HW" : POSITION_LETTERS.slice(0, axes);
  return [`N${letters}C`, `${letters}IO`, `N${letters}C`];
}

function isConsistent(numbers: DimensionNumbers, axes: number): boolean {
  if (!Array.isArray(numbers) || numbers.length !== 3 || numbers.some((spec) => typeof spec !== "string")) {
    return false;
  }
  const positions = numbers.map((spec, i) => {
    const own = i === 1 ? "IO" : "NC";
    const letters = [...spec];
    const named = [...own].every((letter) => letters.includes(letter)) &&
      new Set(letters).size === spec.length;
    return named ? letters.filter((letter) => !own.includes(letter)).toSorted().join("") : null;
  });
  return positions.every((letters) =>
    letters !== null && letters === positions[0] && letters.length === axes
  );
}

/** Where the variables of a fit may be: their bounds, in the scale in which steps are taken and starts are drawn. */
import { requireNames, requireObject, wrongType } from "../../options.ts";
import type { Variable } from "./variables.ts";

/** The lowest and the highest value of a variable, by name. */
export type Bounds = Readonly<Record<string, readonly [low: number, high: number]>>;

/** A variable with its bounds, and the scale of steps: logarithms, but for those that may be negative. */
export interface Ranged extends Variable {
  readonly low: number;
  readonly high: number;
  readonly toScale: (value: number) => number;
  readonly fromScale: (position: number) => number;
  /** The derivative of the value in its position */
  readonly slope: (value: number) => number;
}

/** The variables with their bounds, each of which has to hold the start. */
export function ranged(action: string, variables: readonly Variable[], bounds: Bounds): readonly Ranged[] {
  const names = variables.map(({ name }) => name);
  requireNames(
    action,
    "the names in bounds",
    names,
    requireObject(action, "bounds", bounds, "an object of pairs, such as { noise: [1e-4, 1] }"),
  );
  return variables.map((variable) => {
    const { name, domain, value } = variable;
    const isReal = domain === "real";
    if (!isReal && value <= 0) {
      throw new RangeError(
        `Cannot ${action} as ${name} must be above 0 to be free: current value is ${value}, leave it out of free`,
      );
    }
    const [low, high] = bounds[name] === undefined ? usual(variable) : given(action, variable, bounds[name]);
    if (value < low || value > high) {
      throw new RangeError(
        `Cannot ${action} as the start of ${name} must be within its bounds, ${low} to ${high}: current value is ${value}`,
      );
    }
    return {
      ...variable,
      ...{ low, high },
      toScale: isReal ? (value: number) => value : Math.log,
      // Rounding of logarithms leaves the bounds alone.
      fromScale: (position: number) => isReal ? position : Math.min(Math.max(Math.exp(position), low), high),
      slope: (value: number) => isReal ? 1 : value,
    };
  });
}

/** Four decades around positive numbers, eight around the noise; of others ten times their size, or 10, to both sides. */
function usual({ places, domain, value }: Variable): readonly [number, number] {
  const factor = places.includes("noise") ? 1e4 : 1e2;
  if (domain === "real") {
    const reach = 10 * Math.max(1, Math.abs(value));
    return [value - reach, value + reach];
  }
  return [value / factor, domain === "share" ? 1 : value * factor];
}

function given(action: string, { name, domain }: Variable, pair: unknown): readonly [number, number] {
  const isPair = Array.isArray(pair) && pair.length === 2 && pair.every(Number.isFinite);
  if (!isPair) {
    throw wrongType(action, `bounds[${JSON.stringify(name)}]`, "two finite numbers", pair);
  }
  const [low, high] = pair as [number, number];
  if (low >= high) {
    throw new RangeError(
      `Cannot ${action} as the bounds of ${name} must be the lower before the higher: current value is ${low} and ${high}`,
    );
  }
  if (domain !== "real" && low <= 0) {
    throw new RangeError(
      `Cannot ${action} as the bounds of ${name} must be above 0: current value is ${low}`,
    );
  }
  if (domain === "share" && high > 1) {
    throw new RangeError(
      `Cannot ${action} as the bounds of ${name} must be at most 1: current value is ${high}`,
    );
  }
  return [low, high];
}

/** Weights and biases of `Dense` and of convolutions: their options, and the factors with which they are drawn and applied. */
import { finite, integer, oneOf, wrongType } from "../options.ts";

/** See `DenseOptions`. */
interface Weights {
  readonly wStd: number;
  readonly bStd: number | null;
  readonly parameterization: "ntk" | "standard";
  readonly s: readonly [number, number];
}

/** What weights are unless options say otherwise. */
export const weightDefaults: Weights = {
  wStd: 1,
  bStd: null,
  parameterization: "ntk",
  s: [1, 1],
};

/** Refuses deviations that are not finite, and unknown ways to scale. */
export function checkWeights(action: string, { wStd, bStd, parameterization, s }: Weights): void {
  finite(action, "wStd", wStd);
  if (bStd !== null) finite(action, "bStd", bStd);
  oneOf(action, "parameterization", parameterization, ["ntk", "standard"]);
  if (!Array.isArray(s) || s.length !== 2) throw wrongType(action, "s", "a list of 2 integers", s);
  s.forEach((value, i) => integer(action, `s[${i}]`, value, 1));
}

/** The features of a finite network's layer of so many units. */
export const unitsOf = (
  { parameterization, s }: Pick<Weights, "parameterization" | "s">,
  units: number,
): number => parameterization === "standard" ? units * s[1] : units;

/** The standard deviations with which weights and biases are drawn, of units that sum over so many inputs. */
export const drawnScales = ({ wStd, bStd, parameterization, s }: Weights, fanIn: number) =>
  parameterization === "standard" ? [wStd / Math.sqrt(fanIn / s[0]), bStd ?? 0] as const : [1, 1] as const;

/** The factors of weights and biases where they are applied. */
export const appliedScales = ({ wStd, bStd, parameterization, s }: Weights, fanIn: number) =>
  parameterization === "standard"
    ? [1 / Math.sqrt(s[0]), 1] as const
    : [wStd / Math.sqrt(fanIn), bStd ?? 0] as const;

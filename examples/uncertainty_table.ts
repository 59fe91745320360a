/** How far a model may be believed, as text. */
import type { Bin } from "./calibration.ts";
import type { Turn } from "./turned_digits.ts";

/** Probabilities by name, and how often the guesses that have them are right. */
export interface NamedBins {
  readonly name: string;
  readonly bins: readonly Bin[];
  /** The expected calibration error. */
  readonly error: number;
}

/** Accuracies of what stays when some guesses are set aside, by what decides which. */
export interface Coverage {
  readonly name: string;
  readonly points: readonly { readonly setAside: number; readonly accuracy: number }[];
}

/** A line for every bin of each, and the expected calibration error. */
export function reliabilityTable(all: readonly NamedBins[]): string {
  return all.flatMap(({ name, bins, error }) => [
    cells(name, ["guesses", "confidence", "accuracy"]),
    ...bins.map(({ low, high, count, confidence, accuracy }) =>
      cells(`  ${low.toFixed(1)} to ${high.toFixed(1)}`, [
        String(count),
        percent(confidence),
        percent(accuracy),
      ])
    ),
    cells("  calibration error", ["", "", percent(error)]),
  ]).join("\n");
}

/** A line for every share that is set aside. */
export function coverageTable(all: readonly Coverage[], shares: readonly number[]): string {
  const accuracyAt = ({ points }: Coverage, share: number) =>
    percent(points.find(({ setAside }) => setAside === share)!.accuracy);
  return [
    cells("Set aside", all.map(({ name }) => name)),
    ...shares.map((share) =>
      cells(`  ${(100 * share).toFixed(0)} %`, all.map((coverage) => accuracyAt(coverage, share)))
    ),
  ].join("\n");
}

/** A line for every angle. */
export function turnTable(turns: readonly Turn[]): string {
  return [
    cells("Turned by", ["mean std", "accuracy"]),
    ...turns.map(({ degrees, meanStd, accuracy }) =>
      cells(`  ${degrees}°`, [meanStd.toFixed(4), percent(accuracy)])
    ),
  ].join("\n");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function cells(name: string, figures: readonly string[]): string {
  return [name.padEnd(28), ...figures.map((figure) => figure.padStart(16))].join("");
}

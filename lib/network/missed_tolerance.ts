/** Says once for each numerical nonlinearity that its tolerance was missed. */
import type { Ledger } from "../expr/table.ts";
import type { Layer } from "./layer.ts";
import { activationOf } from "./nonlinearity.ts";

const told = new WeakSet<Layer>();
const NAMES = { nngp: "the NNGP", dNngp: "the factor of the NTK" };
/** Rounding of closed forms may add as much as what the tolerance bounds. */
const SLACK = 2;

/** Warns of layers whose tables missed their tolerance, if they have one. */
export function warnOfMissedTolerance(layers: readonly Layer[], ledger: Ledger): void {
  for (const layer of layers) {
    const { tolerance, numerical } = activationOf(layer);
    if (tolerance === undefined || told.has(layer)) continue;
    const tables = numerical!();
    const errors = Object.entries(NAMES).flatMap(([dual, name]) => {
      const error = ledger.table(tables[dual as keyof typeof NAMES])?.inFloat64 ?? 0;
      return error > SLACK * tolerance ? [`${error.toExponential(1)} in ${name}`] : [];
    });
    if (errors.length === 0) continue;
    told.add(layer);
    console.warn(
      `${layer.type} misses its tolerance of ${tolerance}: its error relative to √(k₁₁k₂₂) is up to ${
        errors.join(" and ")
      }, ` +
        "lower the variance of its input" +
        ("tolerance" in layer ? ", give kinks, ask for a larger tolerance, or pass warn: false" : ""),
    );
  }
}

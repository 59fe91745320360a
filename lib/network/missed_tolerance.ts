/** Says once for each numerical nonlinearity that its tolerance was missed. */
import type { Ledger } from "../expr/table.ts";
import type { Layer } from "./layer.ts";
import { activationOf } from "./nonlinearity.ts";

const told = new WeakSet<Layer>();
const NAMES = { nngp: "the NNGP", dNngp: "the factor of the NTK" };
/** Rounding of closed forms may add as much as what the tolerance bounds. */
const SLACK = 2;

/** What a layer says of its tables. */
interface Quadrature extends Layer {
  readonly tolerance: number | null;
  readonly deg: number | null;
  readonly warn: boolean;
}

/** Warns of layers whose tables missed their tolerance; not of those with `deg`, which have none, or with `warn: false`. */
export function warnOfMissedTolerance(layers: readonly Layer[], ledger: Ledger): void {
  for (const layer of layers) {
    const { tolerance, deg, warn } = layer as Quadrature;
    const tables = activationOf(layer).numerical?.();
    if (!tables || deg !== null || warn === false || told.has(layer)) continue;
    const asked = tolerance ?? 1e-8;
    const errors = Object.entries(NAMES).flatMap(([dual, name]) => {
      const error = ledger.table(tables[dual as keyof typeof NAMES])?.inFloat64 ?? 0;
      return error > SLACK * asked ? [`${error.toExponential(1)} in ${name}`] : [];
    });
    if (errors.length === 0) continue;
    told.add(layer);
    console.warn(
      `${layer.type} misses its tolerance of ${asked}: its error relative to √(k₁₁k₂₂) is up to ${
        errors.join(" and ")
      }, ` +
        "lower the variance of its input, give kinks, ask for a larger tolerance, or pass warn: false",
    );
  }
}

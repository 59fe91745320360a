/** Says once for each numerical nonlinearity that its tolerance was missed. */
import type { Ledger } from "../expr/table.ts";
import type { ElementwiseNumerical } from "./elementwise.ts";
import type { Layer } from "./layer.ts";
import { activationOf } from "./nonlinearity.ts";

const told = new WeakSet<Layer>();
/** Rounding is added to what the tolerance bounds. */
const SLACK = 1.1;

/** Warns of layers whose tables missed their tolerance; not of those with `deg`, which have none, or with `warn: false`. */
export function warnOfMissedTolerance(layers: readonly Layer[], ledger: Ledger): void {
  for (const layer of layers) {
    const { tolerance, deg, warn } = layer as ElementwiseNumerical;
    const tables = activationOf(layer).numerical?.();
    if (!tables || deg !== null || warn === false || told.has(layer)) continue;
    const asked = tolerance ?? 1e-8;
    const [nngp, dNngp] = [tables.nngp, tables.dNngp].map((table) => ledger.table(table)?.error ?? 0);
    if (Math.max(nngp, dNngp) <= SLACK * asked) continue;
    told.add(layer);
    console.warn(
      `${layer.type} misses its tolerance of ${asked}: its errors relative to √(k₁₁k₂₂) are up to ` +
        `${nngp.toExponential(1)} (NNGP) and ${dNngp.toExponential(1)} (factor of the NTK), ` +
        "lower the variance of its input, give kinks, ask for a larger tolerance, or pass warn: false",
    );
  }
}

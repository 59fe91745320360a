/**
 * The duals of `truth.json` on every target: against the truth in float64; in float32 against `reference` at the same
 * float32-rounded moments, so that only the device's own error counts.
 */
import { dual, stax } from "../../mod.ts";
import { assert } from "../assert.ts";
import { fixture } from "../fixtures.ts";
import { build, type Spec } from "../networks.ts";
import { targets } from "../targets.ts";

interface Truth {
  activations: {
    act: Spec;
    rows: [cov: number, var1: number, var2: number, nngp: number | null, dNngp: number | null][];
  }[];
}

const { activations } = fixture<Truth>("truth");
const reference = { backend: "reference" } as const;

/** Duals, and their scales √(k₁₁·k₂₂), at lists of moments. */
async function dualsOf(
  layer: stax.Layer,
  moments: readonly (readonly (number | null)[])[],
  options: stax.KernelOptions,
) {
  const [cov, var1, var2] = [0, 1, 2].map((k) => moments.map((row) => row[k] as number));
  const at = (cov: number[], var1: number[], var2: number[], o: stax.KernelOptions) =>
    dual.dualActivation(layer, { cov, var1, var2 }, o);
  const { nngp, dNngp } = await at(cov, var1, var2, options);
  const [first, second] = [await at(var1, var1, var1, reference), await at(var2, var2, var2, reference)];
  const scale = (field: "nngp" | "dNngp") =>
    moments.map((_, i) => Math.sqrt(Math.abs(first[field].data[i]) * Math.abs(second[field].data[i])));
  return { nngp: nngp.data, dNngp: dNngp.data, scales: { nngp: scale("nngp"), dNngp: scale("dNngp") } };
}

/** float32-rounded moments, the covariance towards 0 where it would exceed √(v₁v₂). */
function rounded([cov, var1, var2]: readonly (number | null)[]): number[] {
  const [v1, v2, nearest] = [var1, var2, cov].map((value) => Math.fround(value as number));
  const limit = Math.sqrt(v1) * Math.sqrt(v2);
  return [Math.abs(nearest) <= limit ? nearest : Math.fround(nearest * (1 - 2 ** -23)), v1, v2];
}

const LARGEST_FLOAT32 = 3.4e38;

for (const { name, options, test } of targets) {
  for (const { act, rows } of activations) {
    const layer = build(act);
    const label = `${act[0]}(${JSON.stringify(act[1] ?? {})})`;
    if (options.dtype === "float64") {
      test(`the dual of ${label} is the truth`, async () => {
        const known = (await representable(layer, rows, Number.MAX_VALUE)).filter((row) =>
          !row.includes(null)
        );
        const found = await dualsOf(layer, known, options);
        known.forEach(([cov, var1, var2, nngp, dNngp], i) => {
          const at = `(${cov}, ${var1}, ${var2})`;
          within(
            found.nngp[i],
            nngp!,
            1e-12 * Math.max(Math.abs(nngp!), found.scales.nngp[i]),
            `nngp at ${at}`,
          );
          within(
            found.dNngp[i],
            dNngp!,
            2e-11 * Math.max(Math.abs(dNngp!), found.scales.dNngp[i]),
            `dNngp at ${at}`,
          );
        });
      });
    } else {
      test(`the dual of ${label} is that of reference at float32 moments`, async () => {
        const usable = await representable(layer, rows.map(rounded), LARGEST_FLOAT32);
        const [found, expected] = [
          await dualsOf(layer, usable, options),
          await dualsOf(layer, usable, reference),
        ];
        usable.forEach(([cov, var1, var2], i) => {
          const easy = var1 === var2 || 1 - Math.abs(cov) / Math.sqrt(var1 * var2) >= 1e-3;
          const condition = conditionOf(act, expected.dNngp[i] * cov, expected.scales.nngp[i], var1, var2);
          const at = `(${cov}, ${var1}, ${var2})`;
          const nngpScale = Math.max(Math.abs(expected.nngp[i]), expected.scales.nngp[i]);
          const dNngpScale = Math.max(Math.abs(expected.dNngp[i]), expected.scales.dNngp[i]);
          within(found.nngp[i], expected.nngp[i], (1e-6 + condition) * nngpScale, `nngp at ${at}`);
          within(
            found.dNngp[i],
            expected.dNngp[i],
            ((easy ? 2e-6 : 6e-5) + condition) * dNngpScale,
            `dNngp at ${at}`,
          );
        });
      });
    }
    report(name, label);
  }
}

/** The rows whose kernels, and those of their points, neither overflow nor vanish in a precision. */
async function representable<R extends readonly (number | null)[]>(
  layer: stax.Layer,
  rows: readonly R[],
  largest: number,
): Promise<R[]> {
  const kept: R[] = [];
  for (const row of rows) {
    const values = await dualsOf(layer, [row as readonly number[]], reference).then(
      ({ nngp, dNngp, scales }) => [nngp[0], dNngp[0], scales.nngp[0], scales.dNngp[0]].map(Math.abs),
      (error) => error instanceof RangeError ? [Infinity] : Promise.reject(error),
    );
    if (values.every((value) => value === 0 || (value < largest / 16 && value > 1 / largest))) kept.push(row);
  }
  assert(kept.length > rows.length / 2, `only ${kept.length} of ${rows.length} rows can be represented`);
  return kept;
}

/**
 * What 24 bits of an exponent and 36 bits of the roots leave: the exponential's condition number is its exponent, and every
 * kernel amplifies the error of √(v₁v₂) by |cov·∂k/∂cov| / √(k₁₁k₂₂).
 */
function conditionOf(
  [type, parameters]: Spec,
  slope: number,
  scale: number,
  var1: number,
  var2: number,
): number {
  const { b = 1 } = (parameters ?? {}) as { b?: number };
  const exponent = type === "Exp" ? b * b * (var1 + var2) : 0;
  return Math.abs(slope) / (scale || 1) * 2 ** -36 + exponent * 2 ** -24;
}

let worst: Record<string, number> = {};

function within(actual: number, expected: number, tolerance: number, message: string): void {
  const error = Math.abs(actual - expected);
  const field = message.split(" ")[0];
  worst[field] = Math.max(worst[field] ?? 0, tolerance > 0 ? error / tolerance : 0);
  assert(error <= tolerance, `${message}: ${actual} is not ${expected}, off by ${error} of ${tolerance}`);
}

/** With SHOW_WORST=1 prints the largest part of the tolerance that was used since the last report. */
function report(target: string, label: string): void {
  if (Deno.env.get("SHOW_WORST") !== "1") return;
  Deno.test(`worst of ${target} ${label}`, () => {
    console.log(target, label, JSON.stringify(worst));
    worst = {};
  });
}

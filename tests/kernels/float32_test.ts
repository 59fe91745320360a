import { assert } from "../assert.ts";
import { fixture } from "../fixtures.ts";
import { type Case, cases } from "./cases.ts";
import { bindings, type Kernel, kernelsOf, type Triple } from "./duals.ts";
import { evaluateFloat32 } from "./float32.ts";

const { fround } = Math;

/** The moments of the truth, and larger, smaller and nearer ones, rounded to float32. */
const triples: readonly Triple[] = [...ofTruth(), ...extremes()].map(rounded);

function ofTruth(): Triple[] {
  const { activations } = fixture<{ activations: { rows: number[][] }[] }>("truth");
  return activations[0].rows.map(([cov, var1, var2]) => [cov, var1, var2]);
}

function extremes(): Triple[] {
  const equal = [1e-12, 1e-8, 1e8, 1e12].map((v) => [v, v]);
  const different = [[1e-12, 1e12], [1e-8, 1e8], [1e8, 1.3e8], [1e4, 1.3e4], [0.3, 0.4], [3, 2], [30, 20], [
    40,
    41,
  ]];
  return [...equal, ...different].flatMap(([var1, var2]) =>
    [1, 0.3, 1e-2, 9e-4, 1e-5, 1e-7, 0].flatMap((gap): Triple[] => {
      const cov = (1 - gap) * Math.sqrt(var1 * var2);
      return [[cov, var1, var2], [-cov, var1, var2]];
    })
  );
}

/** Rounds the three numbers, the covariance towards 0 where it would exceed √(v₁v₂). */
function rounded([cov, v1, v2]: Triple): Triple {
  const [var1, var2] = [fround(v1), fround(v2)];
  const limit = Math.sqrt(var1) * Math.sqrt(var2);
  const nearest = fround(cov);
  return [Math.abs(nearest) <= limit ? nearest : fround(nearest * (1 - 2 ** -23)), var1, var2];
}

/** Neither kernel of the pair nor those of its points leave the range of float32. */
function representable(k: Kernel, triple: Triple): boolean {
  const scale = k.scale(triple);
  return scale === 0 || (scale > 1e-37 && scale < 3.4e38);
}

/**
 * What the accuracy of the arguments leaves: the roots of the variances have 45 bits, the exponent of an exponential 24,
 * and the result amplifies their errors by its condition number, |cov·∂k/∂cov| / √(k₁₁·k₂₂) or the exponent.
 */
function conditioning(c: Case, { nngp, dNngp }: { nngp: Kernel; dNngp: Kernel }, triple: Triple): number {
  const condition = Math.abs(triple[0] * dNngp.at(triple)) / (nngp.scale(triple) || 1);
  return condition * 2 ** -45 + Math.max(c.exponent?.(triple) ?? 0, 0) * 2 ** -24;
}

/** Equal variances have an exact root; others limit the angle of near duplicates. */
const isEasy = ([cov, var1, var2]: Triple) =>
  var1 === var2 || 1 - Math.abs(cov) / Math.sqrt(var1 * var2) >= 1e-3;

// The plain evaluator of float32 has no series; those are tested on the devices.
for (const c of cases.filter(({ activation }) => !activation.numerical)) {
  Deno.test(`float32: ${c.name} is within its bound of float64`, () => {
    const kernels = kernelsOf(c.activation);
    const limit = (c.activation.maxVariance?.value ?? Infinity) / 2;
    for (const triple of triples.filter(([, var1, var2]) => Math.max(var1, var2) < limit)) {
      for (const [name, k] of Object.entries(kernels)) {
        const value = evaluateFloat32(k.expr, bindings(triple));
        assert(!Number.isNaN(value), `${name} at ${triple} is NaN`);
        if (!representable(k, triple)) continue;
        const bound = name === "nngp" ? 1e-6 : isEasy(triple) ? 2e-6 : 6e-5;
        const error = Math.abs(value - k.at(triple)) / (k.scale(triple) || 1);
        const allowed = bound + conditioning(c, kernels, triple);
        assert(error <= allowed, `${name} at ${triple}: error ${error} is above ${allowed}`);
      }
    }
  });
}

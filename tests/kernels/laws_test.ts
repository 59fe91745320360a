import { assert, assertClose, assertEquals } from "../assert.ts";
import { at, differentiateInCov, type Moments, symbols } from "../../lib/moments.ts";
import { type Case, cases } from "./cases.ts";
import { type Kernel, kernel, kernelsOf, type Triple } from "./duals.ts";
import { expectation, mean } from "./quadrature.ts";

/** Fails unless the kernel is `expected` up to `tolerance` of √(k₁₁·k₂₂). */
function assertKernel(k: Kernel, triple: Triple, expected: number, tolerance: number, message: string): void {
  assertClose(k.at(triple), expected, {
    atol: tolerance * k.scale(triple),
    message: `${message} at ${triple}:`,
  });
}

/** A law for every case, with both of its kernels by name. */
function law(description: string, check: (c: Case, kernels: [name: string, k: Kernel][]) => void): void {
  Deno.test(`laws: ${description}`, () => {
    for (const c of cases) {
      const { nngp, dNngp } = kernelsOf(c.activation);
      check(c, [[`${c.name} nngp`, nngp], [`${c.name} dNngp`, dNngp]]);
    }
  });
}

/** The functions that the two kernels are duals of; none where a convention takes the derivative's place. */
const functions = (c: Case) => [c.f, c.jump ? undefined : c.slope];

/** The error that a dual by quadrature is asked for; closed forms have none. */
const sought = (c: Case) => c.activation.numerical ? 1e-13 : 0;

/** Variances for which the case has a finite dual and is that of its function. */
const admits = (c: Case, ...variances: number[]) =>
  variances.every((v) => c.unitVariance ? v === 1 : v < (c.activation.maxVariance?.value ?? Infinity) / 2);

const generic: Triple[] = [
  [0.5, 1, 1],
  [-0.6875, 1, 1],
  [0.984375, 1, 1],
  [0, 1, 1],
  [0.375, 0.25, 2],
  [-0.6875, 0.5, 1.25],
  [0.03125, 0.0009765625, 1.5],
];

law("kernels are the integrals of φφ and φ′φ′", (c, kernels) => {
  kernels.forEach(([name, k], i) => {
    const f = functions(c)[i];
    if (!f) return;
    for (const triple of generic) {
      if (admits(c, triple[1], triple[2])) assertKernel(k, triple, expectation(f, triple), 1e-10, name);
    }
  });
});

law("dNngp is the derivative of nngp in cov", (c, [, [name, dNngp]]) => {
  const derivative = differentiateInCov(c.activation.nngp(symbols));
  const derived = kernel((m: Moments) => at(derivative, m));
  for (const triple of generic) {
    if (c.jump) assertEquals(dNngp.at(triple), 0, `${name}: 0 by convention`);
    // Guards against overflow compare with 0 exactly and have no derivative there; the integral covers cov = 0.
    else if (triple[0] !== 0 && admits(c, triple[1], triple[2])) {
      assertKernel(dNngp, triple, derived.at(triple), 1e-12 + 10 * sought(c), name);
    }
  }
});

law("points that are the same have the kernel of the diagonal", (_, kernels) => {
  for (const [name, k] of kernels) {
    for (const v of [1e-12, 0.3, 1, 1.7]) assertKernel(k, [v, v, v], k.diagonal(v), 1e-15, name);
  }
});

law(
  "nngp tends to the diagonal as ρ → 1, at most as fast as its slope allows",
  (c, [[name, nngp], [, slope]]) => {
    for (const v of [1e-8, 0.3, 1, 1.5]) {
      for (const gap of [1e-3, 1e-6, 1e-9, 1e-12]) {
        const difference = Math.abs(nngp.at([v * (1 - gap), v, v]) - nngp.diagonal(v));
        // |dNngp| ≤ its diagonal, so this is the mean value theorem; a jump makes an angle of √(2·gap) instead.
        const bound = c.jump ? Math.sqrt(2 * gap) : gap * v * slope.diagonal(v);
        assert(difference <= 1.001 * bound + 4e-16 * nngp.diagonal(v), `${name} at ${v}, gap ${gap}`);
      }
    }
  },
);

law("kernels are symmetric", (_, kernels) => {
  for (const [name, k] of kernels) {
    for (const [cov, var1, var2] of generic) {
      assertKernel(k, [cov, var1, var2], k.at([cov, var2, var1]), 1e-15, name);
    }
  }
});

law("ρ = ±1 is the integral over one variable", (c, kernels) => {
  kernels.forEach(([name, k], i) => {
    const f = functions(c)[i];
    if (!f) return;
    for (const [s1, s2] of [[1, 1], [1, -1], [0.25, 0.75], [0.25, -0.75], [1.25, -1.25], [0.5, 1]]) {
      if (!admits(c, s1 * s1, s2 * s2)) continue;
      assertKernel(k, [s1 * s2, s1 * s1, s2 * s2], mean((z) => f(s1 * z) * f(s2 * z)), 1e-12, name);
    }
  });
});

law("a zero point has the kernel φ(0)·E[φ]", (c, kernels) => {
  kernels.forEach(([name, k], i) => {
    const f = functions(c)[i];
    if (!f || c.unitVariance) return;
    assertClose(k.diagonal(0), f(0) ** 2, { rtol: 1e-15, atol: 1e-15 + sought(c), message: name });
    for (const v of [0, 0.25, 1.5]) {
      const expected = v === 0 ? f(0) ** 2 : f(0) * mean((z) => f(Math.sqrt(v) * z));
      assertKernel(k, [0, 0, v], expected, 1e-12, name);
      assertKernel(k, [0, v, 0], expected, 1e-12, name);
    }
  });
});

/** Equal, opposite, nearly equal, zero, tiny points; the coordinates make every inner product exact. */
const points = [
  [1, 0.5, -0.25],
  [1 + 2 ** -20, 0.5, -0.25],
  [1, 0.5 + 2 ** -24, -0.25],
  [-1, -0.5, 0.25],
  [0, 0, 0],
  [2 ** -20, 2 ** -21, 0],
  [0.5, -1, 0.5],
  [0.25, 0.75, 1],
  [2, 1, -0.5],
  [-0.5, 1, 2 ** -12],
];
const inner = (x: number[], y: number[]) => x.reduce((sum, a, i) => sum + a * y[i], 0) / 4;

law("kernel matrices are positive semi-definite", (_, kernels) => {
  for (const [name, k] of kernels) {
    const norms = points.map((x) => Math.sqrt(k.diagonal(inner(x, x))) || 1);
    const matrix = points.map((x, i) =>
      points.map((y, j) => k.at([inner(x, y), inner(x, x), inner(y, y)]) / (norms[i] * norms[j]))
    );
    assert(hasCholeskyFactor(matrix, 1e-13), `${name}: must be positive semi-definite to 1e-13`);
  }
});

/** True if the matrix plus `jitter` on its diagonal is positive definite. */
function hasCholeskyFactor(matrix: number[][], jitter: number): boolean {
  const factor = matrix.map((row) => row.map(() => 0));
  for (let i = 0; i < matrix.length; i++) {
    for (let j = 0; j <= i; j++) {
      const rest = factor[i].reduce((sum, a, l) => sum - a * factor[j][l], matrix[i][j]);
      if (i === j && !(rest + jitter > 0)) return false;
      factor[i][j] = i === j ? Math.sqrt(rest + jitter) : rest / factor[j][j];
    }
  }
  return true;
}

law("kernels are numbers within √(k₁₁·k₂₂) for all variances and angles", (c, kernels) => {
  const limit = c.activation.maxVariance?.value ?? Infinity;
  // Series of many terms take long, and are tested by themselves.
  const large = c.activation.numerical ? [] : [1e8, 1e12];
  const variances = [0, 1e-12, 1e-8, 0.3, 1, ...large].filter((v) => v < limit);
  for (const [name, k] of kernels) {
    for (const var1 of variances) {
      for (const var2 of variances) {
        for (const rho of [0, 0.5, -0.5, 1 - 1e-9, 1e-9 - 1, 1, -1]) {
          const triple: Triple = [rho * Math.sqrt(var1) * Math.sqrt(var2), var1, var2];
          const value = k.at(triple);
          assert(!Number.isNaN(value), `${name} at ${triple} is NaN`);
          const bound = Math.sqrt(k.diagonal(var1)) * Math.sqrt(k.diagonal(var2));
          if (bound < Infinity) {
            assert(
              Math.abs(value) <= bound * (1 + 1e-14),
              `${name} at ${triple}: ${value} is above ${bound}`,
            );
          }
        }
      }
    }
  }
});

law("homogeneous functions have homogeneous kernels", ({ homogeneity }, kernels) => {
  if (homogeneity === undefined) return;
  kernels.forEach(([name, k], i) => {
    for (const t of [2 ** -16, 8]) {
      for (const [cov, var1, var2] of generic) {
        const scaled: Triple = [cov * t * t, var1 * t * t, var2 * t * t];
        assertKernel(k, scaled, k.at([cov, var1, var2]) * t ** (2 * (homogeneity - i)), 4e-15, name);
      }
    }
  });
});

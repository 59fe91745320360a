/** Functions with kinks in both precisions: what their closed forms lose is small, and reported where it is not. */
import { array, dual, random, stax } from "../../mod.ts";
import { bentTerms } from "../../kernels/numerical/envelopes.ts";
import { assert, assertClose, assertEquals } from "../assert.ts";
import { targets } from "../targets.ts";
import { gradedDual, gradedMean, type Place } from "./graded.ts";
import { finished } from "../../lib/steps.ts";

type Scalar = (x: number) => number;

const tolerance = 1e-6;
const Numerical = (f: Scalar) => stax.ElementwiseNumerical((x: number) => f(x), { tolerance, warn: false });

/** A function, its slope almost everywhere, where they change, and variances. */
interface Kinked {
  readonly name: string;
  readonly f: Scalar;
  readonly slope: Scalar;
  readonly places: readonly Place[];
  readonly variances: readonly number[];
}

const near = (x: number) => Math.exp(-x * x / 4);
const kinked: readonly Kinked[] = [
  {
    name: "|x| exp(-x²/4)",
    f: (x) => Math.abs(x) * near(x),
    slope: (x) => Math.sign(x) * (1 - x * x / 2) * near(x),
    places: [[0, 1]],
    variances: [0.3, 1.6, 4],
  },
  {
    name: "max(x, 0) cos x",
    f: (x) => Math.max(x, 0) * Math.cos(x),
    slope: (x) => x > 0 ? Math.cos(x) - x * Math.sin(x) : 0,
    places: [[0, 1]],
    variances: [0.3, 1.6, 9],
  },
  {
    name: "ELU",
    f: (x) => x > 0 ? x : Math.expm1(x),
    slope: (x) => x > 0 ? 1 : Math.exp(x),
    places: [[0, 1]],
    variances: [0.3, 4, 9],
  },
  {
    name: "|x - 1| exp(-(x - 1)²/4)",
    f: (x) => Math.abs(x - 1) * near(x - 1),
    slope: (x) => Math.sign(x - 1) * (1 - (x - 1) ** 2 / 2) * near(x - 1),
    places: [[1, 1]],
    variances: [0.3, 4],
  },
  {
    name: "sign(x) exp(-x²/4)",
    f: (x) => Math.sign(x) * near(x),
    slope: (x) => -Math.abs(x) / 2 * near(x),
    places: [[0, 1]],
    variances: [1, 9],
  },
  {
    name: "tanh x + 1[0.5 < x < 0.51]",
    f: (x) => Math.tanh(x) + Number(x > 0.5 && x < 0.51),
    slope: (x) => Math.cosh(Math.min(Math.abs(x), 300)) ** -2,
    places: [[0, 1], [0.5, 0], [0.51, 0]],
    variances: [0.3, 1],
  },
  {
    name: "min(max(x, 0), 6)",
    f: (x) => Math.min(Math.max(x, 0), 6),
    slope: (x) => Number(x > 0 && x < 6),
    places: [[0, 0], [6, 0]],
    variances: [2, 30],
  },
  {
    name: "round(x) within [-1, 1]",
    f: (x) => x < -0.5 ? -1 : Number(x >= 0.5),
    slope: () => 0,
    places: [[-0.5, 0], [0.5, 0]],
    variances: [0.5, 9],
  },
];
const rhos = [-0.9, 0, 0.5, 0.99];

/** Both duals by iterated quadrature, relative to those of equal points. */
function truth({ f, slope, places, variances }: Kinked) {
  const relative = (g: Scalar) =>
    variances.flatMap((variance) => {
      const square = gradedMean((x) => g(x) ** 2, places, variance);
      return rhos.map((rho) => ({ square, value: square && gradedDual(g, places, rho, variance) / square }));
    });
  return { nngp: relative(f), dNngp: relative(slope) };
}

const known = new Map<Kinked, ReturnType<typeof truth>>();

for (const { name: target, options, rounding, test } of targets) {
  for (const kink of kinked) {
    test(`both duals of ${kink.name} are right, and their errors reported`, async () => {
      if (!known.has(kink)) known.set(kink, truth(kink));
      const exact = known.get(kink)!;
      const { variances } = kink;
      const each = (of: (variance: number, rho: number) => number) =>
        array(variances.flatMap((variance) => rhos.map((rho) => of(variance, rho))));
      const moments = { cov: each((v, rho) => v * rho), var1: each((v) => v), var2: each((v) => v) };
      const found = await dual.dualActivation(Numerical(kink.f), moments, options);
      const reported = { nngp: found.numericalErrors.nngp, dNngp: found.numericalErrors.ntk };
      for (const entry of ["nngp", "dNngp"] as const) {
        const error = Math.max(
          ...exact[entry].map(({ square, value }, i) =>
            Math.abs((found[entry] as ReturnType<typeof array>).data[i] / (square || 1) - value)
          ),
        );
        const where = `${entry} on ${target}: ${error}, reported ${reported[entry]}`;
        assert(error <= (entry === "nngp" ? 2e-6 : 1e-5), where);
        assert(error <= reported[entry] + rounding, where);
      }
    });
  }

  test("a network of |x| exp(-x²/4) is that of the reference", async () => {
    const x = random.normal(random.key(1), [12, 20]);
    const network = stax.serial(
      stax.Dense(1, { wStd: 1.25 }),
      Numerical((x) => Math.abs(x) * near(x)),
      stax.Dense(1),
    );
    const found = await network.kernelFn(x, null, null, options);
    const exact = await network.kernelFn(x, null, null, { backend: "reference" });
    for (const entry of ["nngp", "ntk"] as const) {
      const atol = (entry === "nngp" ? 2e-6 : 1e-5) * Math.max(...exact[entry].data);
      assertClose(found[entry].data, exact[entry].data, { atol, message: `${entry} on ${target}` });
    }
  });

  test("what float32 leaves of a box much narrower than the density is reported", async () => {
    const box = (x: number) => Number(x > 0.5 && x < 0.51);
    const places: Place[] = [[0.5, 0], [0.51, 0]];
    const square = gradedMean(box, places, 1);
    const found = await dual.dualActivation(
      Numerical(box),
      { cov: array([0.5, 0.9]), var1: 1, var2: 1 },
      options,
    );
    const errors = [0.5, 0.9].map((rho, i) =>
      Math.abs(found.nngp.data[i] - gradedDual(box, places, rho, 1)) / square
    );
    const { nngp } = found.numericalErrors;
    assert(Math.max(...errors) <= nngp + 1e-10, `${errors}, reported ${nngp}`);
    assert(nngp < (options.dtype === "float32" ? 1e-4 : 1e-9), `${nngp}`);
  });
}

Deno.test("an envelope keeps a kink's jumps, so that what is left is smooth", () => {
  // |x| exp(−x²/4) = ∓(x − x³/4 + x⁵/32 …)
  const jumps = [0, 2, 0, -3, 0, 7.5];
  const terms = finished(bentTerms({ at: 0, jumps }, () => ({ nngp: 0.2, dNngp: 0.4 }), "nngp"));
  const active = terms.filter(({ from, below }) => from <= 9 && 9 < below);
  const [{ narrowness }] = active;
  assert(narrowness > 0, "at a variance of 9 the bare powers are too large");
  // Derivatives of Σ c·xᵐ/m!·exp(−dx²/2): c₁, c₃ − 3d c₁, c₅ − 10d c₃ + 15d² c₁.
  const of = (order: number) => active.find((term) => term.order === order)?.jump ?? 0;
  assertClose([of(1), of(3) - 3 * narrowness * of(1)], [2, -3], { rtol: 1e-14 });
  if (of(5) !== 0) {
    assertClose(of(5) - 10 * narrowness * of(3) + 15 * narrowness ** 2 * of(1), 7.5, { rtol: 1e-13 });
  }
  assertEquals(active.every(({ order }) => order % 2 === 1), true);
});

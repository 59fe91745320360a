/** `numericalErrors` is a promise: true errors of steep, jumping and narrow functions, of depth, and what is said when a tolerance is missed. */
import { array, dual, random, stax } from "../../mod.ts";
import { findKinks } from "../../kernels/numerical/kinks.ts";
import { erf } from "../../lib/special/erf.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { nonlinearities, withDefaults } from "../nonlinearities.ts";
import { targets } from "../targets.ts";
import { gradedDual, gradedMean, type Place } from "./graded.ts";
import { warningsOf } from "../warnings.ts";
import { finished } from "../../lib/steps.ts";

type Scalar = (x: number) => number;

const reference = { backend: "reference" } as const;
const sech2: Scalar = (x) => Math.cosh(Math.min(Math.abs(x), 300)) ** -2;
const sigmoid: Scalar = (x) => 1 / (1 + Math.exp(-x));
const rhos = [-0.5, 0, 0.3, 0.99, 0.9999];
const Numerical = (f: Scalar, options: stax.NumericalOptions = {}) =>
  stax.ElementwiseNumerical((x: number) => f(x), { warn: false, ...options });

/** Fails unless every error is within what is reported, with `slack` for the rounding of ρ near 1. */
async function requireHonest(
  name: string,
  f: Scalar,
  variance: number,
  truth: { nngp?: (rho: number) => number; dNngp: (rho: number) => number },
  squares: { nngp: number; dNngp: number },
): Promise<void> {
  const cov = rhos.map((rho) => rho * variance);
  const found = await dual.dualActivation(
    Numerical(f),
    { cov: array(cov), var1: variance, var2: variance },
    reference,
  );
  const { nngp, ntk } = found.numericalErrors;
  const reported = { nngp, dNngp: ntk };
  for (const kind of ["nngp", "dNngp"] as const) {
    const exact = truth[kind];
    if (!exact) continue;
    rhos.forEach((rho, i) => {
      const error = Math.abs(found[kind].data[i] - exact(rho)) / squares[kind];
      const message = `${kind} of ${name} at variance ${variance}, ρ = ${rho}: ${error} is above ${
        reported[kind]
      }`;
      assert(error <= reported[kind] + 1e-10, message);
    });
  }
  assertEquals(found.numericalError, Math.max(nngp, ntk));
}

/** E[erf(au) erf(av)] = (2/π) asin(2a²c/(1 + 2a²v)), Williams 1997, and its derivative in c. */
const erfDual = (a: number, variance: number) => {
  const one = 1 + 2 * a * a * variance;
  const c = (rho: number) => 2 * a * a * rho * variance;
  return {
    nngp: (rho: number) => 2 / Math.PI * Math.asin(c(rho) / one),
    dNngp: (rho: number) => 4 * a * a / Math.PI / Math.sqrt((one - c(rho)) * (one + c(rho))),
  };
};

for (const [a, variance] of [[30, 1e4], [1e4, 1], [30, 1], [300, 100]]) {
  Deno.test(`errors of erf(${a}x) at variance ${variance} are within what is reported`, async () => {
    const exact = erfDual(a, variance);
    await requireHonest(`erf(${a}x)`, (x) => erf(a * x), variance, exact, {
      nngp: exact.nngp(1),
      dNngp: exact.dNngp(1),
    });
  });
}

const steep: [name: string, f: Scalar, slope: Scalar, places: Place[], variance: number][] = [
  [
    "tanh x + tanh 1000(x - 2)",
    (x) => Math.tanh(x) + Math.tanh(1000 * (x - 2)),
    (x) => sech2(x) + 1000 * sech2(1000 * (x - 2)),
    [[0, 1], [2, 1e-3]],
    1e4,
  ],
  [
    "sigmoid 300(x + 1)",
    (x) => sigmoid(300 * (x + 1)),
    (x) => 300 * sigmoid(300 * (x + 1)) * sigmoid(-300 * (x + 1)),
    [[-1, 1 / 300]],
    9,
  ],
  ["tanh 100x + x", (x) => Math.tanh(100 * x) + x, (x) => 100 * sech2(100 * x) + 1, [[0, 0.01]], 1],
];
for (const [name, f, slope, places, variance] of steep) {
  Deno.test(`errors of ${name} at variance ${variance} are within what is reported`, async () => {
    const truth = (g: Scalar) => (rho: number) => gradedDual(g, places, rho, variance);
    await requireHonest(name, f, variance, {
      nngp: variance < 10 ? truth(f) : undefined,
      dNngp: truth(slope),
    }, {
      nngp: gradedMean((x) => f(x) ** 2, places, variance),
      dNngp: gradedMean((x) => slope(x) ** 2, places, variance),
    });
  });
}

// The slope of a function that is constant between its jumps is 0 almost everywhere.
const stairs: [name: string, f: Scalar, variance: number][] = [
  ["floor(x)", Math.floor, 1e4],
  ["round(8 tanh x)/8", (x) => Math.round(8 * Math.tanh(x)) / 8, 1],
  ["round(8 tanh x)/8", (x) => Math.round(8 * Math.tanh(x)) / 8, 1e4],
  ["a clipped staircase", (x) => Math.max(-3, Math.min(3, Math.round(4 * x) / 4)), 9],
  ["a square wave", (x) => Math.sin(3 * x) >= 0 ? 1 : -1, 100],
];
for (const [name, f, variance] of stairs) {
  Deno.test(`the slope of ${name} at variance ${variance} is 0`, async () => {
    const cov = array([0, 0.5 * variance, 0.99 * variance, variance]);
    const { dNngp } = await dual.dualActivation(
      Numerical(f),
      { cov, var1: variance, var2: variance },
      reference,
    );
    assertClose(dNngp.data, [0, 0, 0, 0], { atol: 1e-13 });
  });
}

/** P(a < u < b) */
const between = (a: number, b: number, sigma: number) =>
  (erf(b / sigma / Math.SQRT2) - erf(a / sigma / Math.SQRT2)) / 2;

for (const [a, b] of [[0.5, 0.51], [3, 3.02], [-0.052, -0.05]]) {
  Deno.test(`the box 1[${a} < x < ${b}] is seen without kinks`, async () => {
    const box = (x: number) => x > a && x < b ? 1 : 0;
    const { nngp, dNngp } = await dual.dualActivation(Numerical(box), {
      cov: array([1, 0, 0.5]),
      var1: 1,
      var2: 1,
    }, reference);
    const p = between(a, b, 1);
    const rest = Math.sqrt(0.75);
    // v given u is N(u/2, 3/4).
    const half = gradedMean((u) => box(u) * between(a - u / 2, b - u / 2, rest), [[a, 0], [b, 0]], 1);
    // Relative to the variance, since the closed forms of the two jumps cancel.
    assertClose(nngp.data, [p, p * p, half], { atol: 1e-9 * p });
    assertClose(dNngp.data, [0, 0, 0], { atol: 1e-12 });
  });
}

Deno.test("a narrow bump and a box beside something larger are seen", async () => {
  const bump = (x: number) => Math.tanh(x) + Math.exp(-(((x - 5) / 3e-3) ** 2));
  const beside = (x: number) => Math.tanh(x) + (x > -7.3 && x < -7.28 ? 1 : 0);
  for (
    const [f, places] of [[bump, [[0, 1], [5, 3e-3]]], [beside, [[0, 1], [-7.3, 0], [-7.28, 0]]]] as [
      Scalar,
      Place[],
    ][]
  ) {
    const { nngp } = await dual.dualActivation(Numerical(f), { cov: 9, var1: 9, var2: 9 }, reference);
    const exact = gradedMean((x) => f(x) ** 2, places, 9);
    const without = gradedMean((x) => Math.tanh(x) ** 2, [[0, 1]], 9);
    assert(Math.abs(exact - without) > 1e-6, "the feature must matter");
    assertClose(nngp, exact, { rtol: 1e-8 });
  }
});

Deno.test("jumps are found to the last digit, however many there are", () => {
  const levels = Array.from({ length: 16 }, (_, i) => Math.atanh((i - 7.5) / 8));
  assertClose(finished(findKinks((x) => Math.round(8 * Math.tanh(x)) / 8)).kinks, levels, { rtol: 1e-14 });
  const integers = Array.from({ length: 2239 }, (_, i) => i - 1119);
  assertDeepEquals(finished(findKinks(Math.floor)).kinks, integers);
  assertDeepEquals(finished(findKinks((x) => x > 0.5 && x < 0.501 ? 1 : 0)).kinks, [0.5, 0.501]);
});

const x = random.normal(random.key(1), [6, 5]);
const closed: [name: string, f: Scalar, layer: stax.Network][] = [
  ["sin", Math.sin, stax.Sin()],
  ["erf", erf, stax.Erf()],
];
for (const { name: target, options, test, rounding } of targets) {
  for (const [name, f, layer] of closed) {
    test(`the errors of three layers of ${name} are carried through`, async () => {
      for (const tolerance of [1e-8, 1e-4]) {
        const deep = (activation: stax.Network) =>
          stax.serial(
            ...Array.from({ length: 3 }, () => [stax.Dense(1, { wStd: 1.5, bStd: 0.1 }), activation]).flat(),
            stax.Dense(1),
          );
        const found = await deep(Numerical(f, { tolerance })).kernelFn(x, null, null, options);
        const exact = await deep(layer).kernelFn(x, null, null, reference);
        for (const entry of ["nngp", "ntk"] as const) {
          const scale = (i: number, j: number) => Math.sqrt(exact[entry].at(i, i) * exact[entry].at(j, j));
          const errors = Array.from({ length: 36 }, (_, k) => {
            const [i, j] = [Math.floor(k / 6), k % 6];
            return Math.abs(found[entry].at(i, j) - exact[entry].at(i, j)) / scale(i, j);
          });
          const [error, reported] = [Math.max(...errors), found.numericalErrors[entry]!];
          assert(error <= reported + 10 * rounding, `${entry} on ${target}: ${error} is above ${reported}`);
          // A bound that is far too large would be of no use.
          assert(reported < 200 * tolerance, `${entry} on ${target}: ${reported}`);
        }
      }
    });
  }

  test("errors of images are carried through a closed form", async () => {
    const images = random.normal(random.key(2), [2, 4, 4, 3]);
    const numerical = stax.serial(
      stax.Conv(1, [3, 3], { padding: "SAME" }),
      Numerical(Math.sin, { tolerance: 1e-5 }),
    );
    const { numericalErrors: first } = await numerical.kernelFn(images, null, null, options);
    assert(first.nngp > 0 && first.nngp <= 1e-5 && first.ntk! >= first.nngp);
    const deeper = stax.serial(
      numerical,
      stax.Conv(1, [3, 3], { padding: "SAME" }),
      stax.Relu(),
      stax.Flatten(),
    );
    const { numericalErrors: second } = await deeper.kernelFn(images, null, null, options);
    assert(second.nngp > first.nngp && second.ntk! > second.nngp);
  });
}

Deno.test("errors are 0 for closed forms, null for an NTK that was not computed, and continued", async () => {
  const errors = async (network: stax.Network) =>
    await network.kernelFn(x, null, "numericalErrors", reference) as { nngp: number; ntk: number };
  assertDeepEquals(await errors(stax.serial(stax.Dense(1), stax.Relu())), { nngp: 0, ntk: 0 });
  const first = stax.serial(stax.Dense(1), Numerical(Math.tanh, { tolerance: 1e-5 }), stax.Dense(1));
  const second = stax.serial(stax.Relu(), stax.Dense(1));
  const { numericalErrors } = await first.kernelFn(x, null, ["nngp", "numericalErrors"], reference);
  assertEquals(numericalErrors.ntk, null);
  const whole = await errors(stax.serial(first, second));
  const { numericalErrors: continued } = await second.kernelFn(
    await first.kernelFn(x, null, null, reference),
    null,
    null,
    reference,
  );
  assertClose([continued.nngp, continued.ntk!], [whole.nngp, whole.ntk], { rtol: 1e-12 });
});

Deno.test("errors of branches are those of the worst, and add up in a product", async () => {
  const branch = (tolerance: number) =>
    stax.serial(stax.Dense(1), Numerical(Math.tanh, { tolerance }), stax.Dense(1));
  const both = (last: stax.Network) =>
    stax.serial(stax.FanOut(2), stax.parallel(branch(1e-3), branch(1e-6)), last);
  const of = async (network: stax.Network) =>
    (await network.kernelFn(x, null, null, reference)).numericalErrors;
  const [coarse, fine] = [await of(branch(1e-3)), await of(branch(1e-6))];
  assert(fine.nngp > 0 && fine.nngp < coarse.nngp);
  assertDeepEquals(await of(both(stax.FanInSum())), coarse);
  const product = await of(both(stax.FanInProd()));
  assertClose(product.nngp, coarse.nngp + fine.nngp, { rtol: 1e-14 });
  // Θ = Θ₁K₂ + K₁Θ₂: each term has the errors of both factors.
  assertClose(product.ntk!, coarse.ntk! + fine.ntk! + product.nngp, { rtol: 1e-14 });
});

Deno.test("a tolerance that is missed is said once, whatever is asked for", async () => {
  const wide = { cov: 1e4, var1: 1e4, var2: 1e4 };
  for (const get of [["nngp"], ["ntk"], ["cov1"], ["nngp", "ntk"]] as const) {
    const { kernelFn } = stax.serial(stax.Dense(1, { wStd: 100 }), stax.ElementwiseNumerical(Math.tanh));
    const said = await warningsOf(async () => {
      await kernelFn([[1]], null, get, reference);
      await kernelFn([[1]], null, get, reference);
    });
    assertEquals(said.length, 1, `${get}`);
    assert(
      said[0].startsWith(
        "ElementwiseNumerical misses its tolerance of 1e-8: its error relative to √(k₁₁k₂₂) is up to",
      ),
    );
  }
  const quiet: stax.NumericalOptions[] = [{ warn: false }, { tolerance: 0.9 }, { deg: 10 }];
  for (const options of quiet) {
    const layer = stax.ElementwiseNumerical(Math.tanh, options);
    assertDeepEquals(await warningsOf(() => dual.dualActivation(layer, wide, reference)), []);
  }
  const enough = stax.ElementwiseNumerical(Math.tanh);
  assertDeepEquals(
    await warningsOf(() => dual.dualActivation(enough, { cov: 1, var1: 1, var2: 1 }, reference)),
    [],
  );
  assertThrows(
    () => stax.ElementwiseNumerical(Math.tanh, { warn: 1 as unknown as boolean }),
    TypeError,
    "Cannot build ElementwiseNumerical as warn must be true or false: current value is 1",
  );
  const read = stax.fromJSON(stax.toJSON(stax.ElementwiseNumerical((x) => x.tanh(), { warn: false })));
  assertEquals((read as unknown as stax.NumericalOptions).warn, false);
});

/** Parameters of the nonlinearities that need some. */
const withParameters: Readonly<Record<string, () => stax.Network>> = {
  ABRelu: () => stax.ABRelu(-0.5, 1),
  LeakyRelu: () => stax.LeakyRelu(0.1),
  Monomial: () => stax.Monomial(3),
  RectifiedMonomial: () => stax.RectifiedMonomial(2),
  Hermite: () => stax.Hermite(3),
  Polynomial: () => stax.Polynomial([1, -0.5, 0.25]),
  ElementwiseNumerical: () => Numerical(erf),
  // That of Exp.
  Elementwise: () => stax.Elementwise({ nngp: (m) => m.var1.add(m.var2).mul(0.5).add(m.cov).exp() }),
};

for (const name of nonlinearities) {
  Deno.test(`errors of a numerical layer are carried through ${name}`, async () => {
    const x = random.normal(random.key(8), [6, 3]);
    const kernelOf = (first: stax.Network) => {
      const then = withParameters[name]?.() ?? withDefaults(name);
      const affine = { wStd: 1.3, bStd: 0.2 };
      const network = stax.serial(stax.Dense(1, affine), first, stax.Dense(1, affine), then, stax.Dense(1));
      return network.kernelFn(x, null, ["nngp", "ntk", "numericalErrors"], reference);
    };
    const [found, exact] = [await kernelOf(Numerical(erf, { deg: 12 })), await kernelOf(stax.Erf())];
    for (const field of ["nngp", "ntk"] as const) {
      const reported = found.numericalErrors[field]!;
      assert(Number.isFinite(reported) && reported > 0, `${field}: ${reported}`);
      for (let i = 0; i < 6; i++) {
        for (let j = 0; j < 6; j++) {
          const scale = Math.sqrt(exact[field].at(i, i)) * Math.sqrt(exact[field].at(j, j));
          const error = Math.abs(found[field].at(i, j) - exact[field].at(i, j)) / scale;
          assert(error <= reported, `${field}(${i}, ${j}): ${error} is above ${reported}`);
        }
      }
    }
  });
}

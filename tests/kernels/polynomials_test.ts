import { array } from "../../lib/array/mod.ts";
import {
  hermite2mono,
  hermiteCoeffsRelu,
  hermitePolfit,
  hermitePolval,
  hermitePolvalSingle,
} from "../../kernels/polynomials/mod.ts";
import type { Expr } from "../../lib/expr/mod.ts";
import { erfc } from "../../lib/special/erf.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { fixture, type FixtureArray } from "../fixtures.ts";

type ByDegree<T> = Record<string, T>;

interface Fixture {
  hermite_polfit: Record<string, FixtureArray>;
  hermite2mono: Record<string, ByDegree<FixtureArray>>;
  hermite_coeffs_relu: ByDegree<{ hermite: FixtureArray; mono: FixtureArray }>;
  hermite_polval: { t: FixtureArray; single: ByDegree<FixtureArray>; coeffs: Record<string, FixtureArray> };
}

const reference = fixture<Fixture>("dual");

/** Coefficients of Heₙ/√n!, the scale on which they are compared: their squares sum to E[f²]. */
function normalised(coeffs: ArrayLike<number>): number[] {
  let root = 1;
  return Array.from(coeffs, (c, n) => c * (root *= Math.sqrt(Math.max(n, 1))));
}

const factorial = (n: number): number => n < 2 ? 1 : n * factorial(n - 1);
const range = (count: number) => Array.from({ length: count }, (_, n) => n);

Deno.test("Hermite polynomials and series have the reference's values", () => {
  const { t, single, coeffs } = reference.hermite_polval;
  for (const [degree, { data }] of Object.entries(single)) {
    assertClose(hermitePolvalSingle(t.data, Number(degree)).data, data, { atol: 0, message: degree });
  }
  for (const [name, { data }] of Object.entries(coeffs)) {
    const values = hermitePolval(t.data, reference.hermite_polfit[name].data);
    assertClose(values.data, data, { rtol: 1e-14, atol: 1e-15, message: name });
  }
});

Deno.test("values keep the shape: arrays to arrays, a number to a number", () => {
  assertEquals(hermitePolvalSingle(3, 2), 8);
  assertEquals(hermitePolval(3, [5]), 5);
  assertDeepEquals(hermitePolvalSingle(array([[1, 2], [3, 4]]), 1).toNested(), [[1, 2], [3, 4]]);
  assertDeepEquals(hermitePolval([[0, 1]], array([1, 2])).toNested(), [[1, 3]]);
});

Deno.test("hermitePolfit has the reference's coefficients", () => {
  for (const [name, { data }] of Object.entries(reference.hermite_polfit)) {
    // The reference takes log_sigmoid for leaky_relu.
    if (name === "leaky_relu") continue;
    // Its scipy quadrature is right to 2e-15 on this scale, but for relu6 (2.3e-10), whose kink at 6 it does not see.
    const atol = name === "relu6" ? 3e-10 : 3e-15;
    assertClose(normalised(hermitePolfit(name, 19).data), normalised(data), { atol, message: name });
  }
});

/** Coefficients cₙ·√n! known in closed form, n = 0 … 60. */
const known: Record<string, readonly [f: (x: number) => number, coeffs: number[]]> = {
  "exp x": [Math.exp, range(61).map((n) => Math.exp(0.5) / Math.sqrt(factorial(n)))],
  "sin x": [
    Math.sin,
    range(61).map((n) => n % 2 === 0 ? 0 : (n % 4 === 1 ? 1 : -1) * Math.exp(-0.5) / Math.sqrt(factorial(n))),
  ],
  "exp(−x²/2)": [
    (x) => Math.exp(-x * x / 2),
    range(61).map((n) =>
      n % 2 ? 0 : (-1) ** (n / 2) * Math.sqrt(factorial(n) / 2) / (2 ** n * factorial(n / 2))
    ),
  ],
  "max(x, 0)": [(x) => Math.max(x, 0), normalised(hermiteCoeffsRelu(60).data)],
  "|x|": [Math.abs, normalised(hermiteCoeffsRelu(60).data).map((c, n) => n === 1 ? 0 : 2 * c)],
  "sign x": [
    Math.sign,
    // sign is twice the derivative of ReLU, less the constant: cₙ₋₁ = n·2·cₙ.
    range(61).map((n) =>
      n === 0 ? 0 : Math.sqrt(n + 1) * 2 * normalised(hermiteCoeffsRelu(n + 1).data)[n + 1]
    ),
  ],
  // cₙ of the step at s is φ(s)·Heₙ₋₁(s)/n!.
  "x > 1.234": [(x) => Number(x > 1.234), range(61).map((n) => stepCoefficient(n, 1.234))],
};

function stepCoefficient(n: number, s: number): number {
  if (n === 0) return erfc(s / Math.SQRT2) / 2;
  const density = Math.exp(-s * s / 2) / Math.sqrt(2 * Math.PI);
  return density * hermitePolvalSingle(s, n - 1) / Math.sqrt(factorial(n));
}

for (const [name, [f, coeffs]] of Object.entries(known)) {
  Deno.test(`hermitePolfit of ${name} is the closed form up to degree 60`, () => {
    assertClose(normalised(hermitePolfit(f, 60).data), coeffs, { atol: 2e-15 });
  });
}

Deno.test("hermitePolfit takes names, expressions and functions, and gives exact zeros by symmetry", () => {
  const byName = hermitePolfit("hard_tanh", 9).data;
  assertDeepEquals(hermitePolfit((x: Expr) => x.max(-1).min(1), 9).data, byName);
  assertDeepEquals(hermitePolfit((x: number) => Math.max(-1, Math.min(1, x)), 9).data, byName);
  assert(byName.every((c, n) => n % 2 === 1 || c === 0));
  const leaky = hermitePolfit("leaky_relu", 8).data;
  const expected = hermiteCoeffsRelu(8).data.map((c, n) => 0.99 * c + (n === 1 ? 0.01 : 0));
  assertClose(leaky, expected, { atol: 1e-15 });
});

Deno.test("hermitePolfit comes to an end for a function that is noise in the last places", () => {
  assertClose(hermitePolfit((x: number) => Math.fround(x), 1).data, [0, 1], { atol: 1e-7 });
});

Deno.test("hermite2mono and convertToMono have the reference's coefficients", () => {
  for (const [name, degrees] of Object.entries(reference.hermite2mono)) {
    for (const [degree, { data }] of Object.entries(degrees)) {
      const coeffs = reference.hermite_polfit[name].data.slice(0, Number(degree) + 1);
      const scale = Math.max(...data.map(Math.abs));
      const message = `${name} ${degree}`;
      // The reference sums in doubles: what cancels is lost there.
      assertClose(hermite2mono(coeffs).data, data, { rtol: 1e-12, atol: 2e-15 * scale, message });
    }
  }
  assertDeepEquals(
    hermitePolfit("gelu", 7, { convertToMono: true }).data,
    hermite2mono(hermitePolfit("gelu", 7)).data,
  );
});

Deno.test("hermite2mono is exact where rounding would leave nothing: He₆₀ and its values", () => {
  const he60 = hermite2mono(range(61).map((n) => Number(n === 60))).data;
  // 59!! = 60!/(2³⁰·30!), whose 80 bits round to this double.
  assertEquals(he60[0], Number(range(30).reduce((product, k) => product * BigInt(2 * k + 1), 1n)));
  assertEquals(he60[60], 1);
  assertEquals(he60[58], -1770);
  assert(he60.every((c, n) => n % 2 === 0 || c === 0));
});

Deno.test("hermiteCoeffsRelu has the reference's coefficients", () => {
  for (const [degree, { hermite, mono }] of Object.entries(reference.hermite_coeffs_relu)) {
    assertClose(hermiteCoeffsRelu(Number(degree)).data, hermite.data, { rtol: 5e-15, message: degree });
    const ours = hermiteCoeffsRelu(Number(degree), { convertToMono: true });
    assertClose(ours.data, mono.data, { rtol: 5e-15, message: degree });
  }
});

Deno.test("degree 256 stays finite", () => {
  const coeffs = hermiteCoeffsRelu(256);
  assertClose(normalised(hermitePolfit("relu", 160).data), normalised(coeffs.data.slice(0, 161)), {
    atol: 5e-15,
  });
  assert(hermite2mono(coeffs).data.every(Number.isFinite));
  assertClose(hermitePolval(0.5, coeffs), 0.5, { atol: 0.01 });
});

const refusals: readonly [
  call: () => unknown,
  type: typeof RangeError | typeof TypeError,
  message: string,
][] = [
  [
    () => hermitePolvalSingle(1, -1),
    RangeError,
    "Cannot evaluate a Hermite polynomial as degree must be an integer from 0 to 256: current value is -1",
  ],
  [
    () => hermitePolvalSingle(1e10, 40),
    RangeError,
    "Cannot evaluate a Hermite polynomial as its value must be below 1.8e308: current value of t is 10000000000",
  ],
  [() => hermitePolvalSingle(NaN, 2), RangeError, "Cannot use t as t must be finite: current value is NaN"],
  [
    () => hermitePolval(1, []),
    TypeError,
    "Cannot read coeffs as the length of coeffs must be at least 1: current value is 0",
  ],
  [
    () => hermite2mono([[1, 2]]),
    TypeError,
    "Cannot convert a Hermite series to monomials as coeffs must have shape (degree + 1): current value is [1, 2]",
  ],
  [
    () => hermite2mono([1, Infinity]),
    RangeError,
    "Cannot use coeffs as coeffs[1] must be finite: current value is Infinity",
  ],
  [
    () => hermitePolfit("relu", 2.5),
    RangeError,
    "Cannot fit a Hermite series as degree must be an integer from 0 to 256: current value is 2.5",
  ],
  [
    () => hermitePolfit((x: number) => Math.exp(x * x / 4), 3),
    RangeError,
    "Cannot fit a Hermite series as E[fn(X)²] must be finite for X ~ N(0, 1): current value is a function that grows like exp(x²/4)",
  ],
  [
    () => hermitePolfit(3 as unknown as string, 3),
    TypeError,
    "Cannot fit a Hermite series as fn must be a name or a function: current value is 3",
  ],
  [
    () => hermiteCoeffsRelu(257),
    RangeError,
    "Cannot expand ReLU as degree must be an integer from 0 to 256: current value is 257",
  ],
  [
    () => hermiteCoeffsRelu(2, { convertToMonomials: true } as object),
    TypeError,
    "Cannot build Hermite coefficients as its options must be among convertToMono: current value is convertToMonomials",
  ],
];

for (const [call, type, message] of refusals) Deno.test(message, () => assertThrows(call, type, message));

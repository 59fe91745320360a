import { erf, erfc } from "../lib/special/erf.ts";
import { gaussHermiteProbabilists } from "../lib/special/gauss_hermite.ts";
import { gaussLegendre } from "../lib/special/gauss_legendre.ts";
import type { QuadratureRule } from "../lib/special/gauss_rule.ts";
import { assert, assertClose, assertEquals, assertThrows } from "./assert.ts";
import { fixture, type FixtureArray } from "./fixtures.ts";

interface Table {
  x: number[];
  y: number[];
}
type Rules = Record<string, { nodes: number[]; weights: number[] }>;
type RuleName = "gaussHermiteProbabilists" | "gaussLegendre";
type Truth = Record<"erf" | "erfc", Table> & Record<RuleName, Rules>;

const truth: Truth = JSON.parse(Deno.readTextFileSync(new URL("special_truth.json", import.meta.url)));
const rules = { gaussHermiteProbabilists, gaussLegendre };
const bits = new BigInt64Array(1);
const double = new Float64Array(bits.buffer);

/** Position of a double among all doubles in order, so that neighbours differ by 1, through 0 and subnormals too. */
function rank(x: number): bigint {
  double[0] = x;
  return bits[0] < 0n ? -(bits[0] & 0x7fffffffffffffffn) : bits[0];
}

/** Fails with the worst entry if any is more than `bound` doubles away from the correctly rounded value. */
function assertUlp(
  actual: ArrayLike<number>,
  expected: number[],
  bound: number,
  label: (i: number) => string,
) {
  assertEquals(actual.length, expected.length);
  expected.forEach((value, i) => {
    const distance = Number(rank(actual[i]) - rank(value));
    assert(
      Math.abs(distance) <= bound,
      `${label(i)} is ${actual[i]}, not ${value}: ${distance} ULP, bound ${bound}`,
    );
  });
}

const scalars = [
  { name: "erf", fn: erf, bound: 1 },
  { name: "erfc", fn: erfc, bound: 2 },
] as const;

for (const { name, fn, bound } of scalars) {
  Deno.test(`${name} is within ${bound} ULP of 60-digit arithmetic`, () => {
    const { x, y } = truth[name];
    assertUlp(x.map(fn), y, bound, (i) => `${name}(${x[i]})`);
  });
}

Deno.test("erf is odd to the last bit and erfc(−x) = 2 − erfc(x)", () => {
  for (const x of truth.erf.x) {
    assertEquals(erf(-x), -erf(x));
    assertClose(erfc(-x), 2 - erfc(x), { rtol: 2 ** -52 });
    assertClose(erfc(-x) - 1, erf(x), { atol: 2 ** -52 });
  }
});

Deno.test("erf and erfc at zeros, infinities and NaN", () => {
  const cases: [number, number][] = [
    [erf(0), 0],
    [erf(-0), -0],
    [erf(Infinity), 1],
    [erf(-Infinity), -1],
    [erf(6), 1],
    [erf(1e300), 1],
    [erf(NaN), NaN],
    [erfc(0), 1],
    [erfc(Infinity), 0],
    [erfc(-Infinity), 2],
    [erfc(27.3), 0],
    [erfc(1e300), 0],
    [erfc(NaN), NaN],
  ];
  cases.forEach(([actual, expected], i) =>
    assert(Object.is(actual, expected), `case ${i}: ${actual} is not ${expected}`)
  );
});

Deno.test("erfc decreases through its underflow", () => {
  let last = erfc(26);
  for (let x = 26; x < 27.6; x += 2 ** -10) {
    const value = erfc(x);
    assert(value <= last, `erfc(${x}) = ${value} is above ${last}`);
    last = value;
  }
  assertEquals(last, 0);
});

for (const name of ["gaussHermiteProbabilists", "gaussLegendre"] as const) {
  Deno.test(`${name} is within 1 ULP of 60-digit arithmetic, the smallest weights included`, () => {
    for (const [degree, { nodes, weights }] of Object.entries(truth[name])) {
      const n = Number(degree);
      const rule = rules[name](n);
      const half = Math.floor(n / 2);
      assertUlp(rule.nodes.slice(half), nodes, 1, (i) => `${name}(${n}) node ${half + i}`);
      assertUlp(rule.weights.slice(half), weights, 1, (i) => `${name}(${n}) weight ${half + i}`);
    }
  });

  Deno.test(`${name} returns fresh arrays`, () => {
    const { nodes, weights } = rules[name](3);
    const [node, weight] = [nodes[2], weights[2]];
    nodes.fill(0);
    weights.fill(0);
    assertEquals(rules[name](3).nodes[2], node);
    assertEquals(rules[name](3).weights[2], weight);
  });
}

/** Fails unless nodes ascend, mirror to the last bit, and even moments are exact up to degree min(2n − 2, `limit`). */
function assertRule(
  n: number,
  rule: QuadratureRule,
  mass: number,
  ratio: (m: number) => number,
  limit: number,
) {
  const { nodes, weights } = rule;
  assertEquals(nodes.length, n);
  nodes.forEach((x, i) => {
    assert(i === 0 || x > nodes[i - 1], `degree ${n}: node ${i} does not ascend`);
    assert(
      x === -nodes[n - 1 - i] && weights[i] === weights[n - 1 - i],
      `degree ${n}: node ${i} is not symmetric`,
    );
  });
  let expected = mass;
  for (let m = 0; 2 * m <= Math.min(2 * n - 2, limit); m++) {
    const moment = nodes.reduce((sum, x, i) => sum + weights[i] * x ** (2 * m), 0);
    // A node rounded by half an ULP changes its 2m-th power by m ULP.
    assertClose(moment, expected, { rtol: (m + 8) * 2 ** -52, message: `degree ${n}, moment ${2 * m}` });
    expected *= ratio(m);
  }
}

Deno.test("Gauss–Hermite rules of every degree are exact on monomials", () => {
  for (let n = 1; n <= 200; n++) {
    // Degree 60 everywhere, and all that does not overflow (20²³⁰) for a few.
    const limit = n % 50 === 0 ? 230 : 60;
    assertRule(n, gaussHermiteProbabilists(n), 1, (m) => 2 * m + 1, limit === 230 ? 200 : 60);
  }
});

Deno.test("Gauss–Legendre rules are exact on monomials", () => {
  const degrees = [...Array.from({ length: 80 }, (_, i) => i + 1), 127, 128, 255, 333, 499, 500];
  for (const n of degrees) {
    assertRule(n, gaussLegendre(n), 2, (m) => (2 * m + 1) / (2 * m + 3), n < 80 ? 998 : 300);
  }
});

Deno.test("Gauss–Hermite agrees with the reference nodes and weights", () => {
  type Roots = Record<string, { x: FixtureArray; w: FixtureArray }>;
  const { roots_hermite } = fixture<{ roots_hermite: Roots }>("activations");
  for (const [degree, { x, w }] of Object.entries(roots_hermite)) {
    // The reference has the physicists' rule, for the weight exp(−x²).
    const { nodes, weights } = gaussHermiteProbabilists(Number(degree));
    assertClose(nodes.map((node) => node / Math.SQRT2), x.data, {
      rtol: 1e-15,
      message: `nodes of degree ${degree}`,
    });
    assertClose(weights.map((weight) => weight * Math.sqrt(Math.PI)), w.data, {
      rtol: 1e-13,
      message: `weights of degree ${degree}`,
    });
  }
});

Deno.test("special functions and rules refuse what is out of range", async () => {
  const range = (name: string, max: number, n: number) =>
    `Cannot build a Gauss–${name} rule as n must be an integer from 1 to ${max}: current value is ${n}`;
  const cases: [() => unknown, string][] = [
    ...[0, -3, 201, 2.5, NaN].map((
      n,
    ): [() => unknown, string] => [() => gaussHermiteProbabilists(n), range("Hermite", 200, n)]),
    [() => gaussHermiteProbabilists(201), range("Hermite", 200, 201)],
    [() => gaussLegendre(501), range("Legendre", 500, 501)],
  ];
  for (const [call, message] of cases) await assertThrows(call, RangeError, message);
});

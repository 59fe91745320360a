import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { fixture } from "../fixtures.ts";
import type { Activation, Forward } from "../../lib/network/activation.ts";
import { numericalSteps } from "../../kernels/numerical/numerical_activation.ts";
import { type NumericalOptions } from "../../kernels/numerical/options.ts";
import { traceForward } from "../../kernels/numerical/trace.ts";
import { findKinks } from "../../kernels/numerical/kinks.ts";
import { owensT } from "../../kernels/numerical/owens_t.ts";
import { singularities } from "../../kernels/numerical/singular.ts";
import { adaptiveTables } from "../../kernels/numerical/tables.ts";
import { evaluate, type Expr, variable } from "../../lib/expr/mod.ts";
import { symbols } from "../../lib/moments.ts";
import { evaluateRows } from "../../lib/rows/rows.ts";
import { erf } from "../../lib/special/erf.ts";
import { gaussLegendre } from "../../lib/special/gauss_legendre.ts";
import { finished } from "../../lib/steps.ts";

type Scalar = (x: number) => number;
type Pair = readonly [rho: number, var1: number, var2: number];

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const density = (x: number) => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);

/** Values of the symbols of `Moments`, by the formulas of `momentsOf`. */
function moments(cov: number, var1: number, var2: number): Record<string, number> {
  const scale = var1 === var2 ? var1 : Math.sqrt(var1) * Math.sqrt(var2);
  const rootDet = Math.sqrt(Math.max(0, scale - cov)) * Math.sqrt(Math.max(0, scale + cov));
  const angle = scale > 0 ? Math.atan2(rootDet, cov) : Math.PI / 2;
  const [distance, apart] = [cov, Math.abs(cov)].map((c) => var1 - c + (var2 - c));
  return { cov, var1, var2, det: rootDet ** 2, rootDet, angle, distance, apart };
}

const atPair = ([rho, var1, var2]: Pair) =>
  moments(rho * (var1 === var2 ? var1 : Math.sqrt(var1) * Math.sqrt(var2)), var1, var2);

/** The activation of a function, and the errors that its tables reach at some variances. */
interface NumericalActivation extends Activation {
  readonly reachedError: (variances: readonly number[]) => { readonly nngp: number; readonly dNngp: number };
}

function numericalActivation(fn: Forward, options: NumericalOptions = {}): NumericalActivation {
  const activation = finished(numericalSteps(fn, options));
  const reached = (dual: "nngp" | "dNngp", variances: readonly number[]) =>
    finished(activation.numerical!()[dual].compute(Float64Array.from(variances))).error;
  const reachedError = (variances: readonly number[]) => ({
    nngp: reached("nngp", variances),
    dNngp: reached("dNngp", variances),
  });
  return { ...activation, reachedError };
}

/** nngp and dNngp at all of `points` in one call, as the row stage makes it: both columns hold the same variances. */
function dualsAt(activation: NumericalActivation, points: Record<string, number>[]) {
  const all: Record<string, number>[] = [
    ...points,
    ...points.map((at) => ({ ...at, var1: at.var2, var2: at.var1 })),
  ];
  const column = (name: string) => () => Float64Array.from(all, (at) => at[name]);
  const inputs = Object.fromEntries(Object.keys(symbols).map((name) => [name, column(name)]));
  const roots = [activation.nngp(symbols), activation.dNngp(symbols)];
  const columns = finished(evaluateRows(roots, inputs, all.length));
  const [nngp, dNngp] = roots.map((root) => columns.get(root) as Float64Array);
  return points.map((_, i) => ({ nngp: nngp[i], dNngp: dNngp[i] }));
}

/** The same, with the bounds √(k₁₁k₂₂) from the diagonals. */
function dualsAndBounds(activation: NumericalActivation, points: Record<string, number>[]) {
  const diagonal = (v: number) => moments(v, v, v);
  const diagonals = points.flatMap(({ var1, var2 }) => [diagonal(var1), diagonal(var2)]);
  const values = dualsAt(activation, [...points, ...diagonals]);
  const bound = (i: number, dual: "nngp" | "dNngp") => {
    const at = points.length + 2 * i;
    return Math.sqrt(values[at][dual]) * Math.sqrt(values[at + 1][dual]);
  };
  return points.map((_, i) => ({
    ...values[i],
    bounds: { nngp: bound(i, "nngp"), dNngp: bound(i, "dNngp") },
  }));
}

const duals = (activation: NumericalActivation, at: Record<string, number>) => dualsAt(activation, [at])[0];

const rule = gaussLegendre(12);

/** Points and weights of E over a standard normal variable, split at `breaks`, panels no wider than `width`. */
function normalRule(breaks: number[], width: number): [number, number][] {
  const ends = [-10.5, ...breaks.filter((z) => Math.abs(z) < 10.5), 10.5].sort((a, b) => a - b);
  const points: [number, number][] = [];
  for (let p = 0; p + 1 < ends.length; p++) {
    const panels = Math.max(1, Math.ceil((ends[p + 1] - ends[p]) / width));
    const half = (ends[p + 1] - ends[p]) / panels / 2;
    for (let c = 0; c < panels; c++) {
      rule.nodes.forEach((y, i) => {
        const z = ends[p] + half * (2 * c + 1 + y);
        points.push([z, rule.weights[i] * half * density(z)]);
      });
    }
  }
  return points;
}

/** E[f(u)f(v)] as an iterated integral over independent variables, split wherever u or v crosses a kink. */
function iterated(f: Scalar, kinks: number[], [rho, var1, var2]: Pair, width: number): number {
  const [s1, s2, rest] = [Math.sqrt(var1), Math.sqrt(var2), Math.sqrt((1 - rho) * (1 + rho))];
  const layers = [-8, -4, -2, -1, 0, 1, 2, 4, 8];
  const breaks = kinks.flatMap((
    t,
  ) => [t / s1, ...layers.map((layer) => (t / s2 + layer * rest) / (rho || 1))]);
  const inner = normalRule([], width);
  return normalRule(breaks, width).reduce((sum, [z, weight]) => {
    if (rest === 0) return sum + weight * f(s1 * z) * f(s2 * rho * z);
    const points = kinks.length > 0 ? normalRule(kinks.map((t) => (t / s2 - rho * z) / rest), width) : inner;
    const mean = points.reduce((total, [y, w]) => total + w * f(s2 * (rho * z + rest * y)), 0);
    return sum + weight * f(s1 * z) * mean;
  }, 0);
}

interface Truth {
  activations: { act: [string, Record<string, number>]; rows: number[][] }[];
}

const truth = fixture<Truth>("truth");
const opaque: Record<string, Scalar> = {
  Relu: (x) => Math.max(x, 0),
  Abs: Math.abs,
  Sign: Math.sign,
  Gelu: (x) => x / 2 * (1 + erf(x / Math.SQRT2)),
  Erf: erf,
};
const expressions: Record<string, (x: Expr) => Expr> = {
  Relu: (x) => x.max(0),
  Abs: (x) => x.abs(),
  Sign: (x) => x.lt(0).select(-1, x.gt(0).select(1, 0)),
  Gelu: (x) => x.mul(Math.SQRT1_2).erf().add(1).mul(x).mul(0.5),
  Erf: (x) => x.erf(),
};
const closedForms = ["Relu", "Abs", "Sign"];

function rowsOf(name: string): number[][] {
  const { rows } = truth.activations.find(({ act: [known, o] }) =>
    known === name && Object.keys(o).length === 0
  )!;
  const inRange = (variance: number) => variance >= 1e-2 && variance <= 1e2;
  return closedForms.includes(name) ? rows : rows.filter(([_, var1, var2]) => inRange(var1) && inRange(var2));
}

for (const [kind, functions] of Object.entries({ opaque, expression: expressions })) {
  Deno.test(`numericalActivation of an ${kind} agrees with 60-digit values to its tolerance`, () => {
    for (const [name, fn] of Object.entries(functions)) {
      const activation = numericalActivation(fn as Forward);
      const rows = rowsOf(name);
      const points = rows.map(([cov, var1, var2]) => moments(cov, var1, var2));
      const values = dualsAndBounds(activation, points);
      // 2e-11: what the rounding of cov does to an angle near 0.
      const tolerance = closedForms.includes(name) ? 2e-11 : 1e-8;
      for (const [i, [cov, var1, var2, ...expected]] of rows.entries()) {
        for (const [k, dual] of (["nngp", "dNngp"] as const).entries()) {
          const scale = Math.max(Math.abs(expected[k]), values[i].bounds[dual]);
          const message = `${dual} of ${name} at ${[cov, var1, var2]}`;
          assertClose(values[i][dual], expected[k], { atol: tolerance * scale, message });
        }
      }
    }
  });
}

interface Case {
  f: Scalar;
  slope: Scalar;
  kinks: number[];
  nngp: number;
  dNngp: number;
}

const cases: Record<string, Case> = {
  tanh: { f: Math.tanh, slope: (x) => 1 - Math.tanh(x) ** 2, kinks: [], nngp: 1e-8, dNngp: 1e-8 },
  softplus: { f: (x) => Math.log1p(Math.exp(x)), slope: sigmoid, kinks: [], nngp: 1e-8, dNngp: 1e-8 },
  silu: {
    f: (x) => x * sigmoid(x),
    slope: (x) => sigmoid(x) * (1 + x * sigmoid(-x)),
    kinks: [],
    nngp: 1e-8,
    dNngp: 1e-8,
  },
  elu: {
    f: (x) => x > 0 ? x : Math.expm1(x),
    slope: (x) => x > 0 ? 1 : Math.exp(x),
    kinks: [0],
    nngp: 1e-8,
    dNngp: 1e-8,
  },
  relu6: {
    f: (x) => Math.min(Math.max(x, 0), 6),
    slope: (x) => x > 0 && x < 6 ? 1 : 0,
    kinks: [0, 6],
    nngp: 1e-13,
    dNngp: 1e-12,
  },
  hardTanh: {
    f: (x) => Math.max(-1, Math.min(1, x)),
    slope: (x) => Math.abs(x) < 1 ? 1 : 0,
    kinks: [-1, 1],
    nngp: 1e-13,
    dNngp: 1e-12,
  },
  hardSilu: {
    f: (x) => x * Math.min(Math.max(x + 3, 0), 6) / 6,
    slope: (x) => Math.abs(x) < 3 ? (2 * x + 3) / 6 : x > 0 ? 1 : 0,
    kinks: [-3, 3],
    nngp: 1e-10,
    dNngp: 1e-10,
  },
  shiftedStep: {
    f: (x) => (x > 1 ? 1 : 0) + Math.sin(x),
    slope: Math.cos,
    kinks: [1],
    nngp: 1e-8,
    dNngp: 1e-8,
  },
};
const pairs: Pair[] = [
  [0, 1, 1],
  [0.5, 2, 0.3],
  [-0.7, 0.01, 0.3],
  [0.999999, 1, 1],
  [-0.9999, 4, 4],
  [0.99, 9, 0.5],
  [1, 2, 0.3],
  [-1, 1, 1],
];

for (const [name, { f, slope, kinks, nngp, dNngp }] of Object.entries(cases)) {
  Deno.test(`numericalActivation of ${name} agrees with iterated quadrature`, () => {
    const values = dualsAt(numericalActivation(f), pairs.map(atPair));
    for (const [i, pair] of pairs.entries()) {
      const scaleOf = (g: Scalar) =>
        Math.sqrt(pair.slice(1).reduce((product, v) => product * iterated(g, kinks, [1, v, v], 0.5), 1));
      const message = `${name} at ${pair}`;
      assertClose(values[i].nngp, iterated(f, kinks, pair, 0.5), { atol: nngp * scaleOf(f), message });
      assertClose(values[i].dNngp, iterated(slope, kinks, pair, 0.5), {
        atol: dNngp * scaleOf(slope),
        message,
      });
    }
  });
}

Deno.test("numericalActivation of tanh keeps its tolerance at a variance of 100", () => {
  const rhos = [1, 0.9999, -0.5];
  const values = dualsAt(numericalActivation(Math.tanh), rhos.map((rho) => atPair([rho, 100, 100])));
  for (const [i, rho] of rhos.entries()) {
    assertClose(values[i].nngp, iterated(Math.tanh, [], [rho, 100, 100], 0.1), { atol: 1e-8 * 0.92 });
    const slope = iterated((x) => 1 - Math.tanh(x) ** 2, [], [rho, 100, 100], 0.1);
    assertClose(values[i].dNngp, slope, { atol: 1e-8 * 0.053 });
  }
});

Deno.test("numericalActivation is finite and bounded by its diagonal at every variance", () => {
  const variances = [0, 1e-12, 1, 1e12];
  const grid = variances.flatMap((var1) =>
    variances.flatMap((var2) => [-1, 0.3, 1].map((rho): Pair => [rho, var1, var2]))
  );
  for (const f of [Math.tanh, cases.relu6.f, (x: number) => x > 0 ? 1.05 * x : 1.76 * Math.expm1(x)]) {
    const values = dualsAndBounds(numericalActivation(f), grid.map(atPair));
    for (const [i, pair] of grid.entries()) {
      for (const dual of ["nngp", "dNngp"] as const) {
        const value = values[i][dual];
        // Not written as a refusal of what is larger, which NaN would pass.
        assert(
          Math.abs(value) <= (1 + 1e-9) * values[i].bounds[dual],
          `${dual} of ${f} at ${pair}: ${value}`,
        );
      }
    }
  }
});

Deno.test("a point of variance 0 sees f(0) and the mean of the slopes on both sides", () => {
  const f = (x: number) => 0.25 + (x > 0 ? 2 * x : 0.5 * x);
  const at = (var1: number, var2: number) => duals(numericalActivation(f), moments(0, var1, var2));
  assertClose(at(0, 0).nngp, 0.0625, { rtol: 1e-15 });
  assertClose(at(0, 0).dNngp, 1.25 ** 2, { rtol: 1e-12 });
  assertClose(at(0, 4).nngp, 0.25 * (0.25 + 1.5 * 2 / Math.sqrt(2 * Math.PI)), { rtol: 1e-14 });
  assertClose(at(0, 4).dNngp, 1.25 ** 2, { rtol: 1e-12 });
});

Deno.test("reachedError is the tolerance where it is reached, and an upper bound where it is not", () => {
  const variances = [1e-2, 0.3, 1, 7, 1e2];
  for (const f of [...Object.values(opaque), Math.tanh]) {
    const { nngp, dNngp } = numericalActivation(f).reachedError(variances);
    assert(nngp <= 1e-8 && dNngp <= 1e-8, `${f}: ${nngp}, ${dNngp}`);
  }
  const pair: Pair = [0.9999, 1e4, 1e4];
  const steep = numericalActivation(Math.tanh);
  const error = Math.abs(duals(steep, atPair(pair)).nngp - iterated(Math.tanh, [], pair, 0.05));
  const reached = steep.reachedError([1e4]).nngp;
  assert(error > 1e-8 && error <= reached && reached < 1e-2, `${error} is not below ${reached}`);
});

Deno.test("a series that is cut off is still exact for equal and for opposite points", () => {
  const activation = numericalActivation(Math.tanh);
  const square = iterated(Math.tanh, [], [1, 1e4, 1e4], 0.004);
  const slope = iterated((x) => 1 - Math.tanh(x) ** 2, [], [1, 1e4, 1e4], 0.004);
  for (const rho of [1, -1]) {
    const { nngp, dNngp } = duals(activation, atPair([rho, 1e4, 1e4]));
    assertClose(nngp, rho * square, { rtol: 1e-12 });
    assertClose(dNngp, slope, { rtol: 1e-9 });
  }
});

Deno.test("tolerance decides how many terms are summed", () => {
  const exact = iterated(Math.tanh, [], [0.99, 1, 2], 0.25);
  for (const tolerance of [1e-2, 1e-5, 1e-13]) {
    const activation = numericalActivation(Math.tanh, { tolerance });
    assertClose(duals(activation, atPair([0.99, 1, 2])).nngp, exact, { rtol: tolerance + 1e-14 });
  }
  const coarse = numericalActivation(Math.tanh, { tolerance: 1e-2 });
  assert(Math.abs(duals(coarse, atPair([0.99, 1, 2])).nngp - exact) > 1e-5);
});

Deno.test("deg fixes the number of points, symmetrically, with a bound of the error", () => {
  const exact = numericalActivation(Math.tanh);
  const pair: Pair = [0.8, 2, 0.3];
  const scale = Math.sqrt(duals(exact, moments(2, 2, 2)).nngp * duals(exact, moments(0.3, 0.3, 0.3)).nngp);
  let last = 1;
  for (const deg of [1, 8, 25, 100]) {
    const activation = numericalActivation(Math.tanh, { deg });
    const value = duals(activation, atPair(pair));
    assertEquals(value.nngp, duals(activation, atPair([0.8, 0.3, 2])).nngp);
    const error = Math.abs(value.nngp - duals(exact, atPair(pair)).nngp) / scale;
    const bound = activation.reachedError([2, 0.3]).nngp;
    assert(error <= bound && bound < 2 * last, `deg ${deg}: ${error}, ${bound}`);
    last = bound;
  }
  // x³ has four coefficients, and four points integrate them exactly.
  const cube = duals(numericalActivation((x) => x ** 3, { deg: 4 }), atPair([0.5, 1, 1]));
  assertClose([cube.nngp, cube.dNngp], [5.25, 13.5], { rtol: 1e-13 });
});

Deno.test("df gives the slopes of a fixed number of points", () => {
  const { dNngp } = duals(
    numericalActivation((x) => x ** 3, { deg: 3, df: (x) => 3 * x * x }),
    atPair([0.5, 1, 1]),
  );
  assertClose(dNngp, 13.5, { rtol: 1e-13 });
});

Deno.test("many rows at once give the coefficients of each row alone", () => {
  const spread = (from: number, to: number) =>
    Float64Array.from({ length: 120 }, (_, i) => from * (to / from) ** (i / 119));
  const calls: [Scalar, number, Float64Array][] = [
    [Math.tanh, 1e-10, spread(0.5, 25)],
    [cases.elu.f, 1e-10, spread(0.5, 25)],
    // Far from 0, so that the coefficients of high degree oscillate from row to row.
    [(x) => Math.tanh(x - 25), 1e-5, spread(64, 250)],
  ];
  for (const [f, tolerance, variances] of calls) {
    const { total } = adaptiveTables({ f, ...finished(singularities(f)) }, "nngp", tolerance);
    const together = finished(total.compute(variances));
    for (const i of [0, 47, 119]) {
      const alone = finished(total.compute(variances.slice(i, i + 1)));
      const row = together.coefficients.subarray(i * together.width, i * together.width + alone.width);
      const size = Math.hypot(...alone.coefficients);
      assertClose(row, alone.coefficients.subarray(0, row.length), { atol: 1e-10 * size, message: `${f}` });
    }
  }
});

Deno.test("coefficients do not depend on earlier calls", () => {
  const spread = (from: number, to: number) =>
    Float64Array.from({ length: 60 }, (_, i) => from * (to / from) ** (i / 59));
  const build = () =>
    adaptiveTables({ f: Math.tanh, ...finished(singularities(Math.tanh)) }, "dNngp", 1e-8).total;
  const used = build();
  for (const [from, to] of [[0.3, 9], [1.5, 3], [1, 1.1]]) finished(used.compute(spread(from, to)));
  assertDeepEquals(finished(used.compute(spread(0.5, 2))), finished(build().compute(spread(0.5, 2))));
});

Deno.test("many rows are averaged where the function cannot be averaged over their whole octave", () => {
  // E[f(u)²] = 1/√(1 − 0.8 var), infinite from a variance of 1.25 on.
  const f = (x: number) => Math.exp(0.2 * x * x);
  const variances = Float64Array.from({ length: 60 }, (_, i) => 1 + i / 1000);
  const { total } = adaptiveTables({ f, ...finished(singularities(f)) }, "nngp", 1e-8);
  const { coefficients, width, error } = finished(total.compute(variances));
  assert(error <= 1e-8, `${error}`);
  for (const [i, variance] of variances.entries()) {
    const square = coefficients.subarray(i * width, (i + 1) * width).reduce((sum, a) => sum + a * a, 0);
    assertClose(square, 1 / Math.sqrt(1 - 0.8 * variance), { rtol: 1e-8 });
  }
});

Deno.test("findKinks finds jumps and bends, and none in smooth functions", () => {
  const found: [Scalar, number[]][] = [
    [Math.tanh, []],
    [(x) => Math.exp(-x * x), []],
    [Math.sin, []],
    [(x) => x ** 3, []],
    [() => 1, []],
    [Math.sign, [0]],
    [(x) => Math.max(x, 0), [0]],
    [(x) => x > 0 ? x : Math.expm1(x), [0]],
    [(x) => Math.min(Math.max(x, 0), 6), [0, 6]],
    [(x) => Math.abs(x) > 0.5 ? x : 0, [-0.5, 0.5]],
    [(x) => Math.sqrt(Math.abs(x)), [0]],
  ];
  for (const [f, kinks] of found) assertDeepEquals(finished(findKinks(f)).kinks, kinks, String(f));
  assertClose(finished(findKinks((x) => Math.abs(x - Math.PI))).kinks, [Math.PI], { atol: 1e-8 });
});

Deno.test("given kinks take the place of the search", () => {
  const far = (x: number) => Math.max(x - 2000, 0);
  const at: Pair = [0.5, 1e6, 1e6];
  const searched = numericalActivation(far);
  const told = numericalActivation(far, { kinks: [2000] });
  assert(searched.reachedError([1e6]).dNngp > 1e-4);
  assert(told.reachedError([1e6]).dNngp < 1e-10);
  assertClose(duals(told, atPair(at)).nngp, iterated(far, [2000], at, 0.5), { rtol: 1e-9 });
});

Deno.test("owensT agrees with its integral", () => {
  const t = owensT(variable("h"), variable("k"));
  for (const h of [-2.5, 0.1, 0.4, 1, 3, 7]) {
    for (const k of [-9, -0.3, 0, 0.02, 1, 2.9]) {
      const end = Math.atan(k / h);
      let sum = 0;
      for (let panel = 0; panel < 200; panel++) {
        rule.nodes.forEach((y, i) => {
          const angle = end * (panel + (1 + y) / 2) / 200;
          sum += rule.weights[i] * Math.exp(-((h / Math.cos(angle)) ** 2) / 2);
        });
      }
      assertClose(evaluate(t, { h, k }), sum * end / (800 * Math.PI), {
        atol: 2e-15,
        message: `T at ${h}, ${k}`,
      });
    }
  }
  assertEquals(evaluate(t, { h: 0, k: 3 }), 0.25);
});

Deno.test("traceForward tells expressions from opaque functions", () => {
  const known = traceForward((x: Expr) => x.tanh().add(x.max(0)));
  assertEquals(known.expr?.kind, "add");
  assertEquals(known.call(-1.5), Math.tanh(-1.5));
  for (const fn of [Math.tanh, (x: number) => x * 2, (x: number) => x > 0 ? 1 : 0, () => 3]) {
    const { expr, call } = traceForward(fn);
    assertEquals(expr, undefined);
    assertEquals(call(2), fn(2));
  }
  assertEquals(numericalActivation(expressions.Gelu).fn, expressions.Gelu);
  assertEquals(numericalActivation(Math.tanh).fn, undefined);
});

const refused: [Forward | null, NumericalOptions, typeof RangeError | typeof TypeError, string][] = [
  [null, {}, TypeError, "Cannot use a nonlinearity as fn must be a function: current value is null"],
  [
    (() => "1") as unknown as Forward,
    {},
    TypeError,
    "Cannot use a nonlinearity as fn(0) must be an Expr or a number: current value is 1",
  ],
  [
    (x: Expr) => x.add(variable("y")),
    {},
    TypeError,
    "Cannot use a nonlinearity as fn must depend on its argument alone: current value is add(x, y)",
  ],
  [Math.tanh, { tolerance: 0 }, RangeError, "tolerance must be positive and less than 1: current value is 0"],
  [
    Math.tanh,
    { tolerance: NaN },
    RangeError,
    "tolerance must be positive and less than 1: current value is NaN",
  ],
  [Math.tanh, { deg: 0 }, RangeError, "deg must be an integer from 1 to 200: current value is 0"],
  [Math.tanh, { deg: 2.5 }, RangeError, "deg must be an integer from 1 to 200: current value is 2.5"],
  [Math.tanh, { deg: 201 }, RangeError, "deg must be an integer from 1 to 200: current value is 201"],
  [Math.tanh, { kinks: [0, NaN] }, RangeError, "kinks must be finite numbers: current value is NaN"],
  [Math.tanh, { df: 1 as unknown as Scalar }, TypeError, "df must be a function: current value is 1"],
  [(x: number) => 1 / x, {}, RangeError, "fn(0) must be finite: current value is Infinity"],
  [
    (x: number) => Math.sqrt(x),
    {},
    RangeError,
    "fn(-0.9894009349916499) must be finite: current value is NaN",
  ],
];

Deno.test("numericalActivation refuses what it cannot average", async () => {
  for (const [fn, options, type, text] of refused) {
    const message = text.startsWith("Cannot") ? text : `Cannot build ElementwiseNumerical as ${text}`;
    await assertThrows(() => numericalActivation(fn as Forward, options), type, message);
  }
  await assertThrows(
    () => numericalActivation((x: number) => Math.exp(x * x)).reachedError([1]),
    RangeError,
    "Cannot average a nonlinearity as E[f(u)²] must be finite: current value is Infinity at variance 1",
  );
  await assertThrows(
    () => numericalActivation((x: number) => Math.abs(x) < 3 ? x : NaN).reachedError([1]),
    RangeError,
    "Cannot average a nonlinearity as its values must be finite: current value is NaN at x = 3.005299532504175",
  );
});

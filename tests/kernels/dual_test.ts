import { array, NdArray } from "../../lib/array/mod.ts";
import type { Progress } from "../../lib/pause.ts";
import { UnsupportedError } from "../../lib/errors.ts";
import * as dual from "../../lib/dual/mod.ts";
import { hermite2mono, hermiteCoeffsRelu, hermitePolfit } from "../../kernels/polynomials/mod.ts";
import { key, normal } from "../../lib/random/mod.ts";
import * as stax from "../../lib/stax/mod.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";
import { fixture, type FixtureArray } from "../fixtures.ts";
import { activationOf } from "../../lib/network/nonlinearity.ts";
import { build, type Spec } from "../networks.ts";
import { type Target, targets } from "../targets.ts";
import { kernelsOf } from "./duals.ts";

type Inputs = "x" | "x_wide" | "x_zero_dup";

interface PolyCase {
  coeffs: FixtureArray;
  kernel: FixtureArray;
  kernel_with_top_degree_term?: FixtureArray;
}

interface Fixture extends Record<Inputs, FixtureArray> {
  get_act_grid: FixtureArray;
  get_act: Record<string, FixtureArray>;
  dual_kernel_exact: Record<string, Record<Inputs, FixtureArray>>;
  dual_kernel_poly: Record<string, Record<string, PolyCase>>;
  dual_kernel_poly_a: Record<string, FixtureArray>;
  hermite_polfit: Record<string, FixtureArray>;
}

interface Truth {
  activations: { act: Spec; rows: [cov: number, var1: number, var2: number, ...(number | null)[]][] }[];
}

const onReference = { backend: "reference" } as const;
const reference = fixture<Fixture>("dual");
const names: readonly Inputs[] = ["x", "x_wide", "x_zero_dup"];
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** ⟨xᵢ, xⱼ⟩, summed in the order of the coordinates. */
function gramOf({ data, shape: [n, width] }: FixtureArray): number[] {
  const entry = (i: number, j: number) =>
    range(width).reduce((sum, k) => sum + data[i * width + k] * data[j * width + k], 0);
  return range(n).flatMap((i) => range(n).map((j) => entry(i, j)));
}

/** Fails unless |k − expected| ≤ tolerance·√(kᵢᵢ·kⱼⱼ) for all i, j. */
function assertKernel(k: NdArray, expected: ArrayLike<number>, tolerance: number, message: string): void {
  const [n] = k.shape;
  const scale = (i: number) => Math.sqrt(expected[i * n + i]) || 1;
  const scaled = (values: ArrayLike<number>) =>
    Array.from(values, (value, at) => value / scale(Math.floor(at / n)) / scale(at % n));
  assertClose(scaled(k.data), scaled(expected), { atol: tolerance, message });
}

Deno.test("getAct has the reference's values for every name", () => {
  for (const [name, { data }] of Object.entries(reference.get_act)) {
    // The reference takes log_sigmoid for leaky_relu.
    if (name === "leaky_relu") continue;
    assertClose(dual.getAct(reference.get_act_grid, name).data, data, { rtol: 2e-15, message: name });
  }
});

Deno.test("getAct: the names that the reference lacks or mistakes, and far from 0", () => {
  assertDeepEquals(dual.getAct([-3, 0, 2], "leaky_relu").toNested(), [-0.03, 0, 2]);
  for (const [name, other] of [["swish", "silu"], ["hard_swish", "hard_silu"], ["celu", "elu"]]) {
    assertDeepEquals(dual.getAct(reference.get_act_grid, name), dual.getAct(reference.get_act_grid, other));
  }
  assertDeepEquals(dual.getAct([[-800, 800]], "softplus").toNested(), [[0, 800]]);
  assertDeepEquals(dual.getAct([-800, 800], "elu").toNested(), [-1, 800]);
  assertDeepEquals(dual.getAct([-800, 800], "sigmoid").toNested(), [0, 1]);
  assertEquals(dual.getAct(-800, "log_sigmoid"), -800);
  // x·Φ(x) keeps its digits where Φ(x) is tiny: Φ(−10) = 7.619853024160526e-24.
  assertClose(dual.getAct(-10, "gelu"), -7.619853024160526e-23, { rtol: 1e-14 });
});

for (const [name, kernels] of Object.entries(reference.dual_kernel_exact)) {
  Deno.test(`dualKernelExact of ${name} is the reference's, and finite for a zero row`, async () => {
    for (const input of names) {
      const k = await dual.dualKernelExact(reference[input], name, onReference);
      // NaN stands where the reference divides by the norm of a zero row: gelu, relu and abs are 0 at 0.
      const expected = kernels[input].data.map((value) => Number.isNaN(value) ? 0 : value);
      assertClose(k.data, expected, { rtol: 1e-12, message: input });
      const fromGram = await dual.dualKernelExact(
        array(gramOf(reference[input]), [8, 8]),
        name,
        { isXMatrix: true, ...onReference },
      );
      assertClose(fromGram.data, expected, { rtol: 1e-12, message: `${input}, isXMatrix` });
    }
  });
}

Deno.test("dualKernelExact of leaky_relu is that of 0.01·t + 0.99·relu(t)", async () => {
  const k = await dual.dualKernelExact(reference.x, "leaky_relu", onReference);
  const relu = reference.dual_kernel_exact.relu.x.data;
  // E[u·relu(v)] = cov/2.
  const expected = gramOf(reference.x).map((cov, i) => (1e-4 + 0.0099) * cov + 0.9801 * relu[i]);
  assertClose(k.data, expected, { rtol: 1e-12, atol: 1e-15 });
});

Deno.test("dualKernelExact takes layers, names of closed forms, and nothing else", async () => {
  const sign = await dual.dualKernelExact([[1, 0], [0, 3], [-2, 0]], stax.Sign(), onReference);
  assertClose(sign.data, [1, 0, -1, 0, 1, 0, -1, 0, 1], { atol: 1e-15 });
  const named = await dual.dualKernelExact(reference.x, "erf", onReference);
  assertDeepEquals(await dual.dualKernelExact(reference.x, stax.Erf(), onReference), named);
  await assertThrows(
    () => dual.dualKernelExact(reference.x, "softplus"),
    UnsupportedError,
    "Cannot compute the exact dual of softplus as act must be one of relu, leaky_relu, gelu, sin, cos, erf, gaussian, abs, " +
      'which have a closed form: current value is "softplus", give the layer stax.ElementwiseNumerical(fn) instead, ' +
      "which integrates to a tolerance",
  );
});

for (const [name, degrees] of Object.entries(reference.dual_kernel_poly)) {
  Deno.test(`dualKernelPoly of ${name} is the reference's with the term of the highest degree`, async () => {
    const gram = gramOf(reference.x);
    for (const [degree, { coeffs, kernel, kernel_with_top_degree_term }] of Object.entries(degrees)) {
      const top = coeffs.data[Number(degree)];
      const square = top * top * range(Number(degree)).reduce((product, l) => product * (l + 1), 1);
      const expected = kernel_with_top_degree_term?.data ??
        kernel.data.map((value, i) => value + square * gram[i] ** Number(degree));
      const k = await dual.dualKernelPoly(coeffs.data, reference.x, 1, onReference);
      // The reference loses up to four digits in doubles where monomials cancel.
      assertKernel(k, expected, 2e-12, `${name}, degree ${degree}`);
      assertClose(k.data, expected, { rtol: 1e-10, message: `${name}, degree ${degree}` });
    }
  });
}

Deno.test("dualKernelPoly does not depend on a", async () => {
  const coeffs = hermite2mono(reference.hermite_polfit.gelu.data.slice(0, 7));
  const gram = gramOf(reference.x);
  const top = 720 * coeffs.at(6) ** 2;
  const expected = reference.dual_kernel_poly_a["1.0"].data.map((value, i) => value + top * gram[i] ** 6);
  for (const a of [0.5, 1, 2, 3.7, 1e-150, 1e150]) {
    const k = await dual.dualKernelPoly(coeffs, reference.x, a, onReference);
    assertKernel(k, expected, 1e-13, `a = ${a}`);
  }
  const huge = reference.x.data.map((value) => value * 1e200);
  const scaled = coeffs.data.map((c, l) => c / 1e200 ** l);
  const k = await dual.dualKernelPoly(scaled.slice(0, 2), { data: huge, shape: [8, 5] }, 1e200, onReference);
  assertKernel(k, gram.map((cov) => coeffs.at(0) ** 2 + coeffs.at(1) ** 2 * cov), 1e-13, "huge points");
});

Deno.test("dualKernelPoly: one coefficient, and zero rows", async () => {
  const constant = await dual.dualKernelPoly([-3], reference.x_zero_dup, 1, onReference);
  assert(constant.data.every((value) => value === 9));
  const line = await dual.dualKernelPoly([2, 5], [[0, 0], [1, 0], [0.6, 0.8]], 1, onReference);
  assertClose(line.data, [4, 4, 4, 4, 29, 19, 4, 19, 29], { rtol: 1e-15 });
});

/** Σₗ l!·rₗ(var1)·rₗ(var2)·covˡ in integers, rₗ(v) = Σᵢ cₙ·n!/(2ⁱ i! l!)·vⁱ, for integral moments: every double is dyadic. */
function exactPolyKernel(coeffs: ArrayLike<number>, cov: bigint, var1: bigint, var2: bigint): number {
  const scaled = Array.from(coeffs, (c) => BigInt(c * 2 ** 400));
  const factorial = (n: number): bigint => n < 2 ? 1n : BigInt(n) * factorial(n - 1);
  const radial = (l: number, v: bigint) =>
    scaled.reduce((sum, c, n) => {
      const i = (n - l) / 2;
      if (i < 0 || !Number.isInteger(i)) return sum;
      return sum + c * (factorial(n) / (2n ** BigInt(i) * factorial(i) * factorial(l))) * v ** BigInt(i);
    }, 0n);
  const sum = scaled.reduce(
    (total, _, l) => total + factorial(l) * radial(l, var1) * radial(l, var2) * cov ** BigInt(l),
    0n,
  );
  return Number(sum / 2n ** 600n) / 2 ** 200;
}

Deno.test("dualKernelPoly is right to 13 digits where monomials of degree 60 cancel 10", async () => {
  const points = [[1, 0, 0, 0], [1, 1, 1, 1], [0, 2, 0, 0], [-1, 0, 0, 0]];
  const gram = gramOf({ data: points.flat(), shape: [4, 4] });
  for (
    const coeffs of [
      hermiteCoeffsRelu(60, { convertToMono: true }),
      hermitePolfit("gelu", 60, { convertToMono: true }),
    ]
  ) {
    const k = await dual.dualKernelPoly(coeffs, points, 1, onReference);
    const expected = gram.map((cov, at) =>
      exactPolyKernel(
        coeffs.data,
        ...[cov, gram[5 * (at >> 2)], gram[5 * (at & 3)]].map(BigInt) as [bigint, bigint, bigint],
      )
    );
    assertKernel(k, expected, 1e-13, "degree 60");
  }
});

Deno.test("dualKernelEmpirical is φ(xw)φ(xw)ᵀ/m of the reference's random numbers", async () => {
  const m = 37;
  const k = await dual.dualKernelEmpirical(reference.x, key(3), {
    numHiddens: m,
    act: "erf",
    ...onReference,
  });
  const w = normal(key(3), [5, m]).data;
  const z = (i: number, j: number) =>
    dual.getAct(range(5).reduce((sum, l) => sum + reference.x.data[i * 5 + l] * w[l * m + j], 0), "erf");
  const expected = range(8).flatMap((i) =>
    range(8).map((j) => range(m).reduce((sum, l) => sum + z(i, l) * z(j, l), 0) / m)
  );
  assertClose(k.data, expected, { rtol: 1e-13, atol: 1e-15 });
});

Deno.test("dualKernelEmpirical in several blocks comes close to the exact kernel", async () => {
  const steps: Progress[] = [];
  const x = normal(key(1), [64, 1]);
  // Two blocks: 64 rows of 2¹⁶ features each are a full one.
  const options = { numHiddens: 2 ** 16 + 5, act: "relu", onProgress: (p: Progress) => void steps.push(p) };
  const k = await dual.dualKernelEmpirical(x, key(2), { ...options, ...onReference });
  const exact = await dual.dualKernelExact(x, "relu", onReference);
  assertKernel(k, exact.data, 6 / Math.sqrt(options.numHiddens), "Monte Carlo");
  assert(steps.every(({ done }, i) => i === 0 || done >= steps[i - 1].done));
  assertEquals(steps.at(-1)!.done, steps.at(-1)!.total);
});

// Every function here is the layer's own, computed by the program and backend that networks use.
Deno.test("dualActivation is the truth for every layer", async () => {
  for (const { act, rows } of fixture<Truth>("truth").activations) {
    // null stands for a value above 1e300, which is refused.
    const known = rows.filter((row) => !row.includes(null)) as number[][];
    const [cov, var1, var2, trueNngp, trueDNngp] = range(5).map((column) => known.map((row) => row[column]));
    const layer = build(act);
    const { nngp, dNngp, numericalError } = await dual.dualActivation(
      layer,
      { cov, var1, var2 },
      onReference,
    );
    const kernels = kernelsOf(activationOf(layer));
    const check = (name: "nngp" | "dNngp", ours: NdArray, truth: number[], rtol: number) => {
      const scale = known.map(([cov, var1, var2]) => kernels[name].scale([cov, var1, var2]) || 1);
      const scaled = (values: ArrayLike<number>) => Array.from(values, (value, i) => value / scale[i]);
      assertClose(scaled(ours.data), scaled(truth), {
        atol: rtol,
        message: `${JSON.stringify(act)} ${name}`,
      });
    };
    check("nngp", nngp, trueNngp, 1e-12);
    check("dNngp", dNngp, trueDNngp, 2e-11);
    assertEquals(numericalError, 0);
  }
});

Deno.test("dualActivation broadcasts numbers over arrays, and gives numbers for numbers", async () => {
  const layer = stax.Gelu();
  const one = await dual.dualActivation(layer, { cov: 0.5, var1: 1, var2: 2 }, onReference);
  assertEquals(typeof one.nngp, "number");
  const moments = { cov: [[0.5, -0.5, 0.1]], var1: 1, var2: array([[2, 1, 1]]) };
  const many = await dual.dualActivation(layer, moments, onReference);
  assertDeepEquals(many.nngp.shape, [1, 3]);
  assertEquals(many.nngp.at(0, 0), one.nngp);
  assertEquals(many.dNngp.at(0, 0), one.dNngp);
});

Deno.test("dualActivation of a numerical layer reports its error and keeps it for unequal variances", async () => {
  const moments = { cov: [0.3, 0.2, -0.01], var1: [1, 4, 1e-4], var2: [0.5, 0.01, 9] };
  const numerical = await dual.dualActivation(stax.ElementwiseNumerical(Math.sin), moments, onReference);
  const exact = await dual.dualActivation(stax.Sin(), moments, onReference);
  assert(numerical.numericalError > 0 && numerical.numericalError <= 1e-8);
  assertClose(numerical.nngp.data, exact.nngp.data, { atol: 1e-8 });
  assertClose(numerical.dNngp.data, exact.dNngp.data, { atol: 1e-7 });
});

Deno.test("dualActivation of custom kernels and functions with kinks", async () => {
  const moments = { cov: [0.3, -0.7, 0], var1: [1, 1, 0], var2: [0.5, 0.5, 1] };
  const relu = await dual.dualActivation(stax.Relu(), moments, onReference);
  const custom = stax.Elementwise({
    nngp: ({ cov, rootDet, angle }) => rootDet.add(angle.neg().add(Math.PI).mul(cov)).mul(1 / (2 * Math.PI)),
  });
  const { nngp, dNngp } = await dual.dualActivation(custom, moments, onReference);
  assertClose(nngp.data, relu.nngp.data, { atol: 1e-15 });
  assertClose(dNngp.data.slice(0, 2), relu.dNngp.data.slice(0, 2), { atol: 1e-14 });
  const numerical = stax.ElementwiseNumerical((x: number) => Math.max(x, 0));
  const k = await dual.dualActivation(numerical, moments, onReference);
  assertClose(k.nngp.data, relu.nngp.data, { atol: 1e-8 });
});

/** Results of the definition, rounded. */
const rounded: Pick<Target, "options" | "test"> = {
  options: { backend: "reference", dtype: "float32" },
  test: (name, body) => Deno.test(`reference float32: ${name}`, body),
};

for (const { options, test } of [...targets, rounded]) {
  test("dualActivation is that in float64 on the CPU", async () => {
    const correlations = [0, 0.5, -0.9, 0.999, 1, -1];
    const v1 = [1, 0.3, 2, 1, 4, 4].map(Math.fround);
    const v2 = [1, 2.5, 2, 1, 4, 4].map(Math.fround);
    const cov = correlations.map((rho, i) => Math.fround(rho * Math.sqrt(v1[i] * v2[i]) * (1 - 2 ** -23)));
    cov[4] = 4;
    const moments = { cov, var1: v1, var2: v2 };
    for (const layer of [stax.Relu(), stax.Gelu(), stax.Erf(), stax.Sin(), stax.Monomial(3)]) {
      const ours = await dual.dualActivation(layer, moments, options);
      const expected = await dual.dualActivation(layer, moments, onReference);
      assertEquals(ours.nngp.dtype, options.dtype);
      const rtol = options.dtype === "float64" ? 1e-12 : 2e-6;
      const scale = Math.max(...expected.nngp.data);
      assertClose(ours.nngp.data, expected.nngp.data, { atol: rtol * scale, message: layer.type });
      const slope = Math.max(...expected.dNngp.data);
      assertClose(ours.dNngp.data, expected.dNngp.data, { atol: 2 * rtol * slope, message: layer.type });
    }
  });

  test("dualActivation at more moments than are computed together", async () => {
    const n = 70_000;
    const column = (of: (i: number) => number) =>
      array(Float64Array.from({ length: n }, (_, i) => of(i)), [n]);
    const var1 = column((i) => Math.fround(1 + Math.cos(i) ** 2));
    const cov = column((i) => Math.fround(Math.sin(i)));
    for (const layer of [stax.Gelu(), stax.ElementwiseNumerical((x: number) => Math.tanh(x))]) {
      const progress: Progress[] = [];
      const onProgress = (at: Progress) => void progress.push(at);
      const many = await dual.dualActivation(layer, { cov, var1, var2: 1 }, { ...options, onProgress });
      assertDeepEquals(many.nngp.shape, [n]);
      assert(progress.every(({ done, total }, i) => total === n && done >= (progress[i - 1]?.done ?? 0)));
      assertEquals(progress.at(-1)!.done, n);
      for (const i of [0, 65_535, 65_536, n - 1]) {
        const moments = { cov: cov.at(i), var1: var1.at(i), var2: 1 };
        const one = await dual.dualActivation(layer, moments, onReference);
        const atol = options.dtype === "float64" ? 1e-8 : 1e-6;
        assertClose([many.nngp.at(i), many.dNngp.at(i)], [one.nngp, one.dNngp], { atol });
      }
    }
  });

  test("dual kernels are those in float64 on the CPU", async () => {
    const x = reference.x_zero_dup;
    const atol = options.dtype === "float64" ? 1e-12 : 2e-6;
    const kernels: Record<string, (o: dual.DualOptions) => Promise<NdArray>> = {
      exact: (o) => dual.dualKernelExact(x, "gelu", o),
      gram: (o) => dual.dualKernelExact(array(gramOf(x), [8, 8]), "relu", { isXMatrix: true, ...o }),
      poly: (o) => dual.dualKernelPoly([0.5, 1, -0.25, 0.125], x, 2, o),
      empirical: (o) => dual.dualKernelEmpirical(x, key(0), { numHiddens: 100, ...o }),
    };
    for (const [kind, compute] of Object.entries(kernels)) {
      const expected = await compute(onReference);
      assertKernel(await compute(options), expected.data, atol, kind);
    }
  });
}

Deno.test("a signal stops every dual", async () => {
  const signal = AbortSignal.abort(new RangeError("enough"));
  const o = { signal, ...onReference };
  for (
    const call of [
      () => dual.dualActivation(stax.Relu(), { cov: 0, var1: 1, var2: 1 }, o),
      () => dual.dualKernelExact([[1]], "relu", o),
      () => dual.dualKernelPoly([1], [[1]], 1, o),
      () => dual.dualKernelEmpirical([[1]], key(0), o),
    ]
  ) await assertThrows(call, RangeError, "enough");
});

const unit = { cov: 0, var1: 1, var2: 1 };
const isXMatrix = { isXMatrix: true };

const refusals: readonly [
  call: () => unknown,
  type: typeof RangeError | typeof TypeError | typeof UnsupportedError,
  message: string,
][] = [
  [
    () => dual.getAct([1], "tanhh"),
    RangeError,
    "Cannot find an activation as its name must be one of relu, relu6, sigmoid, softplus, soft_sign, silu, swish, log_sigmoid, " +
    "leaky_relu, hard_sigmoid, hard_silu, hard_swish, hard_tanh, elu, celu, selu, gelu, sin, cos, erf, gaussian, abs: " +
    'current value is "tanhh"',
  ],
  [
    () => dual.getAct([1, 2], "glu"),
    UnsupportedError,
    "Cannot use glu as an activation must act on each entry alone: current value is a gate that halves the last axis, " +
    "apply sigmoid to one half and multiply",
  ],
  [
    () => dual.getAct([1, NaN], "relu"),
    RangeError,
    "Cannot use x as x[1] must be finite: current value is NaN",
  ],
  [
    () => dual.dualActivation(stax.Dense(1), unit),
    TypeError,
    "Cannot take the dual of a layer as it must be a nonlinearity: current value is Dense",
  ],
  [
    () => dual.dualActivation(stax.Relu(), { cov: 1.01, var1: 1, var2: 1 }),
    RangeError,
    "Cannot take a dual as |cov| must be at most √(var1·var2) = 1: current value is 1.01 at entry 0",
  ],
  [
    () => dual.dualActivation(stax.Relu(), { cov: [0, 0], var1: [1, -1], var2: 1 }),
    RangeError,
    "Cannot take a dual as a variance must be non-negative: current value is -1 at entry 1",
  ],
  [
    () => dual.dualActivation(stax.Relu(), { cov: 0, var1: NaN, var2: 1 }),
    RangeError,
    "Cannot use var1 as var1 must be finite: current value is NaN",
  ],
  [
    () => dual.dualActivation(stax.Relu(), { cov: [0, 0], var1: [1], var2: 1 }),
    TypeError,
    "Cannot take a dual as cov, var1 and var2 must be numbers or have the same shape, [2]: current value is [1]",
  ],
  [
    () => dual.dualActivation(stax.Relu(), unit, { precision: "float32" } as object),
    TypeError,
    "Cannot build a dual kernel as its options must be among backend, dtype, onProgress, signal: current value is precision",
  ],
  [
    () => dual.dualActivation(stax.Relu(), unit, { dtype: "float16" as "float32" }),
    TypeError,
    'Cannot compute a dual kernel as dtype must be "float64" or "float32": current value is "float16"',
  ],
  [
    () => dual.dualActivation(stax.Relu(), { cov: 0, var1: 1e39, var2: 1 }, { dtype: "float32" }),
    RangeError,
    "Cannot take the dual of Relu as var1 must be finite in float32: current value is 1e+39 at entry 0",
  ],
  [
    () => dual.dualActivation(stax.Exp(), { cov: 0, var1: 1000, var2: 1000 }, onReference),
    RangeError,
    "Cannot take the dual of Exp as it must be finite in float64: current value is Infinity at entry 0",
  ],
  [
    () => dual.dualActivation(stax.Gaussian({ b: 0.25 }), { cov: 0, var1: 2, var2: 1 }),
    RangeError,
    "Cannot take the dual of Gaussian as var1 must be below 2, where the mean of exp(0.25·x²) diverges: " +
    "current value is 2 at entry 0",
  ],
  [
    () => dual.dualKernelExact([1, 2], "relu"),
    TypeError,
    "Cannot compute a dual kernel as x must be a matrix, a row a point: current value has shape [2]",
  ],
  [
    () => dual.dualKernelExact([[1, 2, 3]], "relu", isXMatrix),
    TypeError,
    "Cannot compute a dual kernel as the Gram matrix x must be square: current value has shape [1, 3]",
  ],
  [
    () => dual.dualKernelExact([[1, 0.5], [0.4, 1]], "relu", isXMatrix),
    RangeError,
    "Cannot compute a dual kernel as the Gram matrix x must be symmetric, x[1][0] = 0.5: current value is 0.4",
  ],
  [
    () => dual.dualKernelExact([[1, 2], [2, 1]], "relu", isXMatrix),
    RangeError,
    "Cannot take a dual as |cov| must be at most √(var1·var2) = 1: current value is 2 at x[1][0]",
  ],
  [
    () => dual.dualKernelPoly([1], [[1]], 0),
    RangeError,
    "Cannot compute a dual kernel as a must be a positive number: current value is 0",
  ],
  [
    () => dual.dualKernelPoly([], [[1]]),
    TypeError,
    "Cannot read coeffs as the length of coeffs must be at least 1: current value is 0",
  ],
  [
    () => dual.dualKernelEmpirical([[1]], key(0), { numHiddens: 0 }),
    RangeError,
    "Cannot estimate a dual kernel as numHiddens must be a positive integer: current value is 0",
  ],
  [
    () => dual.dualKernelEmpirical([[1e200]], key(0), { act: "abs", ...onReference }),
    RangeError,
    "Cannot estimate a dual kernel as its entries must be finite: current value is Infinity, scale the points down",
  ],
  [
    () => dual.dualKernelEmpirical([[1]], 0 as unknown as ReturnType<typeof key>),
    TypeError,
    "Cannot draw random numbers as key must be a key, such as random.key(0): current value is 0",
  ],
];

for (const [call, type, message] of refusals) Deno.test(message, () => assertThrows(call, type, message));

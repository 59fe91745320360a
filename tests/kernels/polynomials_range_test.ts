/** Polynomials whose values are in range though something on the way is not, and those whose values are not. */
import { dual, polynomials, stax } from "../../mod.ts";
import { assert, assertClose, assertDeepEquals, assertThrows } from "../assert.ts";
import { targets } from "../targets.ts";

const { hermite2mono, hermitePolfit, hermitePolval, hermitePolvalSingle } = polynomials;

/** Coefficients, all 0 but these. */
const sparse = (terms: Readonly<Record<number, number>>) =>
  Array.from({ length: Math.max(...Object.keys(terms).map(Number)) + 1 }, (_, n) => terms[n] ?? 0);

/** Σ cₙ·Heₙ(t) by the recurrence in 60 digits (mpmath), from the doubles as they are. */
const series: [t: number, coeffs: number[], value: number][] = [
  [1e10, [1, 2, ...Array(40).fill(0)], 20000000001],
  [1e10, [...Array(40).fill(0), 1e-300, ...Array(100).fill(0)], 1.000000000000000017259092e100],
  [1e200, [0, 1e-100, 1e-300], 1.999999999999999954250358e100],
  [3e7, sparse({ 0: 1, 41: -1e-310, 60: 1e-320 }), 4.239068634211190137916504e128],
  [1e300, [5, -1e-300, 2.5e-301], 2.500000000000000325171531e299],
  // Below the largest zero of He₂₅₆, where e^(t²/4)·√256! is 1e321.
  [25, sparse({ 100: 1, 256: 1e-200 }), 3.923425709728368409588818e135],
  // x·He₃₉ cancels: what remains is −39·2⁻⁹³³·He₃₈(−2³³) = −39·2³²¹.
  [-(2 ** 33), sparse({ 39: 2 ** -900, 40: 2 ** -933 }), -39 * 2 ** 321],
  // He₁(0) = He₃(0) = 0 beside coefficients whose multiples overflow.
  [0, [1, 0, 0, 1.7e308], 1],
  [0, [0, 1.7e308, -1, 1.7e308], 1],
];
for (const [t, coeffs, value] of series) {
  Deno.test(`hermitePolval at ${t} of ${coeffs.length} coefficients is ${value}`, () => {
    assertClose(hermitePolval(t, coeffs), value, { rtol: 2e-15 });
    assertClose(hermitePolval([t, t], coeffs).data, [value, value], { rtol: 2e-15 });
  });
}

Deno.test("Hermite polynomials that overflow are refused, others are not", async () => {
  assertClose(hermitePolvalSingle(1e10, 30), 1e300, { rtol: 1e-15 });
  const message =
    "Cannot evaluate a Hermite series as its value must be below 1.8e308: current value of t is 10000000000";
  await assertThrows(() => hermitePolval(1e10, sparse({ 31: 1 })), RangeError, message);
  await assertThrows(() => hermitePolval(1e10, sparse({ 30: 1, 60: -1e-200 })), RangeError, message);
});

Deno.test("hermite2mono: coefficients close to the largest double", () => {
  assertDeepEquals(hermite2mono([1e301]).toNested(), [1e301]);
  assertDeepEquals(hermite2mono([1e308, 0, 1e308]).toNested(), [0, 0, 1e308]);
  // 6·0.3e308 and 45·0.05e308 overflow; what they are added to brings them back.
  assertDeepEquals(hermite2mono([0, 0, 1e308, 0, 0.3e308]).toNested(), [
    -1.000000000000000609731156e307,
    0,
    -7.999999999999998890328323e307,
    0,
    0.3e308,
  ]);
  assertDeepEquals(hermite2mono([-1.5e308, 0, 0.2e308, 0, 0.4e308, 0, 0.05e308]).toNested(), [
    -1.250000000000000019960831e308,
    0,
    4.999999999999999930155299e306,
    0,
    -3.499999999999999951108709e307,
    0,
    4.999999999999999930155299e306,
  ]);
  // 255!!·1e-200 from a degree whose integers reach 1e260.
  assert(hermite2mono(sparse({ 256: 1e-200 })).data.every(Number.isFinite));
});

const tooLarge: [coeffs: number[], value: number, degree: number][] = [
  [[0, 0, 0, 0, 1e308], Infinity, 0],
  [[0, 0, 1, 0, 1e308], Infinity, 0],
  [[1, 0, 0, 1e308], -Infinity, 1],
];
for (const [coeffs, value, degree] of tooLarge) {
  Deno.test(`hermite2mono refuses ${coeffs}`, () =>
    assertThrows(
      () => hermite2mono(coeffs),
      RangeError,
      "Cannot convert a Hermite series to monomials as every result must be below 1.8e308: " +
        `current value is ${value} at degree ${degree}, divide coeffs by their largest`,
    ));
}

Deno.test("hermitePolfit of values close to the largest double", () => {
  assertClose(hermitePolfit(() => 1e308, 2).data.map((c) => c / 1e308), [1, 0, 0], { atol: 1e-15 });
  assertClose(
    hermitePolfit((t: number) => t < 0 ? -1e308 : 1e308, 1).data[1] / 1e308,
    Math.sqrt(2 / Math.PI),
    {
      rtol: 1e-14,
    },
  );
  assertClose(hermitePolfit(() => 1e301, 2, { convertToMono: true }).data[0], 1e301, { rtol: 1e-15 });
});

for (const { name, options, test } of targets.filter(({ name }) => name.endsWith("float64"))) {
  test("dual kernels of polynomials with huge coefficients at tiny points", async () => {
    // E[f²] = c²·105·r⁸, and (1e300·1e-290)².
    const quartic = await dual.dualKernelPoly([0, 0, 0, 0, 1e301], [[1e-80]], 1, options);
    assertClose(quartic.data, [1.0499999999999997862e-36], { rtol: 1e-14, message: name });
    const line = await dual.dualKernelPoly([0, 1e300], [[1e-290]], 1e-290, options);
    assertClose(line.data, [1e20], { rtol: 1e-14, message: name });
    const trailing = await dual.dualKernelPoly([1, ...Array(100).fill(0)], [[1e150]], 1, options);
    assertClose(trailing.data, [1], { rtol: 1e-14, message: name });
  });

  test("Polynomial with zeros after its last coefficient", async () => {
    const zeros = stax.serial(stax.Dense(1), stax.Polynomial([1, 2, ...Array(40).fill(0)]));
    assertClose((await zeros.kernelFn([[1e10]], null, "nngp", options)).data, [4e20], { rtol: 1e-14 });
  });
}

Deno.test("Polynomial: a small coefficient of a degree whose factorial is no double", async () => {
  const layer = stax.serial(stax.Dense(1), stax.Polynomial(sparse({ 310: 1e-300 })));
  // 619!!·1e-600 and 310²·617!!·1e-600.
  const { nngp, ntk } = await layer.kernelFn([[1]], null, ["nngp", "ntk"]);
  assertClose(nngp.data, [1.4474080356899082e131], { rtol: 1e-12 });
  assertClose(ntk.data, [2.2471068211599383e133], { rtol: 1e-12 });
});

Deno.test("Polynomial: Hermite coefficients that overflow are refused", async () => {
  const layer = stax.serial(stax.Dense(1), stax.Polynomial([0, 0, 0, 0, 1e308]));
  await assertThrows(
    () => layer.kernelFn([[1e-50]], null, "nngp"),
    RangeError,
    "Cannot compute the kernel of Polynomial as its Hermite coefficients must be below 1.8e308: current value is Infinity from " +
      "coef[4], divide coef by its largest and multiply wStd of the next layer by it",
  );
});

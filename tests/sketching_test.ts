/** Sketches: transforms against their sums, recorded values, inner products in the mean, and bad calls. */
import { random, sketching } from "../mod.ts";
import { NdArray } from "../lib/array/mod.ts";
import { fourier } from "../lib/sketching/fourier.ts";
import { walshHadamard } from "../lib/sketching/walsh_hadamard.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "./assert.ts";
import { assertComplex, innerProduct, polyDraws, sketches, srhtDraws } from "./sketches.ts";

const { PolyTensorSketch, TensorSRHT } = sketching;

const noise = (seed: number, shape: number[]) => random.normal(random.key(seed), shape);

/** The sum that defines the transform, with angles in the first turn. */
function directSum(re: Float64Array, im: Float64Array): [Float64Array, Float64Array] {
  const n = re.length;
  const [outRe, outIm] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k < n; k++) {
    for (let j = 0; j < n; j++) {
      const angle = -2 * Math.PI * ((j * k) % n) / n;
      outRe[k] += re[j] * Math.cos(angle) - im[j] * Math.sin(angle);
      outIm[k] += re[j] * Math.sin(angle) + im[j] * Math.cos(angle);
    }
  }
  return [outRe, outIm];
}

Deno.test("Fourier transforms of any length are the sums that define them", () => {
  for (const n of [...Array.from({ length: 40 }, (_, i) => i + 1), 97, 128, 255]) {
    const [re, im] = [noise(n, [n]).data.slice(), noise(n + 1000, [n]).data.slice()];
    const [wantRe, wantIm] = directSum(re, im);
    fourier(n)(re, im);
    const how = { atol: 4e-15 * n, message: `length ${n}` };
    assertClose(re, wantRe, how);
    assertClose(im, wantIm, how);
  }
});

Deno.test("a transform keeps all digits of long rows, and works on more than one", () => {
  for (const n of [4096, 5000]) {
    const transform = fourier(n);
    for (const frequency of [1, n - 3]) {
      const angle = (j: number) => 2 * Math.PI * ((j * frequency) % n) / n;
      const re = Float64Array.from({ length: n }, (_, j) => Math.cos(angle(j)));
      const im = Float64Array.from({ length: n }, (_, j) => Math.sin(angle(j)));
      transform(re, im);
      assertClose(re, Float64Array.from({ length: n }, (_, k) => k === frequency ? n : 0), {
        atol: 1e-15 * n,
      });
      assertClose(im, new Float64Array(n), { atol: 1e-15 * n });
    }
  }
});

Deno.test("the Walsh–Hadamard transform is the product with the matrix of signs, in a segment only", () => {
  for (const n of [1, 2, 8, 32]) {
    const x = noise(n, [n + 2]).data.slice();
    const bits = (value: number) => value.toString(2).replaceAll("0", "").length;
    const want = Float64Array.from(x);
    for (let k = 0; k < n; k++) {
      want[k + 1] = 0;
      for (let j = 0; j < n; j++) want[k + 1] += (-1) ** bits(j & k) * x[j + 1];
    }
    walshHadamard(x as Float64Array, 1, n);
    assertClose(x, want, { atol: 1e-14 * n });
  }
});

const recorded = sketches.TensorSRHT;
const srht = new TensorSRHT(srhtDraws(recorded));

Deno.test("TensorSRHT gives the recorded sketches", async () => {
  assertDeepEquals([srht.inputDim1, srht.inputDim2, srht.outputDim], [6, 10, 8]);
  assertComplex(await srht.sketch(recorded.x1, recorded.x2), recorded.sketch);
  assertComplex(
    await srht.sketch(recorded.x1, recorded.x2, { realOutput: true }),
    recorded.sketch_real_output,
  );
});

Deno.test("TensorSRHT draws the recorded choices", () => {
  const { input_dim1: inputDim1, input_dim2: inputDim2, sketch_dim: sketchDim } = recorded;
  const drawn = TensorSRHT.draw(random.key(recorded.seed), { inputDim1, inputDim2, sketchDim });
  assertDeepEquals({ ...drawn }, { ...srht });
});

Deno.test("TensorSRHT is linear in complex numbers", async () => {
  const [a, b, y] = [noise(1, [3, 6]), noise(2, [3, 6]), noise(3, [3, 10])];
  const [ofA, ofB] = [await srht.sketch(a, y), await srht.sketch(b, y)];
  const { re, im } = await srht.sketch({ re: a, im: b }, y);
  assertClose(re.data, ofA.re.data.map((value, i) => value - ofB.im.data[i]), { atol: 1e-13 });
  assertClose(im.data, ofA.im.data.map((value, i) => value + ofB.re.data[i]), { atol: 1e-13 });
  const zero = new NdArray(new Float64Array(30), [3, 10]);
  assertDeepEquals(await srht.sketch(a, { re: y, im: zero }), ofA);
});

for (const poly of sketches.PolyTensorSketch) {
  const sketch = new PolyTensorSketch(polyDraws(poly));
  const { input_dim: inputDim, sketch_dim: sketchDim, degree } = poly;

  Deno.test(`PolyTensorSketch of degree ${degree} gives the recorded sketches`, async () => {
    assertDeepEquals([sketch.inputDim, sketch.powerDim, sketch.outputDim, sketch.degree], [6, 7, 16, degree]);
    const powers = await sketch.sketch(poly.x);
    assertEquals(powers.length, degree);
    powers.forEach((power, i) => assertComplex(power, poly.sketch[i], `power ${degree - i}`));
    const series = sketch.expandFeatures(powers, poly.coeffs);
    assertComplex(series, poly.expand_feats);
    assertComplex(await sketch.standardSRHT(series), poly.standardsrht);
  });

  Deno.test(`PolyTensorSketch of degree ${degree} draws the recorded choices`, () => {
    const drawn = PolyTensorSketch.draw(random.key(poly.seed), { inputDim, sketchDim, degree });
    assertDeepEquals({ ...drawn }, { ...sketch });
  });
}

/** Fails unless the mean of independent estimates is within four standard errors of a value. */
function assertUnbiased(estimates: number[], value: number, message: string): void {
  const mean = estimates.reduce((sum, x) => sum + x, 0) / estimates.length;
  const variance = estimates.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (estimates.length - 1);
  const atol = 4 * Math.sqrt(variance / estimates.length) + 1e-12 * Math.abs(value);
  assert(atol < Math.max(1, Math.abs(value)), `${message}: the standard error ${atol / 4} is too large`);
  assertClose(mean, value, { atol, message });
}

/** Two unit vectors whose inner product is 0.8. */
function pair(dim: number): number[][] {
  const x = Array.from({ length: dim }, (_, i) => Math.cos(i + 1));
  const other = x.map((value, i) => i === 0 ? x[1] : i === 1 ? -x[0] : 0 * value);
  const unit = (v: number[]) => v.map((value) => value / Math.hypot(...v));
  const [a, b] = [unit(x), unit(other)];
  return [a, a.map((value, i) => 0.8 * value + 0.6 * b[i])];
}

Deno.test("TensorSRHT is unbiased, for dimensions that are no powers of two", async () => {
  const estimates: number[] = [];
  const [x, y] = [pair(5), pair(7)];
  for (let seed = 0; seed < 300; seed++) {
    const drawn = TensorSRHT.draw(random.key(seed), { inputDim1: 5, inputDim2: 7, sketchDim: 32 });
    const s = await drawn.sketch(x, y);
    estimates.push(innerProduct(s, 0, s, 1));
  }
  assertUnbiased(estimates, 0.64, "⟨x1, y1⟩⟨x2, y2⟩");
});

for (const [degree, inputDim] of [[1, 5], [2, 3], [3, 5], [5, 2], [6, 7], [7, 3]]) {
  Deno.test(`PolyTensorSketch of degree ${degree} and dimension ${inputDim} is unbiased`, async () => {
    const coefficients = Array.from({ length: degree + 1 }, (_, k) => 1 / (k + 1));
    const estimates: number[][] = Array.from({ length: degree + 3 }, () => []);
    for (let seed = 0; seed < 200; seed++) {
      const sketch = PolyTensorSketch.draw(random.key(seed), { inputDim, sketchDim: 128, degree });
      const powers = await sketch.sketch(pair(inputDim));
      powers.forEach((power, i) => estimates[degree - i].push(innerProduct(power, 0, power, 1)));
      const series = sketch.expandFeatures(powers, coefficients);
      estimates[degree + 1].push(innerProduct(series, 0, series, 1));
      const compressed = await sketch.standardSRHT(series);
      estimates[degree + 2].push(innerProduct(compressed, 0, compressed, 1));
    }
    const sum = coefficients.reduce((total, c, k) => total + c * 0.8 ** k, 0);
    for (let k = 1; k <= degree; k++) assertUnbiased(estimates[k], 0.8 ** k, `power ${k}`);
    assertUnbiased(estimates[degree + 1], sum, "series");
    assertUnbiased(estimates[degree + 2], sum, "compressed series");
  });
}

Deno.test("many rows give what each gives by itself", async () => {
  const sketch = PolyTensorSketch.draw(random.key(0), { inputDim: 3, sketchDim: 16, degree: 3 });
  const x = noise(5, [1030, 3]);
  const all = await sketch.sketch(x);
  for (const i of [0, 511, 512, 1029]) {
    const alone = await sketch.sketch([[...x.data.subarray(3 * i, 3 * i + 3)]]);
    alone.forEach(({ re, im }, k) => {
      assertDeepEquals(re.data, all[k].re.data.slice(3 * i, 3 * i + 3));
      assertDeepEquals(im.data, all[k].im.data.slice(3 * i, 3 * i + 3));
    });
  }
});

Deno.test("arguments are taken when a sketch is asked for", async () => {
  const x = noise(7, [2, 6]);
  const y = new NdArray(noise(8, [2, 10]).data.slice(), [2, 10]);
  const before = await srht.sketch(x, y);
  const promise = srht.sketch(x, y);
  y.data.fill(0);
  assertDeepEquals(await promise, before);
});

/** What a caller without a type checker passes. */
const untyped = <T>(value: unknown): T => value as T;

const key = random.key(0);
const smallSrht = TensorSRHT.draw(key, { inputDim1: 2, inputDim2: 3, sketchDim: 4 });
const srhtGiven = { signs1: [1, -1], signs2: [1], indices1: [0, 1], indices2: [0, 0] };
const small = PolyTensorSketch.draw(key, { inputDim: 2, sketchDim: 8, degree: 2 });
const { degree: _degree, ...polyGiven } = { ...small };
const squares = await small.sketch([[1, 2]]);

type Loose = (...args: unknown[]) => unknown;
const loosely = untyped<(sketch: unknown) => Record<"sketch" | "expandFeatures" | "standardSRHT", Loose>>(
  (sketch: unknown) => sketch,
);
const loose = untyped<
  Record<"TensorSRHT" | "PolyTensorSketch", { new (draws?: unknown): unknown; draw: Loose }>
>(sketching);

const refusals: [() => unknown, typeof TypeError | typeof RangeError, string][] = [
  [
    () => new loose.TensorSRHT(),
    TypeError,
    "Cannot build TensorSRHT as draws must be an object: current value is undefined",
  ],
  [
    () => new loose.TensorSRHT({ ...srhtGiven, signs: [1] }),
    TypeError,
    "Cannot build TensorSRHT as its draws must be among signs1, signs2, indices1, indices2: current value is signs, did you mean signs1?",
  ],
  [
    () => new loose.TensorSRHT({ ...srhtGiven, signs1: [1, 0] }),
    RangeError,
    "Cannot build TensorSRHT as each entry of signs1 must be −1 or 1: current value is 0",
  ],
  [
    () => new loose.TensorSRHT({ ...srhtGiven, signs1: [[1, -1]] }),
    TypeError,
    "Cannot build TensorSRHT as the number of axes of signs1 must be 1: current value is 2",
  ],
  [
    () => new loose.TensorSRHT({ ...srhtGiven, indices1: [0, 2] }),
    RangeError,
    "Cannot build TensorSRHT as each entry of indices1 must be an integer from 0 to 1: current value is 2",
  ],
  [
    () => new loose.TensorSRHT({ ...srhtGiven, indices2: [0] }),
    TypeError,
    "Cannot build TensorSRHT as the shape of indices2 must be [2]: current value is [1]",
  ],
  [
    () => new loose.TensorSRHT({ ...srhtGiven, indices2: undefined }),
    TypeError,
    "Cannot read indices2 as indices2 must be a number: current value is undefined",
  ],
  [
    () => loose.TensorSRHT.draw(0, { inputDim1: 2, inputDim2: 3, sketchDim: 4 }),
    TypeError,
    "Cannot draw random numbers as key must be a key, such as random.key(0): current value is 0",
  ],
  [
    () => loose.TensorSRHT.draw(key, { inputDim1: 2, inputDim2: 3 }),
    RangeError,
    "Cannot draw TensorSRHT as sketchDim must be an integer of at least 2: current value is undefined",
  ],
  [
    () => loose.TensorSRHT.draw(key, { inputDim1: 0, inputDim2: 3, sketchDim: 4 }),
    RangeError,
    "Cannot draw TensorSRHT as inputDim1 must be an integer of at least 1: current value is 0",
  ],
  [
    () => loose.TensorSRHT.draw(key, { inputDim1: 2, inputDim2: 3, sketchDim: 1 }),
    RangeError,
    "Cannot draw TensorSRHT as sketchDim must be an integer of at least 2: current value is 1",
  ],
  [
    () => loosely(smallSrht).sketch([[1, 2, 3]], [[1, 2, 3]]),
    TypeError,
    "Cannot sketch as the shape of x1 must be [n, 2], inputDim1 numbers a row: current value is [1, 3]",
  ],
  [
    () => loosely(smallSrht).sketch([1, 2], [[1, 2, 3]]),
    TypeError,
    "Cannot sketch as the shape of x1 must be [n, 2], inputDim1 numbers a row: current value is [2]",
  ],
  [
    () => loosely(smallSrht).sketch([[1, 2]], [[1, 2, 3], [4, 5, 6]]),
    TypeError,
    "Cannot sketch as the number of rows of x2 must be 1, as that of x1: current value is 2",
  ],
  [
    () => loosely(smallSrht).sketch([[1, NaN]], [[1, 2, 3]]),
    RangeError,
    "Cannot use x1 as x1[0][1] must be finite: current value is NaN",
  ],
  [
    () => loosely(smallSrht).sketch({ re: [[1, 2]], im: [[1]] }, [[1, 2, 3]]),
    TypeError,
    "Cannot read x1 as the shape of x1.im must be [1, 2], as that of x1.re: current value is [1, 1]",
  ],
  [
    () => loosely(smallSrht).sketch({ re: [[1, 2]], img: [[1]] }, [[1, 2, 3]]),
    TypeError,
    "Cannot read x1 as its parts must be among re, im: current value is img",
  ],
  [
    () => loosely(smallSrht).sketch([[1, 2]], [[1, 2, 3]], { realOutput: 1 }),
    TypeError,
    "Cannot sketch as realOutput must be true or false: current value is 1",
  ],
  [
    () => loosely(smallSrht).sketch([[1, 2]], [[1, 2, 3]], { real_output: true }),
    TypeError,
    "Cannot sketch as its options must be among realOutput: current value is real_output, did you mean realOutput?",
  ],
  [
    () => loose.PolyTensorSketch.draw(key, { inputDim: 2, sketchDim: 7, degree: 2 }),
    RangeError,
    "Cannot draw PolyTensorSketch as sketchDim must be an integer of at least 8: current value is 7",
  ],
  [
    () => loose.PolyTensorSketch.draw(key, { inputDim: 2, sketchDim: 8, degree: 0 }),
    RangeError,
    "Cannot draw PolyTensorSketch as degree must be an integer of at least 1: current value is 0",
  ],
  [
    () => loose.PolyTensorSketch.draw(key, { inputDim: 2, sketchDim: 8, degree: 2000 }),
    RangeError,
    "Cannot draw PolyTensorSketch as degree must be an integer of at most 1024: current value is 2000",
  ],
  [
    () => new loose.PolyTensorSketch({ ...polyGiven, treeSigns: [] }),
    TypeError,
    "Cannot build PolyTensorSketch as treeSigns must be a list of arrays, one a level of the tree: current value is a list of length 0",
  ],
  [
    () =>
      new loose.PolyTensorSketch({
        ...polyGiven,
        treeIndices: [polyGiven.treeIndices[0], polyGiven.treeIndices[0]],
      }),
    TypeError,
    "Cannot build PolyTensorSketch as the length of treeIndices must be 1, as of treeSigns: current value is 2",
  ],
  [
    () => new loose.PolyTensorSketch({ ...polyGiven, treeSigns: [[[[1, 1]]]] }),
    TypeError,
    "Cannot build PolyTensorSketch as the shape of treeSigns[0] must be [1, 2, 2]: current value is [1, 1, 2]",
  ],
  [
    () => new loose.PolyTensorSketch({ ...polyGiven, treeIndices: [[[[2], [0]]]] }),
    RangeError,
    "Cannot build PolyTensorSketch as each entry of treeIndices[0] must be an integer from 0 to 1: current value is 2",
  ],
  [
    () => new loose.PolyTensorSketch({ ...polyGiven, signs: [1, 1, 1, 1] }),
    TypeError,
    "Cannot build PolyTensorSketch as the length of signs must be 1 + degree·1 for a degree that needs 2 leaves: current value is 4",
  ],
  [
    () => new loose.PolyTensorSketch({ ...polyGiven, indices: [3] }),
    RangeError,
    "Cannot build PolyTensorSketch as each entry of indices must be an integer from 0 to 2: current value is 3",
  ],
  [
    () => loosely(small).sketch([[1]]),
    TypeError,
    "Cannot sketch as the shape of x must be [n, 2], inputDim numbers a row: current value is [1, 1]",
  ],
  [
    () => loosely(small).expandFeatures(squares, [1, -1, 1]),
    RangeError,
    "Cannot expand features as coefficients[1] must be a non-negative number: current value is -1",
  ],
  [
    () => loosely(small).expandFeatures(squares, [1, 1]),
    TypeError,
    "Cannot expand features as the shape of coefficients must be [3], one from power 0 to the degree: current value is [2]",
  ],
  [
    () => loosely(small).expandFeatures([squares[0]], [1, 1, 1]),
    TypeError,
    "Cannot expand features as sketches must be a list of length 2, one a power: current value is a list of length 1",
  ],
  [
    () => loosely(small).expandFeatures([squares[0], { re: [[1], [1]], im: [[1], [1]] }], [1, 1, 1]),
    TypeError,
    "Cannot expand features as the number of rows of sketches[0] must be 2: current value is 1",
  ],
  [
    () => loosely(small).expandFeatures([squares[0], [[1, 2]]], [1, 1, 1]),
    TypeError,
    "Cannot expand features as the shape of sketches[1] must be [n, 1], as sketch gives it: current value is [1, 2]",
  ],
  [
    () => loosely(small).standardSRHT([[1, 2]]),
    TypeError,
    "Cannot sketch as the shape of features must be [n, 3], 1 + degree·s numbers a row: current value is [1, 2]",
  ],
];

for (const [call, type, message] of refusals) {
  Deno.test(`refused: ${message}`, async () => await assertThrows(call, type, message));
}

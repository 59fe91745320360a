import { array, NdArray, transpose } from "../lib/array/mod.ts";
import { NotPositiveDefiniteError } from "../lib/errors.ts";
import { cholesky } from "../lib/linalg/cholesky.ts";
import { eigh, eigvalsh } from "../lib/linalg/eigh.ts";
import { matmul, matmulTransposed, product, viewOf } from "../lib/linalg/matmul.ts";
import { choleskySolve, solveLower, solveLowerTransposed } from "../lib/linalg/triangular.ts";
import { breather } from "../lib/pause.ts";
import { finished, inTurns, type Steps } from "../lib/steps.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "./assert.ts";
import { longestBlock } from "./blocks.ts";
import { assertBelow } from "./timing.ts";

const EPS = Number.EPSILON;

function matrix(rows: number, cols: number, entry: (i: number, j: number) => number): NdArray<Float64Array> {
  return new NdArray(
    Float64Array.from({ length: rows * cols }, (_, at) => entry(Math.floor(at / cols), at % cols)),
    [rows, cols],
  );
}

/** Reproducible numbers in [−1, 1): a linear congruential generator modulo 2³². */
function noise(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) | 0) / 2 ** 31;
}

function symmetric(n: number, seed: number): NdArray<Float64Array> {
  const next = noise(seed);
  const a = matrix(n, n, () => next());
  return matrix(n, n, (i, j) => a.at(Math.max(i, j), Math.min(i, j)));
}

const identity = (n: number) => matrix(n, n, (i, j) => i === j ? 1 : 0);
const hilbert = (n: number) => matrix(n, n, (i, j) => 1 / (i + j + 1));
const largest = (a: NdArray) => Math.max(...Array.from(a.data, Math.abs));

function binomial(n: number, k: number): number {
  let value = 1;
  for (let i = 1; i <= k; i++) value = value * (n - k + i) / i;
  return value;
}

/** Sizes around the edges of the tiles (3), the blocks (48, 96) and the packed depth (256). */
const SIZES = [1, 2, 3, 4, 5, 47, 48, 49, 95, 97];

Deno.test("matmul and matmulTransposed are exact for integers of any shape", () => {
  const next = noise(1);
  const integer = () => Math.floor(next() * 100);
  for (const [m, k, n] of [[1, 1, 1], [2, 3, 4], [5, 1, 7], [97, 257, 98], [1, 300, 3], [100, 2, 1]]) {
    const a = matrix(m, k, integer);
    const b = matrix(k, n, integer);
    const expected = matrix(m, n, (i, j) => {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += a.at(i, p) * b.at(p, j);
      return sum;
    });
    assertDeepEquals(matmul(a, b), expected);
    assertDeepEquals(matmulTransposed(a, transpose(b)), expected);
  }
});

Deno.test("matmul widens float32", () => {
  const a = array(Float32Array.of(0.1), [1, 1]);
  assertEquals(matmul(a, a).at(0, 0), Math.fround(0.1) * Math.fround(0.1));
});

Deno.test("cholesky gives L·Lᵀ = A with a lower triangular L", () => {
  for (const n of SIZES) {
    const b = symmetric(n, n);
    const a = matmul(b, b);
    for (let i = 0; i < n; i++) a.data[i * n + i] += 0.1;
    const { lower, jitter } = finished(cholesky(a));
    assertEquals(jitter, 0);
    assertClose(matmulTransposed(lower, lower).data, a.data, {
      atol: n * EPS * largest(a),
      message: `n ${n}`,
    });
    assertDeepEquals(lower, matrix(n, n, (i, j) => i < j ? 0 : lower.at(i, j)));
  }
});

Deno.test("cholesky of Pascal's matrix is Pascal's triangle, exactly", () => {
  const n = 20;
  const { lower } = finished(cholesky(matrix(n, n, (i, j) => binomial(i + j, i))));
  assertDeepEquals(lower, matrix(n, n, (i, j) => j > i ? 0 : binomial(i, j)));
});

Deno.test("cholesky needs no jitter for a Hilbert matrix of condition number 1.6e16", () => {
  const a = hilbert(12);
  const { lower, jitter } = finished(cholesky(a, { maxJitter: 1e-10 }));
  assertEquals(jitter, 0);
  assertClose(matmulTransposed(lower, lower).data, a.data, { atol: 12 * EPS });
});

Deno.test("choleskySolve inverts a Hilbert matrix to its condition number", () => {
  const n = 8, condition = 1.53e10;
  const inverse = matrix(n, n, (i, j) => {
    const sign = (i + j) % 2 === 0 ? 1 : -1;
    const paired = binomial(n + i, n - j - 1) * binomial(n + j, n - i - 1);
    return sign * (i + j + 1) * paired * binomial(i + j, i) ** 2;
  });
  const { lower } = finished(cholesky(hilbert(n)));
  assertClose(finished(choleskySolve(lower, identity(n))).data, inverse.data, {
    atol: condition * EPS * largest(inverse),
  });
});

Deno.test("cholesky of a semi-definite matrix reports the jitter it needed", () => {
  const next = noise(7);
  for (const n of [2, 5, 60]) {
    const factor = matrix(n, 1, next);
    const a = matmulTransposed(factor, factor);
    const mean = a.data.reduce((sum, value, at) => at % (n + 1) === 0 ? sum + value : sum, 0) / n;
    const { lower, jitter } = finished(cholesky(a, { maxJitter: 1e-10 }));
    assert(jitter >= 10 * n * EPS * mean && jitter <= 1e-10 * mean, `n ${n}: ${jitter}`);
    const jittered = matrix(n, n, (i, j) => a.at(i, j) + (i === j ? jitter : 0));
    assertClose(matmulTransposed(lower, lower).data, jittered.data, { atol: n * EPS });
  }
});

Deno.test("cholesky takes a pivot for rounding error up to n·ε of its diagonal entry, in float32 to 2·√n·ε", async () => {
  // The second pivot is what the last entry has above 1, exactly: 2 and 3 ε of float64, 2 and 3 ε of float32.
  const last = (rest: number) => array([[1, 1], [1, 1 + rest]]);
  const last32 = (rest: number) => array(Float32Array.of(1, 1, 1, 1 + rest), [2, 2]);
  for (const a of [last(EPS), last(2 * EPS), last32(2 ** -23), last32(2 * 2 ** -23)]) {
    await assertThrows(() => finished(cholesky(a)), NotPositiveDefiniteError);
  }
  assertEquals(finished(cholesky(last(3 * EPS))).lower.at(1, 1), Math.sqrt(3 * EPS));
  assertEquals(finished(cholesky(last32(3 * 2 ** -23))).lower.at(1, 1), Math.sqrt(3 * 2 ** -23));
});

Deno.test("cholesky adds the shift to the diagonal", () => {
  assertDeepEquals(finished(cholesky(array([[3, 2], [2, 4]]), { shift: 1 })).lower.toNested(), [[2, 0], [
    1,
    2,
  ]]);
});

Deno.test("cholesky accepts what rounding did to the symmetry of float32", () => {
  const off = Math.fround(0.3);
  const rounded = array(Float32Array.of(1, off, off + 2 ** -24, 1), [2, 2]);
  assert(rounded.at(0, 1) !== rounded.at(1, 0));
  assertEquals(finished(cholesky(rounded)).lower.at(1, 0), rounded.at(1, 0));
});

Deno.test("triangular solves are exact for integer systems of any size", () => {
  const next = noise(3);
  for (const n of SIZES) {
    for (const m of [1, 2, 7]) {
      // Unit lower triangular with few entries, so that no intermediate exceeds 2⁵³.
      const lower = matrix(
        n,
        n,
        (i, j) => i === j ? 1 : j < i && (i * 7 + j) % 11 === 0 && j > i - 9 ? 2 : 0,
      );
      const x = matrix(n, m, () => Math.floor(next() * 9));
      assertDeepEquals(finished(solveLower(lower, matmul(lower, x))), x);
      assertDeepEquals(finished(solveLowerTransposed(lower, matmul(transpose(lower), x))), x);
    }
  }
});

Deno.test("choleskySolve leaves a residual of rounding errors", () => {
  const n = 130;
  const b = symmetric(n, 5);
  const a = matmul(b, b);
  for (let i = 0; i < n; i++) a.data[i * n + i] += 1;
  const y = matrix(n, 3, noise(9));
  const x = finished(choleskySolve(finished(cholesky(a)).lower, y));
  assertClose(matmul(a, x).data, y.data, { atol: n * EPS * largest(a) * largest(x) });
});

Deno.test("eigh gives A·V = V·Λ with orthonormal V and ascending Λ", () => {
  const cases = [
    ...SIZES.map((n) => symmetric(n, n)),
    symmetric(210, 4),
    hilbert(30),
    identity(6),
    matrix(9, 9, () => 1),
  ];
  for (const a of cases) {
    const n = a.shape[0];
    const { values, vectors } = finished(eigh(a));
    const scaled = matrix(n, n, (i, j) => vectors.at(i, j) * values.at(j));
    const norm = Math.max(...values.data.map(Math.abs));
    assertClose(matmul(a, vectors).data, scaled.data, { atol: 4 * n * EPS * norm, message: `n ${n}` });
    assertClose(matmul(transpose(vectors), vectors).data, identity(n).data, { atol: 4 * n * EPS });
    assertDeepEquals(values.data, values.data.toSorted());
    assertClose(finished(eigvalsh(a)).data, values.data, { atol: 4 * n * EPS * norm });
  }
});

Deno.test("eigvalsh of the second difference matrix is 2 − 2·cos(kπ/(n + 1))", () => {
  for (const n of [1, 2, 7, 50]) {
    for (const scale of [1, 2 ** -660, 2 ** 660, 2 ** -1000]) {
      const a = matrix(n, n, (i, j) => i === j ? 2 * scale : Math.abs(i - j) === 1 ? -scale : 0);
      const expected = Array.from(
        { length: n },
        (_, k) => 4 * Math.sin((k + 1) * Math.PI / (2 * n + 2)) ** 2 * scale,
      );
      assertClose(finished(eigvalsh(a)).data, expected, {
        atol: 2 * n * EPS * scale,
        message: `n ${n} scale ${scale}`,
      });
    }
  }
});

Deno.test("eigh of a matrix of zeros is zero", () => {
  assertDeepEquals(finished(eigh(matrix(3, 3, () => 0))).values.toNested(), [0, 0, 0]);
});

const badCalls: [string, () => unknown, new (...args: never[]) => Error, string][] = [
  [
    "matmul of shapes that do not chain",
    () => matmul(identity(2), identity(3)),
    TypeError,
    "Cannot multiply matrices as the length of the shared axis of b must be 2, as in a: current value is 3",
  ],
  [
    "matmul of a vector",
    () => matmul(identity(2), array([1, 2])),
    TypeError,
    "Cannot multiply matrices as the number of axes of b must be 2: current value is 1",
  ],
  [
    "cholesky of a rectangle",
    () => finished(cholesky(array([[1, 2]]))),
    TypeError,
    "Cannot factor a as its shape must be [n, n]: current value is [1, 2]",
  ],
  [
    "cholesky of NaN",
    () => finished(cholesky(array([[1, NaN], [NaN, 1]]))),
    RangeError,
    "Cannot use a as a[0][1] must be finite: current value is NaN",
  ],
  [
    "cholesky of an asymmetric matrix",
    () => finished(cholesky(array([[1, 0.25], [0.5, 1]]))),
    RangeError,
    "Cannot factor a as a[1][0] must equal a[0][1] = 0.25: current value is 0.5; " +
    "average the matrix with its transpose if both are right",
  ],
  [
    "cholesky of an indefinite matrix",
    () => finished(cholesky(array([[1, 2], [2, 1]]), { name: "k" })),
    NotPositiveDefiniteError,
    "Cannot factor k as its smallest pivot must exceed its rounding error 4.44e-16: " +
    "current value is -3.00 at index 1 without jitter; raise diagReg",
  ],
  [
    "cholesky of an indefinite matrix with jitter",
    () => finished(cholesky(array([[1, 2], [2, 1]]), { maxJitter: 0.5 })),
    NotPositiveDefiniteError,
    "Cannot factor a as its smallest pivot must exceed its rounding error 6.66e-16: " +
    "current value is -1.17 at index 1 with jitter 0.500; raise diagReg",
  ],
  [
    "cholesky of zeros",
    () => finished(cholesky(array([[0]]), { maxJitter: 1 })),
    NotPositiveDefiniteError,
    "Cannot factor a as its smallest pivot must exceed its rounding error 0.00: " +
    "current value is 0.00 at index 0 without jitter; raise diagReg",
  ],
  [
    "solve with the wrong number of rows",
    () => finished(solveLower(identity(2), identity(3))),
    TypeError,
    "Cannot solve a triangular system as the shape of b must be [2, m]: current value is [3, 3]",
  ],
  [
    "eigh of an infinite entry",
    () => finished(eigh(array([[Infinity]]), "k")),
    RangeError,
    "Cannot use k as k[0][0] must be finite: current value is Infinity",
  ],
];

for (const [name, call, type, message] of badCalls) {
  Deno.test(`linalg refuses ${name}`, () => assertThrows(call, type, message));
}

const LONGEST = 100;

/** Each takes some tenths of a second. */
const long: Record<string, () => Steps<unknown>> = {
  "a product": () => product(viewOf(symmetric(800, 1), "a"), viewOf(symmetric(800, 2), "b")),
  "a Cholesky factor": () => cholesky(hilbert(1500), { shift: 1 }),
  "solutions of triangular systems": () => choleskySolve(identity(1000), symmetric(1000, 1)),
  "an eigensystem": () => eigh(symmetric(500, 1)),
  "eigenvalues": () => eigvalsh(symmetric(1000, 1)),
};

for (const [name, steps] of Object.entries(long)) {
  Deno.test(`timers have their turn within ${LONGEST} ms: ${name}`, async () => {
    await assertBelow(LONGEST, async () => {
      const begun = steps();
      return await longestBlock(() => inTurns(begun, breather({})));
    });
  });
}

Deno.test("products that take turns do not disturb each other", () => {
  const [a, b] = [symmetric(200, 1), symmetric(200, 2)];
  const first = product(viewOf(a, "a"), viewOf(b, "b"));
  first.next();
  assertDeepEquals(matmul(b, b), finished(product(viewOf(b, "a"), viewOf(b, "b"))));
  assertDeepEquals(finished(first), matmul(a, b));
});

/** Dense float64 linear algebra by the machine's library, on all processors and off the JavaScript thread. */
import { processors } from "../../backends/native/pool.ts";
import type { MatrixView } from "../view.ts";
import { lend, type Lent } from "./lent.ts";
import { type BlasSymbols, openBlas } from "./library.ts";

/** Eigenvalues in ascending order, and the eigenvectors as the columns of a row-major matrix. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/** The routines that this package uses; matrices without strides are row-major. */
export interface Lapack {
  /** A·B; each of them row-major, or the transpose of such a matrix */
  readonly multiply: (a: MatrixView, b: MatrixView) => Promise<Float64Array>;
  /** A·Aᵀ, likewise; symmetric to the last digit */
  readonly gram: (a: MatrixView) => Promise<Float64Array>;
  /**
   * Overwrites the lower triangle of A (n, n) with L of A = L·Lᵀ and leaves the rest; -1, or the index of the first pivot that is
   * not positive
   */
  readonly cholesky: (a: Float64Array, n: number) => Promise<number>;
  /** Overwrites B (n, m) with L⁻¹·B */
  readonly solveLower: (lower: Float64Array, b: Float64Array, n: number, m: number) => Promise<void>;
  /** Overwrites B (n, m) with (L·Lᵀ)⁻¹·B */
  readonly choleskySolve: (lower: Float64Array, b: Float64Array, n: number, m: number) => Promise<void>;
  /** The eigensystem of the symmetric A (n, n), of which the lower triangle counts; overwrites A */
  readonly eigh: (a: Float64Array, n: number) => Promise<Eigen>;
}

let opened: Promise<Lapack | null> | undefined;

/** The machine's LAPACK; null if it has none, or may not be used. */
export function lapack(): Promise<Lapack | null> {
  return opened ??= openBlas().then((symbols) => symbols && routines(symbols));
}

// CBLAS's names.
const [ROW_MAJOR, PLAIN, TRANSPOSED, LOWER, NON_UNIT, LEFT] = [101, 111, 112, 122, 131, 141];
const letter = (text: string) => new TextEncoder().encode(text);
/** Fortran stores columns: to it, a lower triangle in rows is an upper one. */
const UPPER = letter("U");
const WITH_VECTORS = letter("V");

/** Runs a routine on copies of numbers when no other thread of ours does anything, since it starts as many. */
const alone = <T>(
  blas: BlasSymbols,
  lent: readonly Lent[],
  routine: (pointers: Deno.PointerValue[]) => Promise<T>,
): Promise<T> => processors.runAlone(() => lend(blas, lent, routine));

function routines(blas: BlasSymbols): Lapack {
  blas.openblas_set_num_threads?.(processors.threads);
  return {
    multiply: (a, b) => multiply(blas, a, b),
    gram: (a) => gram(blas, a),
    cholesky: (a, n) => cholesky(blas, a, n),
    solveLower: (lower, b, n, m) => solveTriangular(blas, PLAIN, lower, b, n, m),
    choleskySolve: (lower, b, n, m) => choleskySolve(blas, lower, b, n, m),
    eigh: (a, n) => eigh(blas, a, n),
  };
}

async function multiply(blas: BlasSymbols, a: MatrixView, b: MatrixView): Promise<Float64Array> {
  const [m, k, n] = [a.rows, a.cols, b.cols];
  const product = new Float64Array(m * n);
  const [first, second] = [stored(a), stored(b)];
  const lent = [{ array: first.memory }, { array: second.memory }, { array: product, changes: true }];
  await alone(blas, lent, ([left, right, out]) =>
    blas.cblas_dgemm(
      ...[ROW_MAJOR, first.transposition, second.transposition, m, n, k, 1] as const,
      ...[left, first.stride, right, second.stride, 0, out, n] as const,
    ));
  return product;
}

async function gram(blas: BlasSymbols, a: MatrixView): Promise<Float64Array> {
  const { rows: n, cols: k } = a;
  const product = new Float64Array(n * n);
  const { memory, stride, transposition } = stored(a);
  await alone(
    blas,
    [{ array: memory }, { array: product, changes: true }],
    ([matrix, out]) => blas.cblas_dsyrk(ROW_MAJOR, LOWER, transposition, n, k, 1, matrix, stride, 0, out, n),
  );
  mirrorLower(product, n);
  return product;
}

/** How CBLAS is told of a matrix that is row-major, or the transpose of one. */
function stored({ data, offset, rows, cols, rowStride, colStride }: MatrixView) {
  // One column has a stride of 1 either way.
  const plain = colStride === 1 && rowStride >= cols;
  return {
    memory: data.subarray(offset, offset + (rows - 1) * rowStride + (cols - 1) * colStride + 1),
    stride: plain ? rowStride : colStride,
    transposition: plain ? PLAIN : TRANSPOSED,
  };
}

async function cholesky(blas: BlasSymbols, a: Float64Array, n: number): Promise<number> {
  const info = integer(0);
  const lent = [{ array: UPPER }, { array: integer(n) }, { array: a, changes: true }, {
    array: info,
    changes: true,
  }];
  await alone(
    blas,
    lent,
    ([upper, order, matrix, info]) => blas.dpotrf_(upper, order, matrix, order, info, 1n),
  );
  return info[0] - 1;
}

/** L·Y = B, then Lᵀ·X = Y. */
async function choleskySolve(blas: BlasSymbols, lower: Float64Array, b: Float64Array, n: number, m: number) {
  await solveTriangular(blas, PLAIN, lower, b, n, m);
  await solveTriangular(blas, TRANSPOSED, lower, b, n, m);
}

async function solveTriangular(
  blas: BlasSymbols,
  transposition: number,
  lower: Float64Array,
  b: Float64Array,
  n: number,
  m: number,
) {
  await alone(blas, [{ array: lower }, { array: b, changes: true }], ([triangle, sides]) =>
    blas.cblas_dtrsm(
      ...[ROW_MAJOR, LEFT, LOWER, transposition, NON_UNIT] as const,
      ...[n, m, 1, triangle, n, sides, m] as const,
    ));
}

async function eigh(blas: BlasSymbols, a: Float64Array, n: number): Promise<Eigen> {
  const values = new Float64Array(n);
  const info = integer(0);
  const [work, integers] = [1 + 6 * n + 2 * n * n, 3 + 5 * n];
  const constants = [WITH_VECTORS, UPPER, integer(n), integer(work), integer(integers)];
  const lent = [
    ...constants.map((array) => ({ array })),
    ...[{ room: 8 * work }, { room: 4 * integers }],
    ...[a, values, info].map((array) => ({ array, changes: true })),
  ];
  await alone(blas, lent, (pointers) => {
    const [job, upper, order, workSize, integersSize, work, integers, matrix, values, info] = pointers;
    return blas.dsyevd_(
      ...[job, upper, order, matrix, order, values] as const,
      ...[work, workSize, integers, integersSize, info, 1n, 1n] as const,
    );
  });
  if (info[0] !== 0) {
    throw new RangeError(
      `Cannot compute eigenvalues as the iteration must converge: current value is info ${info[0]}`,
    );
  }
  return { values, vectors: transposed(a, n) };
}

/** A Fortran argument. */
const integer = (value: number) => Int32Array.of(value);

/** Square blocks of this side keep both matrices in the level-1 cache. */
const BLOCK = 32;

/** Copies the lower triangle to the upper one. */
function mirrorLower(a: Float64Array, n: number): void {
  for (let i0 = 0; i0 < n; i0 += BLOCK) {
    for (let j0 = 0; j0 <= i0; j0 += BLOCK) {
      for (let i = i0; i < Math.min(i0 + BLOCK, n); i++) {
        for (let j = j0; j < Math.min(j0 + BLOCK, i); j++) a[j * n + i] = a[i * n + j];
      }
    }
  }
}

function transposed(a: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i0 = 0; i0 < n; i0 += BLOCK) {
    for (let j0 = 0; j0 < n; j0 += BLOCK) {
      for (let i = i0; i < Math.min(i0 + BLOCK, n); i++) {
        for (let j = j0; j < Math.min(j0 + BLOCK, n); j++) out[j * n + i] = a[i * n + j];
      }
    }
  }
  return out;
}

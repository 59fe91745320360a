/** Dense float64 linear algebra by the machine's library, on all processors and off the JavaScript thread. */
import { holding } from "../../ffi/memory.ts";
import { processors } from "../../ffi/pool.ts";
import { answering } from "../../pause.ts";
import type { Steps } from "../../steps.ts";
import type { MatrixView } from "../view.ts";
import { openBlas, type RoutineSymbols } from "./library.ts";

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
  /** Overwrites the lower triangular L (n, n), zeros above, with (L·Lᵀ)⁻¹ */
  readonly invert: (lower: Float64Array, n: number) => Promise<void>;
  /** The eigensystem of the symmetric A (n, n), of which the lower triangle counts; its vectors take the place of A */
  readonly eigh: (a: Float64Array, n: number) => Promise<Eigen>;
}

let opened: Promise<Lapack | null> | undefined;

/** The machine's LAPACK; null if it has none, or may not be used. */
export function lapack(): Promise<Lapack | null> {
  return opened ??= openBlas(processors.threads).then((blas) => blas && routines(blas));
}

// CBLAS's names.
const [ROW_MAJOR, PLAIN, TRANSPOSED, LOWER, NON_UNIT, LEFT] = [101, 111, 112, 122, 131, 141];
const letter = (text: string) => new TextEncoder().encode(text);
/** Fortran stores columns: to it, a lower triangle in rows is an upper one. */
const UPPER = letter("U");
const WITH_VECTORS = letter("V");

/** Runs a routine when no other thread of ours does, since it starts as many; keeps its memory until then. */
const alone = <T>(memory: unknown, routine: () => Promise<T>): Promise<T> =>
  processors.runAlone(() => holding(memory, routine));

function routines(blas: RoutineSymbols): Lapack {
  return {
    multiply: (a, b) => multiply(blas, a, b),
    gram: (a) => gram(blas, a),
    cholesky: (a, n) => cholesky(blas, a, n),
    solveLower: (lower, b, n, m) => solveTriangular(blas, PLAIN, lower, b, n, m),
    choleskySolve: (lower, b, n, m) => choleskySolve(blas, lower, b, n, m),
    invert: (lower, n) => invert(blas, lower, n),
    eigh: (a, n) => eigh(blas, a, n),
  };
}

async function multiply(blas: RoutineSymbols, a: MatrixView, b: MatrixView): Promise<Float64Array> {
  const [m, k, n] = [a.rows, a.cols, b.cols];
  const product = new Float64Array(m * n);
  const [first, second] = [stored(a), stored(b)];
  await alone([first.memory, second.memory, product], () =>
    blas.cblas_dgemm(
      ...[ROW_MAJOR, first.transposition, second.transposition, m, n, k, 1] as const,
      ...[first.memory, first.stride, second.memory, second.stride, 0, product, n] as const,
    ));
  return product;
}

async function gram(blas: RoutineSymbols, a: MatrixView): Promise<Float64Array> {
  const { rows: n, cols: k } = a;
  const product = new Float64Array(n * n);
  const { memory, stride, transposition } = stored(a);
  await alone(
    [memory, product],
    () => blas.cblas_dsyrk(ROW_MAJOR, LOWER, transposition, n, k, 1, memory, stride, 0, product, n),
  );
  await answering(mirrorLower(product, n));
  return product;
}

/** How CBLAS is told of a matrix that is row-major, or the transpose of one. */
function stored({ data, offset, cols, rowStride, colStride }: MatrixView) {
  // One column has a stride of 1 either way.
  const plain = colStride === 1 && rowStride >= cols;
  return {
    memory: memory(data.subarray(offset)),
    stride: plain ? rowStride : colStride,
    transposition: plain ? PLAIN : TRANSPOSED,
  };
}

async function cholesky(blas: RoutineSymbols, a: Float64Array, n: number): Promise<number> {
  const [order, info] = [integer(n), integer(0)];
  await alone([a, order, info], () => blas.dpotrf_(UPPER, order, memory(a), order, info, 1n));
  return info[0] - 1;
}

async function invert(blas: RoutineSymbols, lower: Float64Array, n: number): Promise<void> {
  const [order, info] = [integer(n), integer(0)];
  await alone([lower, order, info], () => blas.dpotri_(UPPER, order, memory(lower), order, info, 1n));
  await answering(mirrorLower(lower, n));
}

/** L·Y = B, then Lᵀ·X = Y. */
async function choleskySolve(
  blas: RoutineSymbols,
  lower: Float64Array,
  b: Float64Array,
  n: number,
  m: number,
) {
  await solveTriangular(blas, PLAIN, lower, b, n, m);
  await solveTriangular(blas, TRANSPOSED, lower, b, n, m);
}

async function solveTriangular(
  blas: RoutineSymbols,
  transposition: number,
  lower: Float64Array,
  b: Float64Array,
  n: number,
  m: number,
) {
  await alone([lower, b], () =>
    blas.cblas_dtrsm(
      ...[ROW_MAJOR, LEFT, LOWER, transposition, NON_UNIT] as const,
      ...[n, m, 1, memory(lower), n, memory(b), m] as const,
    ));
}

async function eigh(blas: RoutineSymbols, a: Float64Array, n: number): Promise<Eigen> {
  const values = new Float64Array(n);
  const work = new Float64Array(1 + 6 * n + 2 * n * n);
  const integers = new Int32Array(3 + 5 * n);
  const [order, workSize, integersSize, info] = [n, work.length, integers.length, 0].map(integer);
  const memories = [memory(a), order, values, work, workSize, integers, integersSize, info] as const;
  await alone(memories, () => {
    const [matrix, order, values, ...rest] = memories;
    return blas.dsyevd_(WITH_VECTORS, UPPER, order, matrix, order, values, ...rest, 1n, 1n);
  });
  if (info[0] !== 0) {
    throw new RangeError(
      `Cannot compute eigenvalues as the iteration must converge: current value is info ${info[0]}`,
    );
  }
  await answering(transpose(a, n));
  return { values, vectors: a };
}

/** A Fortran argument. */
const integer = (value: number) => Int32Array.of(value);

/** FFI takes views of ordinary buffers only, which all arrays here are. */
const memory = (array: Float64Array) => array as Float64Array<ArrayBuffer>;

/** Square blocks of this side keep both matrices in the level-1 cache. */
const BLOCK = 32;

/** Copies the lower triangle to the upper one. */
function* mirrorLower(a: Float64Array, n: number): Steps<void> {
  for (let i0 = 0; i0 < n; i0 += BLOCK) {
    if (i0 > 0) yield;
    for (let j0 = 0; j0 <= i0; j0 += BLOCK) {
      for (let i = i0; i < Math.min(i0 + BLOCK, n); i++) {
        for (let j = j0; j < Math.min(j0 + BLOCK, i); j++) a[j * n + i] = a[i * n + j];
      }
    }
  }
}

/** Transposes A in its place: there may be no memory for another matrix of its size. */
function* transpose(a: Float64Array, n: number): Steps<void> {
  for (let i0 = 0; i0 < n; i0 += BLOCK) {
    if (i0 > 0) yield;
    for (let j0 = 0; j0 <= i0; j0 += BLOCK) {
      for (let i = i0; i < Math.min(i0 + BLOCK, n); i++) {
        for (let j = j0; j < Math.min(j0 + BLOCK, i); j++) {
          const upper = a[j * n + i];
          a[j * n + i] = a[i * n + j];
          a[i * n + j] = upper;
        }
      }
    }
  }
}

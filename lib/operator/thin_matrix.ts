/**
 * A matrix of many columns, kept as integers of 32 bits over the largest entry of each column: half the memory of float64, and read
 * twice for each step of a solver. Products are in float64.
 */
import { gemm } from "../linalg/gemm.ts";
import { block, matrixView, transposed } from "../linalg/view.ts";
import { answering, type Watch } from "../pause.ts";
import { inRanges, type Steps } from "../steps.ts";
import { UNIT } from "./layout.ts";
import { byCode } from "./product.ts";

/** Entries that are rounded in a step, a millisecond. */
const STEP_ENTRIES = 2 ** 18;

/** Rows and columns that are widened at a time. */
const SIDE = 192;

/** A matrix of shape [rows, cols]. */
export class ThinMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly #entries: Int32Array;
  /** What an integer of each column stands for */
  readonly #units: Float64Array;

  private constructor(rows: number, cols: number, entries: Int32Array, units: Float64Array) {
    this.rows = rows;
    this.cols = cols;
    this.#entries = entries;
    this.#units = units;
  }

  /** Of these entries, row by row, which are rounded to those that are kept. */
  static *of(entries: Float64Array, rows: number, cols: number): Steps<ThinMatrix> {
    const units = new Float64Array(cols);
    const kept = new Int32Array(rows * cols);
    const step = Math.ceil(STEP_ENTRIES / cols);
    yield* inRanges(rows, step, (start, end) => {
      for (let at = start * cols, i = 0; at < end * cols; at++, i = i + 1 < cols ? i + 1 : 0) {
        units[i] = Math.max(units[i], Math.abs(entries[at]));
      }
    });
    for (let i = 0; i < cols; i++) units[i] = units[i] / UNIT || 1;
    yield* inRanges(rows, step, (start, end) => {
      for (let at = start * cols, i = 0; at < end * cols; at++, i = i + 1 < cols ? i + 1 : 0) {
        kept[at] = Math.round(entries[at] / units[i]);
        entries[at] = kept[at] * units[i];
      }
    });
    return new ThinMatrix(rows, cols, kept, units);
  }

  /** A·v for v of `cols` rows of k numbers. */
  async multiply(v: Float64Array, k: number, stop: Pick<Watch, "signal">): Promise<Float64Array> {
    return await this.#product(false, this.#scaled(v, k), k, stop);
  }

  /** Aᵀ·v for v of `rows` rows of k numbers. */
  async multiplyTransposed(v: Float64Array, k: number, stop: Pick<Watch, "signal">): Promise<Float64Array> {
    return this.#scaled(await this.#product(true, v, k, stop), k);
  }

  #scaled(rows: Float64Array, k: number): Float64Array {
    const out = new Float64Array(rows.length);
    for (let i = 0, at = 0; i < this.cols; i++) {
      for (let l = 0; l < k; l++, at++) out[at] = this.#units[i] * rows[at];
    }
    return out;
  }

  #product(isTransposed: boolean, v: Float64Array, k: number, stop: Pick<Watch, "signal">) {
    return byCode(
      ({ nativeThin }) => nativeThin(this.#entries, [this.rows, this.cols], isTransposed, v, k, stop),
      () => answering(this.#plain(isTransposed, v, k), stop),
    );
  }

  *#plain(isTransposed: boolean, v: Float64Array, k: number): Steps<Float64Array> {
    const { rows, cols } = this;
    const y = new Float64Array((isTransposed ? cols : rows) * k);
    const [vView, yView] = [matrixView(v, v.length / k, k), matrixView(y, y.length / k, k)];
    const wide = new Float64Array(SIDE * SIDE);
    for (let i = 0; i < rows; i += SIDE) {
      const iEnd = Math.min(i + SIDE, rows);
      for (let j = 0; j < cols; j += SIDE) {
        const jEnd = Math.min(j + SIDE, cols);
        for (let p = i; p < iEnd; p++) {
          wide.set(this.#entries.subarray(p * cols + j, p * cols + jEnd), (p - i) * (jEnd - j));
        }
        const piece = matrixView(wide, iEnd - i, jEnd - j);
        yield* isTransposed
          ? gemm(1, transposed(piece), block(vView, i, iEnd, 0, k), block(yView, j, jEnd, 0, k))
          : gemm(1, piece, block(vView, j, jEnd, 0, k), block(yView, i, iEnd, 0, k));
      }
    }
    return y;
  }
}

/**
 * Products of a kernel in tiles with vectors: in C where code can be compiled, else in TypeScript, which adds in the same order of
 * tiles. All sums are in float64.
 */
import { NdArray } from "../array/mod.ts";
import { gemm } from "../linalg/gemm.ts";
import { block, matrixView, transposed } from "../linalg/view.ts";
import { answering, type Watch } from "../pause.ts";
import type { Steps } from "../steps.ts";
import { warnOnce } from "../warn_once.ts";
import { lengthOf, type Tiled, UNIT } from "./layout.ts";
import { scheduleOf } from "./schedule.ts";

/** K·v for v of shape (n, k). */
export async function multiplied(
  kernel: Tiled,
  v: NdArray,
  stop: Pick<Watch, "signal">,
): Promise<NdArray<Float64Array>> {
  const { n } = kernel.layout;
  if (v.shape.length !== 2 || v.shape[0] !== n) {
    throw new TypeError(
      `Cannot multiply a kernel as v must have shape [${n}, k]: current value is [${v.shape.join(", ")}]`,
    );
  }
  const data = v.data instanceof Float64Array ? v.data : new Float64Array(v.data);
  return new NdArray(await productOf(kernel, data, v.shape[1], stop), v.shape);
}

/** K·v for v of n rows of k numbers. */
async function productOf(
  kernel: Tiled,
  v: Float64Array,
  k: number,
  watch: Pick<Watch, "signal">,
): Promise<Float64Array> {
  const y = await tileProduct(kernel, scaledRows(kernel.scales, v, k, 1), k, watch);
  return scaledRows(kernel.scales, y, k, 1 / UNIT);
}

/** Rows times their scales and a factor. */
function scaledRows(scales: Float64Array, rows: Float64Array, k: number, factor: number): Float64Array {
  const out = new Float64Array(rows.length);
  for (let i = 0, at = 0; i < scales.length; i++) {
    const scale = factor * scales[i];
    for (let l = 0; l < k; l++, at++) out[at] = scale * rows[at];
  }
  return out;
}

function tileProduct(
  kernel: Tiled,
  v: Float64Array,
  k: number,
  watch: Pick<Watch, "signal">,
): Promise<Float64Array> {
  return byCode(
    ({ nativeProduct }) => nativeProduct(kernel.layout, kernel.tiles, v, k, watch),
    () => answering(plainProduct(kernel, v, k), watch),
  );
}

/** Where there is no code, it is looked for again after so many times as long as that took. */
const PAUSE = 10;

let lookAgain = 0;

/** What C computes where code can be compiled, else what TypeScript does. */
export async function byCode<T>(
  inC: (code: typeof import("./native/run.ts")) => Promise<T>,
  inTypeScript: () => Promise<T>,
): Promise<T> {
  const start = performance.now();
  if (typeof globalThis.Deno?.dlopen !== "function" || start < lookAgain) return await inTypeScript();
  const [code, { Fault, Obstacle }] = await Promise.all([
    import("./native/run.ts"),
    import("../ffi/setup.ts"),
  ]);
  try {
    return await inC(code);
  } catch (error) {
    if (!(error instanceof Obstacle)) throw error;
    const now = performance.now();
    lookAgain = now + PAUSE * (now - start);
    if (error instanceof Fault) {
      warnOnce(`Cannot multiply on native as ${error.message}; done in TypeScript instead, which is slower`);
    }
  }
  return await inTypeScript();
}

/** Rows and columns of a tile that are widened at a time. */
const SIDE = 192;

/** T·v for the matrix T of the tiles, in TypeScript. */
export function* plainProduct(
  { layout, tiles }: Pick<Tiled, "layout" | "tiles">,
  v: Float64Array,
  k: number,
): Steps<Float64Array> {
  const y = new Float64Array(layout.n * k);
  const [vView, yView] = [v, y].map((data) => matrixView(data, layout.n, k));
  const wide = new Float64Array(SIDE * SIDE);
  for (const { tile, row, col } of scheduleOf(layout.blocks.length)) {
    const { rows: [top], rows, cols: [left], cols } = layout.tiles[tile];
    const [height, width] = [lengthOf(rows), lengthOf(cols)];
    for (let i = 0; i < height; i += SIDE) {
      const iEnd = Math.min(i + SIDE, height);
      for (let j = 0; j < width; j += SIDE) {
        const jEnd = Math.min(j + SIDE, width);
        for (let p = i; p < iEnd; p++) {
          wide.set(tiles[tile].subarray(p * width + j, p * width + jEnd), (p - i) * (jEnd - j));
        }
        const piece = matrixView(wide, iEnd - i, jEnd - j);
        const at = (view: typeof vView, from: number, to: number) => block(view, from, to, 0, k);
        yield* gemm(1, piece, at(vView, left + j, left + jEnd), at(yView, top + i, top + iEnd));
        if (row === col) continue;
        yield* gemm(1, transposed(piece), at(vView, top + i, top + iEnd), at(yView, left + j, left + jEnd));
      }
    }
  }
  return y;
}

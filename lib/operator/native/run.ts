/**
 * Products of tiles in C, on all threads. In: tiles, and vectors as rows; out: the products, with the same bits for every number of
 * threads; an `Obstacle` where no code can be compiled and loaded.
 */
import { allocate } from "../../array/dtype.ts";
import { constantsText } from "../../backends/native/struct.ts";
import { inSlices, stoppedBy } from "../../backends/native/time_slices.ts";
import { findToolchain } from "../../ffi/compiler.ts";
import { type Guard, openGuard } from "../../ffi/guard.ts";
import { address, holding, whole } from "../../ffi/memory.ts";
import { loadObject } from "../../ffi/objects.ts";
import { type Pool, processors } from "../../ffi/pool.ts";
import type { Watch } from "../../pause.ts";
import { Shared } from "../../shared.ts";
import type { Layout } from "../layout.ts";
import { sizeOfTile } from "../layout.ts";
import { scheduleOf } from "../schedule.ts";
import * as c from "./structs.ts";

// In the order in which they follow each other in a text
import shared from "../../backends/native/shared.c" with { type: "text" };
import guarded from "../../ffi/guarded.c" with { type: "text" };
import product from "./product.c" with { type: "text" };

const symbols = {
  run: { parameters: ["buffer", "i32"], result: "i32", nonblocking: true },
  run_thin: { parameters: ["buffer", "i32"], result: "i32", nonblocking: true },
} as const;

const { LANES, ROWS, COLS } = c.constants;

/** The C text. */
export const productText = [
  "#define REAL double",
  shared,
  guarded,
  constantsText(c.constants),
  c.task.text,
  c.job.text,
  c.thin.text,
  product,
].join("\n");

/** Vectors as C takes them: so many numbers a row, of which the last ones are 0. */
const widthFor = (k: number) => Math.ceil(k / LANES) * LANES;

/** Loaded code, and what guards its calls. */
interface Loaded {
  readonly code: Deno.DynamicLibrary<typeof symbols>["symbols"];
  readonly guard: Guard;
}

const loaded = new Shared(async (signal): Promise<Loaded> => {
  const toolchain = await findToolchain(signal);
  const [guard, { symbols: code }] = await Promise.all([
    openGuard(toolchain, signal),
    loadObject(toolchain, productText, symbols, signal),
  ]);
  return { code, guard };
});

/** T·v for the matrix T of the tiles, and v of n rows of k numbers. */
export async function nativeProduct(
  { n, tileRows, blocks, tiles: places }: Layout,
  tiles: readonly Int32Array[],
  v: Float64Array,
  k: number,
  { signal }: Pick<Watch, "signal">,
  pool: Pool = processors,
): Promise<Float64Array> {
  const { code, guard } = await loaded.get(signal);
  const width = widthFor(k);
  const padded = withWidth(v, k, width);
  const y = allocate(n * width, "float64");
  const done = new BigInt64Array(blocks.length);
  const pointers = BigInt64Array.from(tiles, (tile, t) => address(tile, 4 * sizeOfTile(places[t])));
  const schedule = scheduleOf(blocks.length);
  const tasks = BigInt64Array.from(
    c.task.list(schedule.map(({ tile, row, col, beforeRow, beforeCol }) => ({
      ...{ tile, row, col, before_row: beforeRow, before_col: beforeCol },
    }))),
    BigInt,
  );
  const struct = c.job.write({
    guard: Deno.UnsafePointer.value(guard.pointer),
    n,
    tile_rows: tileRows,
    tiles: whole(pointers),
    tasks: whole(tasks),
    count: schedule.length,
    width,
    v: whole(padded),
    y: whole(y),
    done: whole(done),
  });
  await runAll(
    (most) => guard.run(() => code.run(struct.memory, most)),
    ...[schedule.length, { tiles, padded, y, done, pointers, tasks, struct }, struct, signal, pool] as const,
  );
  return withWidth(y, width, k);
}

/** A·v, or Aᵀ·v, for a matrix of so many rows and columns, and rows of k numbers. */
export async function nativeThin(
  entries: Int32Array,
  [rows, cols]: readonly [number, number],
  transposed: boolean,
  v: Float64Array,
  k: number,
  { signal }: Pick<Watch, "signal">,
): Promise<Float64Array> {
  const { code, guard } = await loaded.get(signal);
  const width = widthFor(k);
  const padded = withWidth(v, k, width);
  const y = allocate((transposed ? cols : rows) * width, "float64");
  const struct = c.thin.write({
    guard: Deno.UnsafePointer.value(guard.pointer),
    ...{ rows, cols, transposed, width },
    entries: address(entries, 4 * rows * cols),
    v: address(padded, 8 * (transposed ? rows : cols) * width),
    y: whole(y),
  });
  const count = transposed ? Math.ceil(cols / COLS) : Math.ceil(rows / ROWS);
  await runAll(
    (most) => guard.run(() => code.run_thin(struct.memory, most)),
    ...[count, { entries, padded, y, struct }, struct, signal, processors] as const,
  );
  return withWidth(y, width, k);
}

/** Runs a job of so many pieces on all threads; `call` does at most `most` of them, and tells how many. */
async function runAll(
  call: (most: number) => Promise<number>,
  count: number,
  owners: unknown,
  struct: { readonly set: (name: "stop", value: number) => void },
  signal: AbortSignal | undefined,
  pool: Pool,
): Promise<void> {
  let done = 0;
  const run = () =>
    pool.onEach((_thread, failed) =>
      inSlices(pool, {
        signal,
        ends: () => done >= count || failed(),
        compute: (_number, most) => call(most),
        report: (more) => done += more,
      })
    );
  await stoppedBy(signal, () => struct.set("stop", 1), () => holding(owners, run));
  signal?.throwIfAborted();
}

/** Rows of another width: cut off, or with zeros behind. */
function withWidth(rows: Float64Array, from: number, to: number): Float64Array {
  if (from === to) return rows;
  const n = rows.length / from;
  const out = new Float64Array(n * to);
  const least = Math.min(from, to);
  for (let i = 0; i < n; i++) for (let l = 0; l < least; l++) out[i * to + l] = rows[i * from + l];
  return out;
}

/** The native backend where Deno runs: C compiled for this machine, on all of its processors. */
import { secondRow } from "../../pairs.ts";
import { bytesOf, type DType, type Values } from "../../array/dtype.ts";
import { BackendUnavailableError } from "../../errors.ts";
import { type Availability, type Engine } from "../backend.ts";
import type { Job } from "../../program/job.ts";
import { isOfVectors } from "../../program/spatial_program.ts";
import { withRows } from "../../rows/vector_job.ts";
import { packFeatures } from "./vectors/features.ts";
import type { Guard } from "../../ffi/guard.ts";
import { type JobMembers, NEAR_ROWS, STOP, type Struct, structOf } from "./vectors/job.ts";
import { layoutOf, padded, TILE } from "./vectors/layout.ts";
import { type CompiledMap, Library, type Tiles } from "./driver/library.ts";
import { holding } from "../../ffi/memory.ts";
import { computeNearRows, nearFlags } from "./vectors/near.ts";
import { Fault, Obstacle } from "../../ffi/unavailable.ts";
import type { Pool } from "../../ffi/pool.ts";
import { inQuanta, stoppedBy } from "./driver/time_slices.ts";
import { rowStage } from "./vectors/rows.ts";
import { Shared } from "../../shared.ts";
import { findToolchain } from "../../ffi/toolchain.ts";

/** The backend on the threads of `pool`, with a toolchain that is being looked for, or is when it is needed. */
export function nativeBackend(pool: Pool, toolchain = new Shared(findToolchain)): Engine {
  const library = new Shared(async (signal) => Library.open(await toolchain.get(signal), signal));
  const spatial = new Shared(async () => new (await import("./spatial/mod.ts")).Spatial(pool, toolchain));
  return {
    name: "native",
    availability: (signal) => availability(library, pool.threads, signal),
    prepare: (program, dtype, signal) =>
      explained(dtype, async () => {
        if (isOfVectors(program)) await rowStage(program.output, dtype, await library.get(signal), signal);
        else await (await spatial.get(signal)).prepare(program, dtype, signal);
      }),
    run: (job) =>
      explained(job.dtype, async () => {
        const { program, dtype, signal } = job;
        if (!isOfVectors(program)) return await (await spatial.get(signal)).run(job);
        const code = await library.get(signal);
        const stage = () => rowStage(program.output, dtype, code, signal);
        return await withRows(job, (pairs) => compute(pairs, code, pool), stage);
      }),
  };
}

/** The result of `call`; an obstacle becomes the error of the public interface. */
async function explained<T>(dtype: DType, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Obstacle)) throw error;
    throw new BackendUnavailableError(`Cannot compute a ${dtype} kernel on native as ${error.message}`);
  }
}

async function availability(
  library: Shared<Library>,
  threads: number,
  signal: AbortSignal | undefined,
): Promise<Availability> {
  const name = "native";
  try {
    const { compiler } = (await library.get(signal)).toolchain;
    const device = `CPU, ${threads} ${threads === 1 ? "thread" : "threads"}, ${compiler.command.join(" ")}`;
    return { name, dtypes: ["float64", "float32"], device, fast: true, reason: "" };
  } catch (error) {
    if (!(error instanceof Obstacle)) throw error;
    const isFault = error instanceof Fault;
    return { name, dtypes: [], device: "", fast: false, reason: error.message, ...isFault && { isFault } };
  }
}

async function compute(job: Job, library: Library, pool: Pool): Promise<Record<string, Values>> {
  const { program, dtype, n1, n2, signal } = job;
  const names = Object.keys(program.map);
  const [tiles, map] = await Promise.all([library.tiles(dtype, signal), library.map(program, dtype, signal)]);
  const outputs = await library.results.provide(names.length, n1 * n2, dtype, signal);
  const { memories, memory: { advise } } = library;
  for (const output of outputs) advise(output, BigInt(output.byteLength));
  const panels = memories.take(bytesOf[dtype] * panelNumbers(job), advise);
  const members = membersOf(job, tiles, map, library.guard, panels, outputs);
  const struct = structOf(members);
  const stop = () => struct[STOP] = 1n;
  const run = () =>
    holding({ members, struct }, () => runTiles(job, struct, { tiles, guard: library.guard }, pool));
  try {
    await stoppedBy(signal, stop, run);
  } finally {
    memories.give(panels);
  }
  if (struct[NEAR_ROWS] > 0n) await computeNearRows(job, members.near!.flags, outputs, library, pool);
  return Object.fromEntries(names.map((name, i) => [name, outputs[i]]));
}

/** How many numbers the panels of x2 and, unless they are the same, those of x1 have. */
function panelNumbers({ source, n1, n2, symmetric }: Job): number {
  if (source.kind !== "gram") return 0;
  return (padded(n2) + (symmetric ? 0 : padded(n1))) * source.depth;
}

function membersOf(
  job: Job,
  tiles: Tiles,
  map: CompiledMap,
  guard: Guard,
  panels: Values,
  outputs: readonly Values[],
): JobMembers {
  const { program, source, n1, n2, symmetric, dtype } = job;
  const given = source.kind === "given" ? source : null;
  const gram = source.kind === "gram" ? source : null;
  const depth = gram ? gram.depth : 0;
  const bytes2 = bytesOf[dtype] * padded(n2) * depth;
  return {
    guard: guard.pointer,
    ...map,
    x1: gram && gram.x1,
    x2: gram && gram.x2,
    panels1: symmetric ? panels : panels.subarray(bytes2 / panels.BYTES_PER_ELEMENT),
    panels2: panels,
    cov: given && given.cov,
    ntk: given && given.ntk,
    features: packFeatures(tiles, job.features, layoutOf(program), {
      n1,
      n2,
      second: secondRow(job, 0),
      dtype,
    }),
    near: job.near ? nearFlags(job, job.near.variances) : null,
    ...{ n1, n2, depth, symmetric, outputs },
  };
}

/** Computes all tiles. */
async function runTiles(
  { n1, n2, symmetric, onProgress, signal }: Job,
  struct: Struct,
  { tiles, guard }: { readonly tiles: Tiles; readonly guard: Guard },
  pool: Pool,
): Promise<void> {
  const [down, across] = [n1, n2].map((n) => padded(n) / TILE);
  const total = symmetric ? across * (across + 1) / 2 : down * across;
  let done = 0;
  await pool.onEach((_thread, failed) =>
    inQuanta(pool, {
      signal,
      ends: () => done >= total || failed(),
      compute: (thread, most) => guard.run(() => tiles.run(thread, struct, most)),
      report: (count) => {
        done += count;
        onProgress?.({ done: Math.round(done / total * n1 * n2), total: n1 * n2 });
      },
    })
  );
}

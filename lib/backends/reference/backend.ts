/**
 * The reference backend: float64 on the JavaScript thread, written to be read. It validates every other backend.
 *
 * Networks with positions are in images.ts, in any arithmetic. Vectors are here: the map is rendered to one JavaScript function that
 * works on a tile of pairs; the Gram matrix is computed tile by tile just before it, so that a covariance never leaves the cache. In:
 * a job whose rows are computed (lib/rows/vector_job.ts). Out: a matrix of every output. For each tile, in this order:
 *
 *     load       covariances, from the inputs (gram_tile.ts) or from the kernel that is continued
 *     map        outputs of all pairs (the text is in vector_map.ts, the loops around it in `tileText`)
 *     near       rows with near pairs once more, by a map that reads gaps, which are summed from differences
 *     mirror     below the diagonal, where x2 is x1
 */
import { TILE, TILE_OPERATIONS } from "./budget.ts";
import type { Entrywise } from "../../program/entrywise.ts";
import { type Block, firstOther, mirror, secondRow } from "../../pairs.ts";
import { rememberedSteps } from "../../remembered.ts";
import { allocate, type Values } from "../../array/dtype.ts";
import { compileBodies, type MapFunction, numbersOf, renderMap, slotText, widthOf } from "./vector_map.ts";
import { forEach, inTurns, type Steps } from "../../steps.ts";
import type { Backend } from "../backend.ts";
import { type Gram, type VectorJob } from "../../program/job.ts";
import { gramTile } from "./gram_tile.ts";
import { gapsOf, isNear, NEAR, readsGaps } from "../near.ts";
import { breather, pacer } from "../../pause.ts";
import { isOfVectors } from "../../program/program.ts";
import { withRows } from "../../rows/vector_job.ts";
import { float64 } from "./float64.ts";
import { runSpatial } from "./images.ts";

/** What is known of the pairs of a tile: entry (i − i0) · TILE + j − j0. */
type Tile = Readonly<Record<"cov" | "ntk" | "gap" | "apart", Float64Array>>;

/** Computes one tile of every output, in steps: one for each function of the map. */
type TileMap = (block: Block, tile: Tile, outputs: Values[]) => Steps<void>;

/** A function of it. */
type TilePart = (block: Block, tile: Tile, outputs: Values[]) => void;

/** The reference backend. */
export const reference: Backend = {
  name: "reference",
  availability: () =>
    Promise.resolve({
      name: "reference",
      dtypes: ["float64", "float32"],
      device: "CPU, one thread",
      fast: true,
      reason: "",
    }),
  precisionOf: () => "float64",
  // Vectors have a loop of their own: as images of one position, 400 rows of 256 took 26 times as long.
  run: (job) => isOfVectors(job.program) ? withRows(job, runPairs) : runSpatial(float64, job),
};

async function runPairs(job: VectorJob): Promise<Record<string, Values>> {
  const { n1, n2, program, symmetric, dtype } = job;
  const names = Object.keys(program.map);
  const outputs = names.map(() => allocate(n1 * n2, dtype));
  const breathe = breather(job);
  const { map, height } = await inTurns(tileMap(job), breathe);
  let nearMap: TileMap | null | undefined;
  const [cov, ntk, gap, apart] = Array.from(
    { length: 4 },
    () => new Float64Array(Math.min(height, n1) * TILE),
  );
  const tile: Tile = { cov, ntk, gap, apart };
  const nearRows = nearRowsOf(job);
  const blocks = [...tiles(n1, n2, symmetric, height)];
  const total = blocks.reduce((sum, block) => sum + area(block), 0);
  const pause = pacer(job, total);
  let done = 0;
  for (const block of blocks) {
    load(job, block, tile);
    await inTurns(map(block, tile, outputs), breathe);
    const rows = nearRows?.(block, cov) ?? [];
    if (rows.length > 0 && nearMap === undefined) nearMap = await nearMapOf(job, height);
    if (rows.length > 0 && nearMap) {
      sumGaps(job, block, rows, tile);
      await inTurns(nearMap(block, tile, outputs), breathe);
    }
    if (symmetric) outputs.forEach((output) => mirror(output, n2, block));
    await pause(done += area(block));
  }
  return Object.fromEntries(names.map((name, i) => [name, outputs[i]]));
}

const area = ([i0, i1, j0, j1]: Block) => (i1 - i0) * (j1 - j0);

/** How many rows of a tile are computed at a time, by a map of so many operations. */
const heightOf = (operations: number): number =>
  Math.min(TILE, Math.ceil(TILE_OPERATIONS / (TILE * Math.max(1, operations))));

/** The tiles of an n1 × n2 matrix, or of its upper triangle, of so many rows. */
function* tiles(n1: number, n2: number, triangle: boolean, height: number): Generator<Block> {
  for (let i = 0; i < n1; i += height) {
    for (let j = triangle ? i : 0; j < n2; j += TILE) {
      yield [i, Math.min(i + height, n1), j, Math.min(j + TILE, n2)];
    }
  }
}

/** Fills the tile's covariances (and NTK) from the inputs or from a kernel computed before. */
function load({ source, n2 }: VectorJob, block: Block, { cov, ntk }: Tile): void {
  if (source.kind === "gram") return gramTile(source, block, cov, TILE);
  const [i0, i1, j0, j1] = block;
  for (let i = i0; i < i1; i++) {
    cov.set(source.cov.subarray(i * n2 + j0, i * n2 + j1), (i - i0) * TILE);
    if (source.ntk) ntk.set(source.ntk.subarray(i * n2 + j0, i * n2 + j1), (i - i0) * TILE);
  }
}

/** The map of near pairs; null if the kernel has no use for gaps. */
async function nearMapOf(job: VectorJob, height: number): Promise<TileMap | null> {
  const near = await job.near!.program();
  if (!readsGaps(near.program)) return null;
  return (await inTurns(tileMap({ ...job, ...near }, height), breather(job))).map;
}

/** Finds the rows of a tile that have near pairs, of which an input with itself is none; undefined if that does not matter. */
function nearRowsOf(job: VectorJob): ((block: Block, cov: Float64Array) => number[]) | undefined {
  if (!job.near) return undefined;
  const roots = job.near.variances.map(Math.sqrt);
  const limits = roots.map((root) => root * (1 - NEAR.float64));
  const second = secondRow(job, 0);
  return ([i0, i1, j0, j1], cov) => {
    const rows = [];
    for (let i = i0; i < i1; i++) {
      const at = (i - i0) * TILE - j0;
      let j = firstOther(job, i, j0);
      while (j < j1 && !(Math.abs(cov[at + j]) > limits[i] * roots[second + j])) j++;
      if (j < j1) rows.push(i);
    }
    return rows;
  };
}

/** Sums the gaps of near pairs in these rows of a tile from differences; −1 where a pair is none: the map of near pairs leaves it out. */
function sumGaps(
  job: VectorJob,
  [i0, , j0, j1]: Block,
  rows: readonly number[],
  { cov, gap, apart }: Tile,
): void {
  const { variances } = job.near!;
  const second = secondRow(job, 0);
  gap.fill(-1);
  for (const i of rows) {
    for (let j = firstOther(job, i, j0); j < j1; j++) {
      const at = (i - i0) * TILE + j - j0;
      const moments = [cov[at], variances[i], variances[second + j]];
      if (!isNear(moments, NEAR.float64)) continue;
      const gaps = gapsOf(job.source as Gram, i, j, moments);
      gap[at] = gaps.gap;
      apart[at] = gaps.apart;
    }
  }
}

/** A program's map as functions to be bound to a job. */
interface CompiledMap {
  readonly builds: readonly TileBuild[];
  /** How many numbers of a pair they keep for each other */
  readonly slots: number;
  readonly operations: number;
}

type TileBuild = (
  columns: readonly Float64Array[],
  widths: readonly number[],
  kept: Float64Array,
  pairs: { readonly n2: number; readonly second: number; readonly symmetric: boolean },
) => TilePart;

/** Compiled once a program, so that engines do not forget how they made it fast: in small calls the rest takes a third of this. */
const compiledMap = rememberedSteps(function* (program: Entrywise): Steps<CompiledMap> {
  const { functions, slots, size } = yield* renderMap(program, { row1: "i", row2: "second + j" });
  yield;
  const leavesOut = functions.some(({ reads }) => reads.includes("gap"));
  const outputs = Object.keys(program.map);
  const bodies = functions.map((part) => tileText(part, { outputs, slots, leavesOut }));
  return { builds: (yield* compileBodies(bodies)) as TileBuild[], slots, operations: size };
});

/** The program's map over tiles of a job, which have the rows that suit it unless it is for those of another map. */
function* tileMap(job: VectorJob, rows?: number): Steps<{ readonly map: TileMap; readonly height: number }> {
  const { program, features, n2, symmetric } = job;
  const { builds, slots, operations } = yield* compiledMap(program);
  const height = rows ?? heightOf(operations);
  const kept = new Float64Array(slots * TILE * height);
  const pairs = { n2, second: secondRow(job, 0), symmetric };
  const parts = builds.map((build) => build(features.map(numbersOf), features.map(widthOf), kept, pairs));
  if (parts.length > 1) {
    // Engines read a function once more when it is called first, here with no pairs.
    yield* forEach(parts, (part) => part([0, 0, 0, 0], {} as Tile, []), 1);
  }
  const map = function* (...args: Parameters<TilePart>): Steps<void> {
    for (let k = 0; k < parts.length; k++) {
      if (k > 0) yield;
      parts[k](...args);
    }
  };
  return { map, height };
}

/** What the functions of a map share. */
interface Shared {
  readonly outputs: readonly string[];
  readonly slots: number;
  /** Pairs without a gap are left out */
  readonly leavesOut: boolean;
}

/** The text of a function of the map: rows of x1 outside, rows of x2 inside, the statements within. */
function tileText(
  { statements, reads, results, features }: MapFunction,
  { outputs, slots, leavesOut }: Shared,
): string {
  const place = (name: string) => slotText(name, "at", slots);
  return `
return (columns, widths, slots, { n2, second, symmetric }) => {
  ${features}
  return ([i0, i1, j0, j1], tile, outputs) => {
    const [${outputs.map((_, k) => `output${k}`).join(", ")}] = outputs;
    for (let i = i0; i < i1; i++) {
      for (let j = symmetric ? Math.max(i, j0) : j0; j < j1; j++) {
        const at = (i - i0) * ${TILE} + j - j0;
        ${leavesOut ? "if (tile.gap[at] < 0) continue;" : ""}
        ${reads.map((name) => `const ${name} = ${place(name) ?? `tile.${name}[at]`};`).join("\n        ")}
${statements}
        ${
    Object.entries(results).map(([name, text]) =>
      `${place(name) ?? `output${outputs.indexOf(name)}[i * n2 + j]`} = ${text};`
    ).join("\n        ")
  }
      }
    }
  };
};`;
}

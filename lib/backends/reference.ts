/**
 * The reference backend: float64 on the JavaScript thread, written to be read. It validates every other backend.
 *
 * The map is rendered to one JavaScript function that works on a tile of pairs; the Gram matrix is computed tile by tile just
 * before it, so that a covariance never leaves the cache.
 */
import { allocate } from "../array/dtype.ts";
import { compileBody, numbersOf, renderMap } from "./javascript_map.ts";
import { type Backend, type Job, secondRows, type Values } from "./backend.ts";
import { type Block, gramTile } from "./gram_tile.ts";
import { pacer } from "./pause.ts";
import { runSpatial } from "./reference_spatial.ts";

/** The side of a tile: two tiles of float64 values (cov, ntk) stay in a 256 KiB cache. */
const TILE = 96;

/** Computes one tile of every output. */
type TileMap = (block: Block, cov: Float64Array, ntk: Float64Array, outputs: Values[]) => void;

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
  run,
  runSpatial,
};

async function run(job: Job): Promise<Record<string, Values>> {
  const { n1, n2, program, symmetric, dtype } = job;
  const names = Object.keys(program.map);
  const outputs = names.map(() => allocate(n1 * n2, dtype));
  const map = tileMap(job);
  const cov = new Float64Array(TILE * TILE);
  const ntk = new Float64Array(TILE * TILE);
  const blocks = [...tiles(n1, n2, symmetric)];
  const total = blocks.reduce((sum, block) => sum + area(block), 0);
  const pause = pacer(job, total);
  let done = 0;
  for (const block of blocks) {
    load(job, block, cov, ntk);
    map(block, cov, ntk, outputs);
    if (symmetric) outputs.forEach((output) => mirror(output, block, n2));
    await pause(done += area(block));
  }
  return Object.fromEntries(names.map((name, i) => [name, outputs[i]]));
}

const area = ([i0, i1, j0, j1]: Block) => (i1 - i0) * (j1 - j0);

/** The tiles of an n1 × n2 matrix, or of its upper triangle. */
function* tiles(n1: number, n2: number, triangle: boolean): Generator<Block> {
  for (let i = 0; i < n1; i += TILE) {
    for (let j = triangle ? i : 0; j < n2; j += TILE) {
      yield [i, Math.min(i + TILE, n1), j, Math.min(j + TILE, n2)];
    }
  }
}

/** Fills the tile's covariances (and NTK) from the inputs or from a kernel computed before. */
function load({ source, n2 }: Job, block: Block, cov: Float64Array, ntk: Float64Array): void {
  if (source.kind === "gram") return gramTile(source, block, cov, TILE);
  const [i0, i1, j0, j1] = block;
  for (let i = i0; i < i1; i++) {
    cov.set(source.cov.subarray(i * n2 + j0, i * n2 + j1), (i - i0) * TILE);
    if (source.ntk) ntk.set(source.ntk.subarray(i * n2 + j0, i * n2 + j1), (i - i0) * TILE);
  }
}

function mirror(output: Values, [i0, i1, j0, j1]: Block, n: number): void {
  for (let i = i0; i < i1; i++) {
    for (let j = Math.max(j0, i + 1); j < j1; j++) output[j * n + i] = output[i * n + j];
  }
}

/** The program's map as a JavaScript function over tiles: rows of x1 outside, rows of x2 inside, the map within. */
function tileMap(job: Job): TileMap {
  const { program, features, symmetric, n2 } = job;
  const { statements, results } = renderMap(program, features, { row1: "i", row2: `${secondRows(job)} + j` });
  const outputs = Object.values(results);
  const build = compileBody(`
return ([${
    features.map((_, k) => `column${k}`).join(", ")
  }]) => ([i0, i1, j0, j1], covTile, ntkTile, outputs) => {
  const [${outputs.map((_, k) => `output${k}`).join(", ")}] = outputs;
  for (let i = i0; i < i1; i++) {
    for (let j = ${symmetric ? "Math.max(i, j0)" : "j0"}; j < j1; j++) {
      const cov = covTile[(i - i0) * ${TILE} + j - j0];
      const ntk = ntkTile[(i - i0) * ${TILE} + j - j0];
${statements}
      ${outputs.map((text, k) => `output${k}[i * ${n2} + j] = ${text};`).join("\n      ")}
    }
  }
};`) as (columns: Float64Array[]) => TileMap;
  return build(features.map(numbersOf));
}

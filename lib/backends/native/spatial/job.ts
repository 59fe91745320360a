/**
 * A job in the memory of C: `struct job` (structs.ts), and all that it points to.
 *
 * In: inputs, the compiled program, and memory for variances. Out: the struct, and the arrays that hold results.
 */
import { entriesOf } from "../../../program/program.ts";
import { rowCount } from "../../../pairs.ts";
import { allocate, bytesOf, countOf, type DType, type Values } from "../../../array/dtype.ts";
import type { Job } from "../../../program/job.ts";
import { address, alignedArray, whole } from "../../../ffi/memory.ts";
import { lanesOf, MOST_TOGETHER, TASKS } from "../budget.ts";
import type { Written } from "../struct.ts";
import type { Compiled } from "./compiled.ts";
import type { HostFeatures } from "./host_features.ts";
import { type Network, type NetworkNode, positionsOf, resultsOf } from "./plan/network.ts";
import * as c from "./structs.ts";

/** A job in memory, with what C reads and writes. */
export interface NativeJob {
  readonly struct: Written<"stop" | "done" | "next_block" | "failing">;
  /** `var<id>` of node id: (block of rows, position, lane) */
  readonly variances: readonly Values[];
  readonly outputs: readonly Values[];
  readonly diagonal: Values;
  /** All that the struct points to, which has to stay alive */
  readonly owners: unknown;
}

/**
 * How many rows of x1 a task has: as many as fit the cache side by side, but not so many that threads have fewer than `TASKS`
 * each.
 */
function rowsTogether({ n1 }: Job, blocks: number, threads: number): number {
  return Math.max(1, Math.min(MOST_TOGETHER, Math.floor(n1 * blocks / (TASKS * threads))));
}

/** How many variances every node but the output has. */
const variancesOf = ({ nodes, output }: Network, blocks: number, dtype: DType): number[] =>
  nodes.slice(0, output).map((node) => blocks * lanesOf(dtype) * resultsOf(node));

/** How many bytes all variances take. */
export const varianceBytes = (network: Network, blocks: number, dtype: DType): number =>
  variancesOf(network, blocks, dtype).reduce((sum, count) => sum + count, 0) * bytesOf[dtype];

/** The variances in `memory`, node by node: (block, position, lane). */
function variancesIn(memory: Values, network: Network, blocks: number, dtype: DType): Values[] {
  const TypedArray = dtype === "float64" ? Float64Array : Float32Array;
  let start = memory.byteOffset;
  return variancesOf(network, blocks, dtype).map((count) => {
    const values = new TypedArray(memory.buffer as ArrayBuffer, start, count);
    start += values.byteLength;
    return values;
  });
}

/** The job in memory, for so many threads; the variances are kept in `memory`. */
export function nativeJob(
  job: Job,
  compiled: Compiled,
  host: HostFeatures,
  threads: number,
  memory: Values,
): NativeJob {
  const { source, n1, n2, symmetric, dtype, program } = job;
  const { network, words, functions } = compiled;
  const rows = rowCount(job);
  const positions = countOf(program.outputPositions);
  // Pairs of positions of an output, or positions.
  const entries = entriesOf(positions, program.outputLayout);
  const variances = variancesIn(memory, network, host.blocks, dtype);
  const outputs = Array.from({ length: network.width }, () => allocate(n1 * n2 * entries, dtype));
  const diagonal = allocate(rows * entries, dtype);
  const matrices = network.nodes.map((node) => node.mixes ? matricesOf(node, job, host.blocks) : null);
  const variables = compiled.variables.map((name) => job.rowVariables[name]);
  // Lists of addresses, which the struct points to.
  const lists = {
    variances: BigInt64Array.from(variances, whole),
    matrices: BigInt64Array.from(matrices, whole),
    variables: BigInt64Array.from(
      variables,
      ({ values, positions }) => address(values, 8 * rows * positions),
    ),
    variablePositions: BigInt64Array.from(variables, ({ positions }) => BigInt(positions)),
  };
  // Inputs, or covariances of an earlier kernel.
  const gram = source.kind === "gram" ? source : null;
  const given = source.kind === "given" ? source : null;
  const pointer = (value: Deno.PointerValue) => Deno.UnsafePointer.value(value);
  const struct = c.job.write({
    network: whole(words.network),
    pairs: whole(words.pairs),
    diagonal: whole(words.diagonal),
    maps: pointer(functions.maps),
    diagonal_maps: pointer(functions.diagonal_maps),
    rows: pointer(functions.rows),
    checks: pointer(functions.checks),
    ...inputAddresses(job),
    channels: gram?.depth ?? 0,
    full: given?.layout === "full",
    ...{ n1, n2, symmetric, entries },
    variances: whole(lists.variances),
    matrices: whole(lists.matrices),
    variables: whole(lists.variables),
    variable_positions: whole(lists.variablePositions),
    host: whole(host.features),
    host_variances: whole(host.variances),
    host_coefficients: whole(host.coefficients),
    outputs: outputs.map(whole),
    diagonal_output: whole(diagonal),
    full_output: program.outputLayout === "full",
    together: rowsTogether(job, host.blocks, threads),
    failing: host.blocks,
    guard: pointer(compiled.guard.pointer),
  });
  return {
    struct,
    variances,
    outputs,
    diagonal,
    owners: { job, compiled, host, lists, matrices, struct, variances, outputs, diagonal },
  };
}

/** Where C finds the inputs (row, position, channel), or the kernels that are continued; null for what there is not. */
function inputAddresses({ source, n1, n2, symmetric, dtype, program }: Job) {
  const positions = countOf(program.inputPositions);
  const bytes = bytesOf[dtype];
  const nothing = { x1: 0n, x2: 0n, cov: 0n, ntk: 0n, given: 0n };
  if (source.kind === "gram") {
    const row = bytes * positions * source.depth;
    return { ...nothing, x1: address(source.x1, row * n1), x2: address(source.x2, row * n2) };
  }
  const entries = bytes * entriesOf(positions, source.layout);
  return {
    ...nothing,
    cov: address(source.cov, entries * n1 * n2),
    ntk: address(source.ntk, entries * n1 * n2),
    given: address(source.own, entries * rowCount({ n1, n2, symmetric })),
  };
}

/**
 * Memory for the matrices of a mixing node, (block, position after, position before, lane), with those that come with the job.
 */
function matricesOf(
  node: NetworkNode,
  job: Job,
  blocks: number,
): Values {
  const { matrices, n1, dtype } = job;
  const lanes = lanesOf(dtype);
  const positions = positionsOf(node);
  const values = alignedArray(blocks * positions ** 2 * lanes, dtype);
  const blocks1 = Math.ceil(n1 / lanes);
  for (let row = 0; row < rowCount(job) && node.attention === null; row++) {
    // The rows of x2 start with a block of their own.
    const place = row < n1 ? row : blocks1 * lanes + row - n1;
    const start = (place - place % lanes) * positions ** 2 + place % lanes;
    matrices.get(node.id)![row].forEach(({ at, weights }, P) =>
      at.forEach((p, k) => values[start + (P * positions + p) * lanes] += weights[k])
    );
  }
  return values;
}

/** A job in the memory layout of `struct job` (job.c). */
import { allocate } from "../../../array/dtype.ts";
import type { Values } from "../../backend.ts";
import type { SpatialJob } from "../../spatial_job.ts";
import { address } from "../memory.ts";
import type { Compiled } from "./compiled.ts";
import type { HostFeatures } from "./host.ts";

/** A job in memory, with what C reads and writes. */
export interface NativeJob {
  readonly struct: BigInt64Array<ArrayBuffer>;
  /** `var<id>` of every row at every position of node id */
  readonly variances: readonly Values[];
  readonly outputs: readonly Values[];
  readonly own: Values;
  /** All that the struct points to, which has to stay alive */
  readonly owners: unknown;
}

/** Members of the struct that JavaScript reads or writes while C runs. */
export const member = { done: 29, stop: 30 };

const product = (values: readonly number[]) => values.reduce((a, b) => a * b, 1);

/** The job in memory. */
export function nativeJob(job: SpatialJob, compiled: Compiled, host: HostFeatures): NativeJob {
  const { source, n1, n2, symmetric, dtype, program } = job;
  const { network, words, functions } = compiled;
  const rows = symmetric ? n1 : n1 + n2;
  const positions = product(program.outputPositions);
  const full = program.outputLayout === "full";
  const entries = full ? positions ** 2 : positions;
  const variances = network.nodes.slice(0, -1).map(({ out }) => allocate(rows * product(out), dtype));
  const outputs = Array.from({ length: network.width }, () => allocate(n1 * n2 * entries, dtype));
  const own = allocate(rows * entries, dtype);
  const variables = compiled.variables.map((name) => job.rowVariables[name]);
  const lists = {
    variances: BigInt64Array.from(variances, address),
    variables: BigInt64Array.from(variables, ({ values }) => address(values)),
    variablePositions: BigInt64Array.from(variables, ({ positions }) => BigInt(positions)),
  };
  const gram = source.kind === "gram" ? source : null;
  const given = source.kind === "given" ? source : null;
  const pointer = (value: Deno.PointerValue) => Deno.UnsafePointer.value(value);
  const numbers = (...values: (number | boolean)[]) => values.map((value) => BigInt(Number(value)));
  const struct = BigInt64Array.from([
    ...[words.network, words.pairs, words.own].map(address),
    ...[functions.maps, functions.own_maps, functions.rows, functions.checks].map(pointer),
    ...[gram?.x1, gram?.x2, given?.cov, given?.ntk, given?.own].map((array) => address(array ?? null)),
    ...numbers(gram?.depth ?? 0, given?.layout === "full", n1, n2, symmetric),
    ...[lists.variances, lists.variables, lists.variablePositions].map(address),
    ...[host.features, host.variances, host.numbers].map(address),
    ...[outputs[0], outputs[1] ?? null, own].map(address),
    ...numbers(entries, full, 0, 0, 0),
  ]);
  return {
    struct,
    variances,
    outputs,
    own,
    owners: { job, compiled, host, lists, struct, variances, outputs, own },
  };
}

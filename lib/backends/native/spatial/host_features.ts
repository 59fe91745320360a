/**
 * Features that C has no function for, as it has none for coefficient tables: computed by the host, a node and a block of inputs
 * at a time, when run.ts comes to them, and packed as C reads them.
 */
import { countOf, type DType, type Values } from "../../../array/dtype.ts";
import type { TableValues } from "../../../expr/table.ts";
import type { Job } from "../../../program/job.ts";
import { featuresOf, type Rows } from "../../../rows/images.ts";
import { featureOrder } from "../../feature_order.ts";
import { lanesOf } from "../budget.ts";
import { alignedArray, whole } from "../../../ffi/memory.ts";
import type { Network, NetworkNode } from "./plan/network.ts";
import * as structs from "./structs.ts";

/** Host features of all nodes and blocks, as `struct job` points to them. */
export class HostFeatures {
  /** `struct features` of every node and block */
  readonly features: BigInt64Array<ArrayBuffer>;
  readonly variances: BigInt64Array<ArrayBuffer>;
  /** For every node the most coefficients that the tables of one input have */
  readonly coefficients: BigInt64Array<ArrayBuffer>;
  readonly #owners: unknown[] = [];

  constructor(readonly job: Job, network: Network, readonly blocks: number) {
    this.features = new BigInt64Array(structs.features.length * network.nodes.length * blocks);
    this.variances = new BigInt64Array(network.nodes.length * blocks);
    this.coefficients = new BigInt64Array(network.nodes.length);
  }

  /**
   * Computes the features of a node for a block of rows, whose variances at the nodes before are known. Columns come from the host as
   * (row, position), with `width` coefficients each where they are tables; C reads lanes side by side.
   */
  async compute({ id, program, size }: NetworkNode, block: number, rows: Rows): Promise<void> {
    const positions = countOf(size);
    const { features, rows: { cov } } = program!;
    // The variance after the map is one more column.
    const roots = cov ? [...features, cov] : features;
    const columns = await featuresOf({ ...program!, features: roots }, positions, rows, this.job);
    const { scalars, tables } = featureOrder(program!);
    const place = { rows: rows.count, positions, dtype: this.job.dtype };
    // As the driver lays out features of a block (second_stride in workspace.c).
    const stride = (positions + 1) * lanesOf(place.dtype);
    const values = alignedArray(Math.max(1, scalars.length) * stride, place.dtype);
    scalars.forEach((f, k) => values.set(sideBySide(columns[f] as Float64Array, 1, place), k * stride));
    const lists = tables.map((f) => columns[f] as TableValues);
    const packed = lists.map(({ coefficients, width }) => sideBySide(coefficients, width, place));
    const variance = cov ? sideBySide(columns[features.length] as Float64Array, 1, place) : null;
    // Where C finds the block; what it points to stays alive with this.
    const tableList = BigInt64Array.from([...packed.map(whole), 0n]);
    const widths = BigInt64Array.from([...lists.map(({ width }) => width), 0], BigInt);
    const at = id * this.blocks + block;
    const struct = structs.features.write({
      values: whole(values),
      stride,
      tables: whole(tableList),
      widths: whole(widths),
    });
    this.features.set(struct.memory, structs.features.length * at);
    this.variances[at] = whole(variance);
    this.#owners.push(values, packed, tableList, widths, variance);
    const count = lists.reduce((sum, { width }) => sum + width * positions, 0);
    this.coefficients[id] = BigInt(Math.max(count, Number(this.coefficients[id])));
  }
}

/** (row, position, k) to (position, k, lane); lanes beyond the last row repeat it. */
function sideBySide(
  values: Float64Array,
  width: number,
  { rows, positions, dtype }: { rows: number; positions: number; dtype: DType },
): Values {
  const lanes = lanesOf(dtype);
  const size = positions * width;
  const out = alignedArray(size * lanes, dtype);
  for (let lane = 0; lane < lanes; lane++) {
    // Lanes without a row repeat the last one: what they compute is not read.
    const start = Math.min(lane, rows - 1) * size;
    for (let k = 0; k < size; k++) out[k * lanes + lane] = values[start + k];
  }
  return out;
}

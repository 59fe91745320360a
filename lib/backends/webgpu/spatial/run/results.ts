/** From the packed outputs of pairs to matrices on the host. */
import { allocate, type Values } from "../../../../array/dtype.ts";
import type { SpatialJob } from "../../../../program/job.ts";

/** The outputs of a job, filled in block by block. */
export class Results {
  /** For every output (n1, n2, entries) */
  readonly matrices: Readonly<Record<string, Values>>;

  constructor(readonly job: SpatialJob, readonly entries: number) {
    const { n1, n2, dtype, program } = job;
    this.matrices = Object.fromEntries(
      Object.keys(program.output.map).map((name) => [name, allocate(n1 * n2 * entries, dtype)]),
    );
  }

  /** Takes in the values of some pairs, output after output. */
  add(pairs: readonly (readonly [number, number])[], packed: Values): void {
    const { entries, job: { n2, symmetric } } = this;
    let at = 0;
    for (const matrix of Object.values(this.matrices)) {
      for (const [i, j] of pairs) {
        const values = packed.subarray(at, at + entries);
        matrix.set(values, (i * n2 + j) * entries);
        if (symmetric && i !== j) this.#mirror(values, matrix, (j * n2 + i) * entries);
        at += entries;
      }
    }
  }

  /** K_ji(q, p) = K_ij(p, q) */
  #mirror(values: Values, matrix: Values, start: number): void {
    if (this.job.program.outputLayout === "diagonal") return matrix.set(values, start);
    const positions = Math.sqrt(values.length);
    for (let p = 0; p < positions; p++) {
      for (let q = 0; q < positions; q++) matrix[start + q * positions + p] = values[p * positions + q];
    }
  }
}

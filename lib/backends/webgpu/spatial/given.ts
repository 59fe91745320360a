/** Covariances that were computed before, as the arena keeps them. */
import { allocate } from "../../../array/dtype.ts";
import type { Values } from "../../backend.ts";
import type { GivenPositions, SpatialJob } from "../../spatial_job.ts";

/** The values of some pairs: `index` gives the place of each among the given matrices. */
export function givenValues(
  { program, dtype }: SpatialJob,
  { layout }: GivenPositions,
  [cov, ntk]: readonly [Values, Values | null],
  indices: readonly number[],
): Values {
  const positions = program.inputPositions.reduce((product, length) => product * length, 1);
  const givenEntries = layout === "full" ? positions ** 2 : positions;
  const entries = program.inputLayout === "full" ? positions ** 2 : positions;
  const width = "ntk" in program.output.map ? 2 : 1;
  const out = allocate(indices.length * entries * width, dtype);
  indices.forEach((index, k) => {
    for (let entry = 0; entry < entries; entry++) {
      const p = entry % positions;
      const q = (p + Math.floor(entry / positions)) % positions;
      const from = index * givenEntries + (layout === "full" ? p * positions + q : p);
      const to = (k * entries + entry) * width;
      out[to] = cov[from];
      if (width === 2) out[to + 1] = ntk ? ntk[from] : 0;
    }
  });
  return out;
}

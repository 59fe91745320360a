/** How our time grows with some size, and the line through the times. */
import type { Setting } from "./alternate.ts";
import { measureOurs } from "./children.ts";
import { writeInputs, writeNetwork } from "./inputs.ts";
import { fitLine, type Line } from "./statistics.ts";
import type { Spec } from "../tests/networks.ts";

/** Times (seconds) at sizes, and the line through them. */
export interface Growth {
  readonly backend: string;
  readonly sizes: readonly number[];
  readonly seconds: readonly number[];
  readonly line: Line;
}

/** What is measured at one size: NNGP and NTK in float64. */
export interface GrowthTask {
  readonly net: Spec;
  /** Rows of a batch */
  readonly n: number;
  /** 1: x2 is x1 */
  readonly batches: 1 | 2;
  /** Of a row; 256 features if left out */
  readonly shape?: readonly number[];
}

/** Measures `task(size)` for all sizes; the line is that of `scale(seconds)` over `scale(size)`. */
export async function growth(
  sizes: readonly number[],
  { folder, backend, runs, maxSeconds }: Setting,
  task: (size: number) => GrowthTask,
  scale: (value: number) => number,
): Promise<Growth> {
  const seconds: number[] = [];
  let used = "";
  for (const size of sizes) {
    const { net, n, batches, shape } = task(size);
    const inputs = await writeInputs(n, batches, folder, shape);
    const path = await writeNetwork(net, `${folder}/net.json`);
    const measured = await measureOurs(
      { ...inputs, net: path, dtype: "float64", runs, maxSeconds },
      backend,
      `${folder}/cache`,
    );
    seconds.push(measured.min_s);
    used = measured.backend;
  }
  return { backend: used, sizes, seconds, line: fitLine(sizes.map(scale), seconds.map(scale)) };
}

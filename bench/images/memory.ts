/** The memory of a kernel of many images. */
import { stax } from "../../mod.ts";
import { cnn } from "../../examples/networks.ts";
import type { Setting } from "../alternate.ts";
import { measureOurs } from "../children.ts";
import { writeInputs, writeNetwork } from "../inputs.ts";
import { specOf } from "./spec.ts";

/** Peak memory of a float64 ReLU NTK with GlobalAvgPool on `native`, of the whole process, in MiB. */
export interface ImageMemory {
  /** Images, each with each */
  readonly n: number;
  /** Pixels a side */
  readonly size: number;
  readonly depth: number;
  readonly peak: number;
  /** Of the same process before it read its inputs */
  readonly idle: number;
  readonly wanted: number;
}

const DEPTH = 2;

/** Measures it for 200 images of 32 × 32 pixels, or for 20 of 8 × 8 if it has to be quick. */
export async function imageMemory({ folder }: Setting, quick: boolean): Promise<ImageMemory> {
  const [n, size] = quick ? [20, 8] : [200, 32];
  const network = stax.serial(cnn(DEPTH, stax.Relu()), stax.GlobalAvgPool());
  const net = await writeNetwork(specOf(network), `${folder}/net.json`);
  const inputs = await writeInputs(n, 1, folder, [size, size, 3]);
  const task = { ...inputs, net, get: "ntk", dtype: "float64", runs: 0, maxSeconds: 0 } as const;
  const { peak_rss_mib: peak, idle_rss_mib: idle } = await measureOurs(task, "native", `${folder}/cache`);
  return { n, size, depth: DEPTH, peak, idle, wanted: 300 };
}

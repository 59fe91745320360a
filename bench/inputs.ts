/** The files that both sides read. */
import { random, writeNpy } from "../mod.ts";
import type { Spec } from "../tests/networks.ts";

const FEATURES = 256;

/** Writes one or two batches of n rows of standard normal numbers; the paths by the names of the options. */
export async function writeInputs(
  n: number,
  batches: 1 | 2,
  folder: string,
): Promise<{ x1: string; x2?: string }> {
  const write = async (name: string, seed: number) => {
    const path = `${folder}/${name}.npy`;
    await Deno.writeFile(path, writeNpy(random.normal(random.key(seed), [n, FEATURES])));
    return path;
  };
  const x1 = await write("x1", 1);
  return batches === 1 ? { x1 } : { x1, x2: await write("x2", 2) };
}

/** Writes a network in the fixtures' JSON form; its path. */
export async function writeNetwork(net: Spec, path: string): Promise<string> {
  await Deno.writeTextFile(path, JSON.stringify(net));
  return path;
}

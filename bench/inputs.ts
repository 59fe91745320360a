/** The files that both sides read. */
import { NdArray, random, readNpy, writeNpy } from "../mod.ts";
import type { Spec } from "../tests/networks.ts";

/** The paths of one or two batches by the names of the options. */
export interface Inputs {
  readonly x1: string;
  readonly x2?: string;
}

const FEATURES = 256;

/** Writes one or two batches of n rows of standard normal numbers. */
export async function writeInputs(
  n: number,
  batches: 1 | 2,
  folder: string,
  shape: readonly number[] = [FEATURES],
): Promise<Inputs> {
  const write = async (name: string, seed: number) => {
    const path = `${folder}/${name}.npy`;
    await Deno.writeFile(path, writeNpy(random.normal(random.key(seed), [n, ...shape])));
    return path;
  };
  const x1 = await write("x1", 1);
  return batches === 1 ? { x1 } : { x1, x2: await write("x2", 2) };
}

/** Writes the first n rows of both batches apart. */
export async function writeFirstRows(n: number, { x1, x2 }: Required<Inputs>): Promise<Required<Inputs>> {
  const write = async (path: string) => {
    const { data, shape: [rows, ...shape] } = readNpy(await Deno.readFile(path));
    const first = new NdArray(data.slice(0, data.length / rows * n), [n, ...shape]);
    await Deno.writeFile(`${path}.first.npy`, writeNpy(first));
    return `${path}.first.npy`;
  };
  return { x1: await write(x1), x2: await write(x2) };
}

/** Writes a network in the fixtures' JSON form; its path. */
export async function writeNetwork(net: Spec, path: string): Promise<string> {
  await Deno.writeTextFile(path, JSON.stringify(net));
  return path;
}

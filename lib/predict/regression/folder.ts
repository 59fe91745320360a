/**
 * Regressions on disk, so that one is fitted once. A folder with
 *
 *     model.json     format, network, options, report
 *     x.npy, y.npy   training inputs and targets as they were given
 *     noise.npy      the variance at each point
 *     weights.npy    α = (K + N)⁻¹·y
 *     variances.npy  the kernel of each point with itself
 *     lower.npy      L of K + N = L·Lᵀ, if there is a factor; else the kernel is computed again for what needs it
 *
 * It is written under another name and renamed, so that whoever is killed in between leaves what was there.
 */
import { NdArray } from "../../array/mod.ts";
import { UnsupportedError } from "../../errors.ts";
import { readNpy, writeNpy } from "../../npy/mod.ts";
import { fromJSON, toJSON } from "../../stax/json.ts";
import type { Fit, RegressionData } from "./fit.ts";
import type { RegressionReport } from "./interfaces.ts";
import { type ComputeOptions, KernelSource } from "./kernel_source.ts";
import { type LargeOptions, largeSystem, madeLater } from "./large_system.ts";
import { savedSystem } from "./system.ts";
import { Targets } from "./targets.ts";
import type { KernelName } from "../kernels.ts";

const FORMAT = "widekernels regression 1";
const DESCRIPTION = "model.json";

/** What model.json holds. */
interface Description {
  readonly format: string;
  readonly network: object;
  readonly kernel: KernelName;
  readonly options: ComputeOptions;
  readonly isOneNoise: boolean;
  readonly standardize: boolean;
  readonly large: LargeOptions | null;
  readonly report: RegressionReport;
}

/** The arrays, by the names of their files. */
const arraysOf = ({ inputs, targets, noise }: RegressionData, { system, weights, variances }: Fit) => ({
  x: inputs,
  y: targets.given,
  noise: new NdArray(noise, [noise.length]),
  weights,
  variances: new NdArray(variances, [variances.length]),
  ...system.factored && { lower: system.factored.lower },
});

type Name = "x" | "y" | "noise" | "weights" | "variances" | "lower";

/** Writes a model in place of the one that the folder holds, if it is there. */
export async function written(path: string, data: RegressionData, fit: Fit): Promise<void> {
  const { source, isOneNoise, standardize, large } = data;
  if (typeof globalThis.Deno?.writeFile !== "function") throw noDeno();
  if (!source.layer) {
    throw new UnsupportedError(
      "Cannot save a model as its network must be one of stax: current value is a function, which is no data",
    );
  }
  const description: Description = {
    format: FORMAT,
    network: JSON.parse(toJSON(source.layer)),
    kernel: source.name,
    options: source.options,
    ...{ isOneNoise, standardize, large },
    report: fit.report,
  };
  const was = await kindOf(path);
  if (was === "something else") {
    throw new TypeError(
      `Cannot save a model as path must be new, or a folder with a model: current value is ${
        JSON.stringify(path)
      }, which holds something else`,
    );
  }
  const [partial, old] = [`${path}.partial`, `${path}.old`];
  await removed(partial);
  try {
    await Deno.mkdir(partial);
    for (const [name, array] of Object.entries(arraysOf(data, fit))) {
      await Deno.writeFile(`${partial}/${name}.npy`, writeNpy(array));
    }
    await Deno.writeTextFile(`${partial}/${DESCRIPTION}`, `${JSON.stringify(description, null, 2)}\n`);
  } catch (error) {
    await removed(partial);
    throw error;
  }
  if (was === "a model") await Deno.rename(path, old);
  await Deno.rename(partial, path);
  await removed(old);
}

/** What is at a path. */
async function kindOf(path: string): Promise<"nothing" | "a model" | "something else"> {
  try {
    await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "nothing";
    throw error;
  }
  try {
    return (await describedIn(path)).format === FORMAT ? "a model" : "something else";
  } catch {
    return "something else";
  }
}

const describedIn = async (path: string): Promise<Description> =>
  JSON.parse(await Deno.readTextFile(`${path}/${DESCRIPTION}`));

const removed = (path: string) => Deno.remove(path, { recursive: true }).catch(() => {});

const noDeno = () =>
  new UnsupportedError(
    "Cannot save a model as there must be Deno to write files: current value is none, keep the model in memory",
  );

/** The model in a folder. */
export async function readFolder(path: string): Promise<{ data: RegressionData; fit: Fit }> {
  const refused = (what: string, must: string, is: string) =>
    new TypeError(
      `Cannot load the model in ${JSON.stringify(path)} as ${what} must be ${must}: current value is ${is}`,
    );
  const description = await describedIn(path).catch((error) => {
    throw refused(DESCRIPTION, "there, as JSON", messageOf(error));
  });
  if (description?.format !== FORMAT) {
    throw refused("its format", JSON.stringify(FORMAT), JSON.stringify(description?.format));
  }
  const read = async (name: Name): Promise<NdArray> => {
    try {
      return readNpy(await Deno.readFile(`${path}/${name}.npy`));
    } catch (error) {
      throw refused(`${name}.npy`, "there, and whole", messageOf(error));
    }
  };
  const numbers = async (name: Name, shape: readonly number[]): Promise<NdArray<Float64Array>> => {
    const array = await read(name);
    if (array.data instanceof Float64Array && array.shape.join() === shape.join()) {
      return new NdArray(array.data, shape);
    }
    const is = `${array.dtype} of shape [${array.shape.join(", ")}]`;
    throw refused(`${name}.npy`, `float64 of shape [${shape.join(", ")}]`, is);
  };
  const { kernel, options, isOneNoise, standardize, large, report } = description;
  const inputs = await read("x");
  const points = inputs.shape[0];
  const targets = new Targets(await read("y"), points, standardize);
  const { data: noise } = await numbers("noise", [points]);
  const { data: variances } = await numbers("variances", [points]);
  const source = new KernelSource(fromJSON(description.network), kernel, options);
  const system = large
    ? madeLater(async () => (await largeSystem(source, inputs, noise, large, {})).system)
    : await savedSystem(await numbers("lower", [points, points]), report.condition!);
  return {
    data: { source, inputs, targets, noise, isOneNoise, standardize, large },
    fit: { system, weights: await numbers("weights", [points, targets.outputs]), variances, report },
  };
}

const messageOf = (error: unknown) => error instanceof Error ? error.message : String(error);

/** The model in a folder. */
import { readFolder } from "./folder.ts";
import type { RegressionModel } from "./interfaces.ts";
import { modelOf } from "./model.ts";

/** What `save` wrote there, as a model. */
export async function loaded(path: string): Promise<RegressionModel> {
  const { data, fit } = await readFolder(path);
  return modelOf(data, fit);
}

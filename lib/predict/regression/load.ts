/** Regressions that were saved. */
import { UnsupportedError } from "../../errors.ts";
import { wrongType } from "../../options.ts";
import type { RegressionModel } from "./interfaces.ts";

/**
 * The model that `save` wrote into a folder: it predicts at once, to the last bit as the one that was saved.
 *
 * @throws {TypeError} for a folder that holds no model, or one of whose files lacks, was cut off, or is of another model.
 * @throws {UnsupportedError} where there is no Deno.
 *
 * @example There and back
 * ```ts
 * import assert from "node:assert/strict";
 * import { Dense } from "../../stax/mod.ts";
 * import { load } from "./load.ts";
 * import { regression } from "./regression.ts";
 *
 * const path = Deno.makeTempDirSync();
 * const model = await regression(Dense(1), [[1], [2]], [1, 2]);
 * await model.save(`${path}/model`);
 * const loaded = await load(`${path}/model`);
 * assert.deepEqual(await loaded.predict([[3]]), await model.predict([[3]]));
 * Deno.removeSync(path, { recursive: true });
 * ```
 */
export async function load(path: string): Promise<RegressionModel> {
  if (typeof path !== "string") throw wrongType("load a model", "path", "the path of a folder", path);
  if (typeof globalThis.Deno?.readFile !== "function") {
    throw new UnsupportedError(
      "Cannot load a model as there must be Deno to read files: current value is none, fit it again",
    );
  }
  const { loaded } = await import("./loaded.ts");
  return await loaded(path);
}

/** The engines, which compute kernels and predictions, are loaded with mod.ts, but nothing else needs it before the first is asked for. */
import { stax } from "../mod.ts";
import { assert, assertDeepEquals, assertEquals } from "./assert.ts";

Deno.test("kernelFn reads nested numbers at once, although its code has yet to be loaded", async () => {
  const x = [[3, 4]];
  const nngp = stax.Dense(1).kernelFn(x, null, "nngp");
  x[0][0] = 100;
  assertEquals((await nngp).at(0, 0), 12.5);
});

interface Module {
  specifier: string;
  dependencies?: { code?: { specifier: string }; isDynamic?: boolean }[];
}

Deno.test("nothing but mod.ts imports the engines statically", async () => {
  const root = new URL("../", import.meta.url);
  const command = new Deno.Command(Deno.execPath(), { args: ["info", "--json", "mod.ts"], cwd: root });
  const { modules } = JSON.parse(new TextDecoder().decode((await command.output()).stdout)) as {
    modules: Module[];
  };
  const known = new Map(modules.map((module) => [module.specifier, module]));
  const found = new Set<string>();
  const mod = new URL("mod.ts", root).href;
  const engines = ["lib/network/compute.ts", "lib/predict/engine.ts"].map((path) => new URL(path, root).href);
  const visit = (specifier: string) => {
    if (found.has(specifier)) return;
    found.add(specifier);
    for (const { code, isDynamic } of known.get(specifier)?.dependencies ?? []) {
      const isInAdvance = specifier === mod && code !== undefined && engines.includes(code.specifier);
      if (code && !isDynamic && !isInAdvance) visit(code.specifier);
    }
  };
  visit(mod);
  assert(found.size > 100, `${found.size} modules`);
  const later = [
    "lib/network/compute.ts",
    "lib/backends/webgpu/backend.ts",
    "lib/backends/reference/backend.ts",
    "lib/predict/engine.ts",
    "lib/predict/solver.ts",
    "lib/predict/evidence/evidence_of.ts",
    "lib/predict/evidence/fit_of.ts",
    "lib/predict/regression/folder.ts",
    "lib/predict/regression/large_system.ts",
    "lib/predict/regression/regression_of.ts",
    "lib/linalg/eigh.ts",
    "lib/operator/engine.ts",
    "lib/operator/tile_file.ts",
    "lib/operator/native/run.ts",
    "lib/sketching/compute.ts",
    "lib/features/compute.ts",
    "lib/features/map_vectors.ts",
    "lib/gradient/engine.ts",
    "lib/features/landmarks.ts",
    "lib/features/map_images.ts",
    "lib/features/finite/random_map.ts",
    "lib/features/spatial/native/run.ts",
    "lib/features/spatial/webgpu/run.ts",
  ];
  for (const path of later) assert(known.has(new URL(path, root).href), path);
  assertDeepEquals(later.filter((path) => found.has(new URL(path, root).href)), []);
});

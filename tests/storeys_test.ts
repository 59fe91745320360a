/** The structure of the source: storeys, of which each imports from itself and those below, and no files that import each other. */
import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";

const root = join(import.meta.dirname!, "..");

/** The storeys, the lowest first: files, and folders with all that is in them. */
const STOREYS: readonly (readonly string[])[] = [
  [
    "lib/errors.ts",
    "lib/fingerprint.ts",
    "lib/pause.ts",
    "lib/remembered.ts",
    "lib/steps.ts",
    "lib/until.ts",
    "lib/warn_once.ts",
  ],
  ["lib/array", "lib/options.ts", "lib/pairs.ts", "lib/shared.ts"],
  ["lib/npy", "lib/special"],
  ["lib/expr", "lib/random"],
  ["lib/ffi", "lib/gaps.ts", "lib/linalg", "lib/moments.ts", "lib/render", "lib/room.ts"],
  ["lib/program", "lib/rows", "lib/spatial"],
  ["lib/backends"],
  ["lib/network"],
  ["kernels", "lib/operator"],
  ["lib/dual", "lib/features", "lib/gradient", "lib/predict", "lib/sketching", "lib/stax"],
  ["mod.ts"],
];

/** A file, and what it imports: files of the product, by their paths from the root. */
type Graph = ReadonlyMap<string, readonly string[]>;

/** The files of the product. */
async function sources(): Promise<string[]> {
  const found: string[] = [];
  const walk = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(join(root, folder))) {
      if (isDirectory) await walk(`${folder}/${name}`);
      else if (name.endsWith(".ts")) found.push(`${folder}/${name}`);
    }
  };
  for (const folder of ["lib", "kernels"]) await walk(folder);
  return [...found, "mod.ts"].sort();
}

/** What a module imports, types and dynamic imports too. */
function importsOf(path: string, text: string): string[] {
  const code = text.replaceAll(/\/\*[^]*?\*\//g, "");
  return [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+\.ts)"/g)].map(([, specifier]) =>
    relative(root, join(root, dirname(path), specifier))
  );
}

/** A circle of imports, as a chain from a file to itself; null if there is none. */
function circleOf(graph: Graph): string[] | null {
  const done = new Set<string>();
  const chain: string[] = [];
  const visit = (file: string): string[] | null => {
    if (chain.includes(file)) return [...chain.slice(chain.indexOf(file)), file];
    if (done.has(file)) return null;
    done.add(file);
    chain.push(file);
    for (const next of graph.get(file) ?? []) {
      const circle = visit(next);
      if (circle) return circle;
    }
    chain.pop();
    return null;
  };
  for (const file of graph.keys()) {
    const circle = visit(file);
    if (circle) return circle;
  }
  return null;
}

/** The number of the storey that a file is on: the longest name that it begins with. */
function storeyOf(file: string): number {
  const names = STOREYS.flatMap((names, storey) => names.map((name) => ({ name, storey })))
    .filter(({ name }) => file === name || file.startsWith(`${name}/`))
    .sort((a, b) => b.name.length - a.name.length);
  assert(names.length > 0, `${file} is on no storey: give it one in STOREYS`);
  return names[0].storey;
}

/** The imports from a higher storey, as "file → file". */
const upwardOf = (graph: Graph): string[] =>
  [...graph].flatMap(([file, imports]) =>
    imports.filter((other) => storeyOf(other) > storeyOf(file)).map((other) => `${file} → ${other}`)
  );

const files = await sources();
const graph: Graph = new Map(
  await Promise.all(files.map(async (file) => {
    return [file, importsOf(file, await Deno.readTextFile(join(root, file)))] as const;
  })),
);

Deno.test("no source files import each other, directly or in a circle", () => {
  const circle = circleOf(graph);
  assert.equal(circle, null, `a circle of imports: ${circle?.join(" → ")}`);
});

Deno.test("no source file imports from a storey above its own", () => {
  assert.deepEqual(upwardOf(graph), []);
});

Deno.test("circles and imports upwards are found", () => {
  const circle = new Map([["lib/a.ts", ["lib/b.ts"]], ["lib/b.ts", ["lib/c.ts"]], ["lib/c.ts", [
    "lib/b.ts",
  ]]]);
  assert.deepEqual(circleOf(circle), ["lib/b.ts", "lib/c.ts", "lib/b.ts"]);
  assert.equal(circleOf(new Map([["a", ["b", "c"]], ["b", ["c"]], ["c", []]])), null);
  assert.deepEqual(upwardOf(new Map([["lib/array/mod.ts", ["lib/expr/mod.ts", "lib/errors.ts"]]])), [
    "lib/array/mod.ts → lib/expr/mod.ts",
  ]);
  assert.deepEqual(
    importsOf(
      "lib/a/b.ts",
      'import type { X } from "../c.ts";\nawait import("./d.ts")\n/** from "./e.ts" */',
    ),
    [
      "lib/c.ts",
      "lib/a/d.ts",
    ],
  );
});

/**
 * Bundles the library for browsers: `dist/widekernels.js`, a minified ES module with the API. Its code lies beside it in
 * `dist/widekernels/`, and with it what only promises deliver, in parts that are loaded when they are first needed. What few pages need,
 * features, gradients, files and kernels too large for a matrix, is a module of its own, `dist/widekernels/features.js`.
 */
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

/** The most that a page has to load before it runs, in bytes after gzip. */
export const LIMIT = 60_000;

/** What is loaded together, and its bytes. */
export interface Part {
  readonly name: string;
  readonly plain: number;
  readonly gzipped: number;
}

const root = join(import.meta.dirname!, "../..");
const api = join(root, "mod.ts");

/** The large parts that are loaded later, by the module that is imported dynamically; a part needs those above it. */
const large: Readonly<Record<string, string>> = {
  kernels: "lib/network/compute.ts",
  webgpu: "lib/backends/webgpu/backend.ts",
  predictions: "lib/predict/engine.ts",
};

/** The folders of `lib` whose exports are a module of their own. */
const apart = ["sketching", "features", "operator", "gradient", "npy"];
const FEATURES = "apart:features";

const names = Object.keys(large);
const nameOf = (path: string) => names.find((name) => large[name] === path) ?? path;

/** Writes the modules and their source maps to `folder`; the part that a page starts with comes first. */
export async function bundle(folder: string): Promise<Part[]> {
  // Names of files contain their hash, so that those of earlier versions would remain.
  if (existsSync(`${folder}/widekernels`)) await Deno.remove(`${folder}/widekernels`, { recursive: true });
  try {
    const { metafile } = await esbuild.build({
      entryPoints: { widekernels: api, "widekernels/features": FEATURES },
      outdir: folder,
      chunkNames: "widekernels/[name]-[hash]",
      absWorkingDir: root,
      bundle: true,
      splitting: true,
      minify: true,
      sourcemap: true,
      format: "esm",
      target: "es2022",
      plugins: [shaders, namespaces, dynamicImports],
      metafile: true,
      logLevel: "warning",
    });
    return await measure(metafile);
  } finally {
    await esbuild.stop();
  }
}

/** What each part adds to the files of the parts before it. */
async function measure({ outputs }: esbuild.Metafile): Promise<Part[]> {
  const loaded = new Set<string>();
  const load = (file: string): string[] => {
    if (loaded.has(file)) return [];
    loaded.add(file);
    const imports = outputs[file].imports.filter(({ kind }) => kind === "import-statement");
    return [file, ...imports.flatMap(({ path }) => load(path))];
  };
  const parts: Part[] = [];
  for (
    const [name, entry] of [
      ["widekernels.js", "mod.ts"],
      ...names.map((name) => [name, `later:${name}`]),
      ["widekernels/features.js", FEATURES],
    ]
  ) {
    const file = Object.keys(outputs).find((path) => outputs[path].entryPoint === entry)!;
    parts.push({ name, ...await sizeOf(load(file)) });
  }
  return parts;
}

async function sizeOf(files: readonly string[]): Promise<Omit<Part, "name">> {
  const modules = await Promise.all(files.map((file) => Deno.readFile(join(root, file))));
  const sum = (bytes: readonly number[]) => bytes.reduce((total, count) => total + count, 0);
  return {
    plain: sum(modules.map((module) => module.length)),
    gzipped: sum(modules.map((module) => gzipSync(module, { level: 9 }).length)),
  };
}

/** Minifies shaders, which are text to esbuild: no comments, no indentation. */
const shaders: esbuild.Plugin = {
  name: "shaders",
  setup(build) {
    build.onLoad({ filter: /\.wgsl$/ }, async ({ path }) => ({
      loader: "text",
      contents: (await Deno.readTextFile(path)).replaceAll(/\s*\/\/.*|^\s+/gm, ""),
    }));
  },
};

/** Takes those exports out of the API, and puts them into their module. */
const namespaces: esbuild.Plugin = {
  name: "namespaces",
  setup(build) {
    const exports = /^export (?!type).* from "\.\/lib\/(\w+)\/.*$/gm;
    const read = () => Deno.readTextFile(api);
    build.onLoad({ filter: /[\\/]mod\.ts$/ }, async ({ path }) =>
      path === api
        ? {
          loader: "ts",
          contents: (await read()).replaceAll(exports, (line, name) => apart.includes(name) ? "" : line),
        }
        : undefined);
    build.onResolve({ filter: /^apart:/ }, ({ path }) => ({ path: path.slice(6), namespace: "apart" }));
    build.onLoad({ filter: /^/, namespace: "apart" }, async () => ({
      // With the API among its imports, as what is loaded later.
      contents: [
        `import ${JSON.stringify(api)};`,
        ...[...(await read()).matchAll(exports)].filter(([, name]) => apart.includes(name)).map(([line]) =>
          line
        ),
      ].join("\n"),
      resolveDir: root,
    }));
  },
};

/** Names what is loaded later, and leaves out what only Deno loads: that in advance, and foreign functions. */
const dynamicImports: esbuild.Plugin = {
  name: "dynamic-imports",
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ kind, path, importer }) => {
      const file = relative(root, join(dirname(importer), path));
      if (kind !== "dynamic-import") {
        const isInAdvance = importer === api && Object.values(large).includes(file);
        return isInAdvance ? { path: "deno-only", namespace: "empty" } : undefined;
      }
      const isForDeno = /[\\/](native|blas|ffi)[\\/]/.test(file);
      return isForDeno
        ? { path: "deno-only", namespace: "empty" }
        : { path: nameOf(file), namespace: "later" };
    });
    build.onLoad({ filter: /^/, namespace: "later" }, ({ path }) => {
      const file = join(root, large[path] ?? path);
      // With the API among its imports a part finds in one chunk all that is there from the start, and what is loaded for the
      // kernel of one layer all that is there for other kernels.
      const isOfKernels = !(path in large) && !apart.some((name) => path.startsWith(`lib/${name}/`));
      const before = [api, ...isOfKernels ? [join(root, large.kernels)] : []];
      const contents = [
        ...before.map((module) => `import ${JSON.stringify(module)};`),
        `export * from ${JSON.stringify(file)};`,
      ];
      return { contents: contents.join("\n"), resolveDir: root };
    });
    build.onLoad({ filter: /^/, namespace: "empty" }, () => ({ contents: "" }));
  },
};

if (import.meta.main) {
  const [start, ...parts] = await bundle(join(root, "dist"));
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
  const sizes = ({ plain, gzipped }: Part) => `${kilobytes(plain)}, ${kilobytes(gzipped)} gzipped`;
  console.log(`dist/widekernels.js with what it imports: ${sizes(start)}`);
  for (const part of parts) console.log(`${part.name}, loaded when it is first needed: ${sizes(part)}`);
  if (start.gzipped > LIMIT) {
    console.error(
      `Cannot publish the bundle as it must be at most ${kilobytes(LIMIT)} gzipped: current value is ${
        kilobytes(start.gzipped)
      }`,
    );
    Deno.exit(1);
  }
}

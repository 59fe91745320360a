/** Bundles the library for browsers: `dist/widekernels.js`, one minified ES module, and its source map. */
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

/** The largest module that is let through, in bytes after gzip. */
export const LIMIT = 100_000;

/** Bytes of the bundled module. */
export interface Size {
  readonly plain: number;
  readonly gzipped: number;
}

/** Writes `widekernels.js` and `widekernels.js.map` to `folder`. */
export async function bundle(folder: string): Promise<Size> {
  const outfile = `${folder}/widekernels.js`;
  try {
    await esbuild.build({
      entryPoints: [`${import.meta.dirname}/../../mod.ts`],
      outfile,
      bundle: true,
      minify: true,
      sourcemap: true,
      format: "esm",
      target: "es2022",
      plugins: [shaders, denoOnly],
      logLevel: "warning",
    });
  } finally {
    await esbuild.stop();
  }
  const module = await Deno.readFile(outfile);
  return { plain: module.length, gzipped: gzipSync(module, { level: 9 }).length };
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

/** Leaves out what is imported dynamically, which the library does only in Deno: foreign functions. */
const denoOnly: esbuild.Plugin = {
  name: "deno-only",
  setup(build) {
    build.onResolve(
      { filter: /^\./ },
      ({ kind, path }) => kind === "dynamic-import" ? { path, namespace: "deno-only" } : undefined,
    );
    build.onLoad({ filter: /^/, namespace: "deno-only" }, () => ({ contents: "" }));
  },
};

if (import.meta.main) {
  const { plain, gzipped } = await bundle(`${import.meta.dirname}/../../dist`);
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
  console.log(`dist/widekernels.js: ${kilobytes(plain)}, ${kilobytes(gzipped)} gzipped`);
  if (gzipped > LIMIT) {
    console.error(
      `Cannot publish the bundle as it must be at most ${kilobytes(LIMIT)} gzipped: current value is ${
        kilobytes(gzipped)
      }`,
    );
    Deno.exit(1);
  }
}

/** Bundles the library for browsers: `dist/widekernels.js`, one minified ES module, and its source map. */
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

/** The largest module that is let through, in bytes after gzip. */
export const LIMIT = 60_000;

/** Bytes of the bundled module. */
export interface Size {
  readonly plain: number;
  readonly gzipped: number;
}

/**
 * Writes `widekernels.js` and `widekernels.js.map` to `folder`.
 *
 * @throws {RangeError} if the module exceeds `LIMIT`.
 */
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
      // What runs only in Deno, such as foreign functions, is known to be unreachable and left out.
      define: { "globalThis.Deno": "undefined" },
      plugins: [shaders],
      logLevel: "warning",
    });
  } finally {
    await esbuild.stop();
  }
  const size = await sizeOf(outfile);
  if (size.gzipped > LIMIT) {
    throw new RangeError(
      `Cannot bundle as the gzipped module must be at most ${LIMIT} bytes: current value is ${size.gzipped}`,
    );
  }
  return size;
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

async function sizeOf(file: string): Promise<Size> {
  const module = await Deno.readFile(file);
  return { plain: module.length, gzipped: gzipSync(module, { level: 9 }).length };
}

if (import.meta.main) {
  const { plain, gzipped } = await bundle(`${import.meta.dirname}/../../dist`);
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
  console.log(
    `dist/widekernels.js: ${kilobytes(plain)}, ${kilobytes(gzipped)} gzipped (limit ${kilobytes(LIMIT)})`,
  );
}

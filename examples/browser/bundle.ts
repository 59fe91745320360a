/** Bundles the library for browsers: `dist/widekernels.js`, one minified ES module, and its source map. */
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
      loader: { ".wgsl": "text", ".c": "text" },
      // What runs only in Deno, such as foreign functions, is known to be unreachable and left out.
      define: { "globalThis.Deno": "undefined" },
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

async function sizeOf(file: string): Promise<Size> {
  const plain = new Blob([await Deno.readFile(file)]);
  const gzipped = await new Response(plain.stream().pipeThrough(new CompressionStream("gzip"))).bytes();
  return { plain: plain.size, gzipped: gzipped.length };
}

if (import.meta.main) {
  const { plain, gzipped } = await bundle(`${import.meta.dirname}/../../dist`);
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
  console.log(
    `dist/widekernels.js: ${kilobytes(plain)}, ${kilobytes(gzipped)} gzipped (limit ${kilobytes(LIMIT)})`,
  );
}

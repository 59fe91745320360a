/**
 * Compiled objects, each C text once: in, the text; out, its functions, loaded into this process.
 *
 * The cache has most objects (file_cache.ts), and compiler.ts makes the others. The file of an object that was cut off would end
 * the process that loads it, so its length is looked at first.
 */
import { unusable } from "./cache.ts";
import { compile, type Toolchain } from "./compiler.ts";
import { forget, kept } from "./file_cache.ts";
import { processors } from "./pool.ts";
import { Obstacle } from "./setup.ts";
import stay from "./stay.c" with { type: "text" };

const NAME = "object.so";

/** All that an object is made from. */
const keyOf = ({ compiler: { command, flags, macros } }: Toolchain, text: string): string =>
  JSON.stringify([command, flags, macros, text]);

/**
 * The path of the object compiled from `text`, which is built unless the cache has it; so many at a time as there are processors.
 */
export function objectOf(toolchain: Toolchain, text: string, signal?: AbortSignal): Promise<string> {
  const { compiler, cache } = toolchain;
  const build = (path: string) => processors.run(() => compile(compiler, text, path, signal));
  return kept(cache, keyOf(toolchain, text), NAME, build);
}

/** What `load` makes of the path of the object compiled from `text`; throws an `Obstacle` if that cannot be done. */
export async function loaded<T>(
  toolchain: Toolchain,
  text: string,
  load: (path: string) => T,
  signal?: AbortSignal,
): Promise<T> {
  const attempt = async () => {
    const path = await objectOf(toolchain, text, signal);
    requireWhole(Deno.readFileSync(path));
    return load(path);
  };
  const isFinal = (error: unknown) => error instanceof Obstacle || signal?.aborted;
  try {
    return await attempt().catch(async (error) => {
      if (isFinal(error)) throw error;
      // It is no object for this machine, or another process has cleared the cache in between.
      await forget(toolchain.cache, keyOf(toolchain, text));
      return await attempt();
    });
  } catch (error) {
    throw isFinal(error) ? error : unusable(toolchain.cache.path, error);
  }
}

/** The library that C text compiles to, loaded into this process; throws an `Obstacle` if that cannot be done. */
export function loadObject<S extends Deno.ForeignLibraryInterface>(
  toolchain: Toolchain,
  text: string,
  symbols: S,
  signal?: AbortSignal,
): Promise<Deno.DynamicLibrary<S>> {
  return loaded(toolchain, text + stay, (path) => Deno.dlopen(path, symbols), signal);
}

/** 0x7f, then "ELF", 64 bits, little-endian */
const MAGIC = [0x7f, 0x45, 0x4c, 0x46, 2, 1];
/** Where the header tells the place of the table of segments, the size of its rows and how many it has */
const TABLE = 32;
const ROW = 54;
const ROWS = 56;
/** Where a row tells the place of a segment in the file and its size there */
const PLACE = 8;
const SIZE = 32;

/** Throws if a file of Linux ends before what it says is in it; the system checks all else, and those of other systems. */
function requireWhole(file: Uint8Array): void {
  if (!MAGIC.every((byte, k) => file[k] === byte)) return;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const number = (at: number) => Number(view.getBigUint64(at, true));
  const [row, rows] = [view.getUint16(ROW, true), view.getUint16(ROWS, true)];
  for (let k = 0; k < rows; k++) {
    const at = number(TABLE) + k * row;
    if (number(at + PLACE) + number(at + SIZE) > file.length) throw new RangeError("the file is cut off");
  }
}

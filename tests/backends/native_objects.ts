/** A C text that is compiled and loaded, for tests of what becomes of its object. */
import { findCache } from "../../lib/backends/native/cache.ts";
import { findCompiler } from "../../lib/backends/native/compiler.ts";
import { loadObject } from "../../lib/backends/native/objects.ts";
import type { Toolchain } from "../../lib/backends/native/toolchain.ts";
import { nativeTest } from "../native.ts";

/** A test that gets an empty directory. */
export function directoryTest(name: string, body: (directory: string) => Promise<void>): void {
  nativeTest(name, async () => {
    const directory = await Deno.makeTempDir();
    try {
      await body(directory);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

/** The machine's compiler, with a cache of its own. */
export async function toolchainIn(directory: string): Promise<Toolchain> {
  const cache = findCache(`${directory}/widekernels`);
  return { compiler: await findCompiler([["cc"], ["clang"], ["gcc"]], cache), cache };
}

/** What compiled code returns that returns `value`. */
export async function compiledNumber(toolchain: Toolchain, value: number): Promise<number> {
  const text = `int number(void) { return ${value}; }\n`;
  const { symbols } = await loadObject(toolchain, text, { number: { parameters: [], result: "i32" } });
  return symbols.number();
}

/** The directories of objects in a cache. */
export async function objectEntries({ cache }: Toolchain): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(cache.path)) {
    const path = `${cache.path}/${name}`;
    if (
      isDirectory && (await Array.fromAsync(Deno.readDir(path))).some((file) => file.name === "object.so")
    ) found.push(path);
  }
  return found.sort();
}

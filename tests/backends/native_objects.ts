/** Tests of compiled objects in a cache of their own. */
import type { Toolchain } from "../../lib/ffi/compiler.ts";
import { assert } from "../assert.ts";
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

/** What compiled code returns in another process: in one, the system would give the code that it has loaded from a path before. */
export async function numberElsewhere(directory: string, value: number): Promise<number> {
  const program = new URL("native_number.ts", import.meta.url).pathname;
  const args = ["run", "--no-check", "-A", program, directory, `${value}`];
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), { args }).output();
  assert(code === 0, `${code} ${new TextDecoder().decode(stderr)}`);
  return Number(new TextDecoder().decode(stdout));
}

/** The directories of objects in a cache. */
export async function objectEntries({ cache }: Toolchain): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(cache.path)) {
    const path = `${cache.path}/${name}`;
    if (!isDirectory) continue;
    const files = await Array.fromAsync(Deno.readDir(path), (file) => file.name);
    if (files.includes("object.so")) found.push(path);
  }
  return found.sort();
}

/** A C text that is compiled and loaded, for tests of what becomes of its object; as a program it prints what the code returns. */
import { findCache } from "../../lib/ffi/cache.ts";
import { findCompiler, type Toolchain } from "../../lib/ffi/compiler.ts";
import { loadObject } from "../../lib/ffi/objects.ts";

/** The machine's compiler, with a cache of its own. */
export async function toolchainIn(directory: string): Promise<Toolchain> {
  const cache = findCache(`${directory}/widekernels`);
  return { compiler: await findCompiler([["cc"], ["clang"], ["gcc"]], cache), cache };
}

/** What compiled code returns that returns `value`. It has data that would lie beyond the end of half its object. */
export async function compiledNumber(toolchain: Toolchain, value: number): Promise<number> {
  const text =
    `static int data[9000] = { ${value} };\nint *number_data = data;\nint number(void) { return *number_data; }\n`;
  const { symbols } = await loadObject(toolchain, text, { number: { parameters: [], result: "i32" } });
  return symbols.number();
}

if (import.meta.main) {
  const [directory, value] = Deno.args;
  console.log(await compiledNumber(await toolchainIn(directory), Number(value)));
}

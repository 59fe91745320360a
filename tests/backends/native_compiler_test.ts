/** What was compiled for one compiler, version, processor or choice of flags is not taken for another. */
import type { Toolchain } from "../../lib/ffi/compiler.ts";
import { objectOf } from "../../lib/ffi/objects.ts";
import { assert, assertEquals } from "../assert.ts";
import { toolchainIn } from "./native_number.ts";
import { directoryTest } from "./native_objects.ts";

const text = "int number(void) { return 1; }\n";

directoryTest("an object is that of its compiler, its macros and its flags", async (directory) => {
  const { compiler, cache } = await toolchainIn(directory);
  const { command, flags, macros } = compiler;
  const other = `${directory}/other`;
  await Deno.writeTextFile(other, `#!/bin/sh\nexec ${command[0]} "$@"\n`, { mode: 0o755 });
  const variants: Toolchain["compiler"][] = [
    compiler,
    { ...compiler, flags: [...flags, "-ffp-contract=off"] },
    { ...compiler, flags: flags.filter((flag) => flag !== "-fno-trapping-math") },
    { ...compiler, command: [...command, "-g0"] },
    { ...compiler, command: [other] },
    { ...compiler, macros: macros.replace("__VERSION__", "__ELDER_VERSION__") },
  ];
  const paths = [];
  for (const variant of variants) paths.push(await objectOf({ compiler: variant, cache }, text));
  assertEquals(new Set(paths).size, variants.length);
  assertEquals(await objectOf({ compiler: { ...compiler }, cache }, text), paths[0]);
  assert(await objectOf({ compiler, cache }, `${text}\n`) !== paths[0]);
});

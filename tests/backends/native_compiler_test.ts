/** What was compiled for one compiler, version, processor or choice of flags is not taken for another. */
import { factsOf, findCompiler, type Toolchain } from "../../lib/ffi/compiler.ts";
import { objectOf } from "../../lib/ffi/objects.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
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

directoryTest(
  "what a compiler says of itself is asked once, and again for other words of its command",
  async (directory) => {
    const { cache } = await toolchainIn(directory);
    const noting = `${directory}/noting`;
    await Deno.writeTextFile(noting, `#!/bin/sh\necho >> ${directory}/calls\nexec cc "$@"\n`, {
      mode: 0o755,
    });
    const calls = async () => (await Deno.readTextFile(`${directory}/calls`)).length;
    const first = await findCompiler([[noting]], cache);
    assertMatch(first.macros, /#define __VERSION__/);
    assertEquals((await findCompiler([[noting]], cache)).macros, first.macros);
    assertEquals(await calls(), Deno.build.os === "linux" ? 1 : 2);
    const before = await calls();
    assertMatch((await findCompiler([[noting, "-DOWN_MACRO=3"]], cache)).macros, /#define OWN_MACRO 3/);
    assertEquals(await calls(), before + 1);
  },
);

const processorText = (flags: string, frequency: string) =>
  `processor\t: 0\nvendor_id\t: Some\nmodel\t\t: 1\ncpu MHz\t\t: ${frequency}\nflags\t\t: ${flags}\n\nprocessor\t: 1\n`;

directoryTest(
  "the facts of a compiler change with its file and with the processor, not with its speed",
  async (directory) => {
    const [compiler, processors] = [`${directory}/cc`, `${directory}/cpuinfo`];
    if (Deno.build.os !== "linux") return assertEquals(await factsOf("cc"), null);
    const time = new Date(2026, 0, 1);
    const write = async (path: string, contents: string) => {
      await Deno.writeTextFile(path, contents, { mode: 0o755 });
      await Deno.utime(path, time, time);
    };
    await write(compiler, "one");
    await write(processors, processorText("fpu sse2 avx2", "2000.000"));
    const facts = () => factsOf(compiler, processors);
    const first = await facts();
    assert(first !== null);
    assertEquals(await facts(), first);
    await write(processors, processorText("fpu sse2 avx2", "3400.127"));
    assertEquals(await facts(), first);
    await write(processors, processorText("fpu sse2 avx2 avx512f", "2000.000"));
    const other = await facts();
    assert(other !== first);
    // Another file of the same name, time and size, as package managers make them
    await write(`${directory}/new`, "two");
    await Deno.rename(`${directory}/new`, compiler);
    const replaced = await facts();
    assert(replaced !== other);
    await write(compiler, "three");
    const longer = await facts();
    assert(longer !== replaced);
    await Deno.utime(compiler, time, new Date(2026, 0, 2));
    assert(await facts() !== longer);
    assertEquals(await factsOf(`${directory}/none`, processors), null);
    assertEquals(await factsOf(compiler, `${directory}/none`), null);
  },
);

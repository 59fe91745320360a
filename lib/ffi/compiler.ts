/** The machine's C compiler. */
import type { Cache } from "./cache.ts";
import { type Given, runChild } from "./child.ts";
import { factsOf } from "./compiler_facts.ts";
import { kept } from "./file_cache.ts";
import { Fault, Obstacle } from "./unavailable.ts";

/** A compiler that works here. */
export interface Compiler {
  readonly command: readonly string[];
  readonly flags: readonly string[];
  /** What it defines for these flags: changes with its version and with the instructions of the processor */
  readonly macros: string;
}

const architectureFlags: Record<typeof Deno.build.arch, string[]> = {
  x86_64: ["-march=native", "-mprefer-vector-width=512"],
  aarch64: ["-mcpu=native"],
};

/**
 * What lets loops vectorise without changing results: no errno, no traps. Values and the order of operations are those of the
 * text, except that a product and a sum may become one operation with one rounding.
 */
const commonFlags = () => [
  "-O3",
  ...architectureFlags[Deno.build.arch],
  "-ffp-contract=fast",
  "-fno-math-errno",
  "-fno-trapping-math",
  "-fPIC",
  "-w",
];

/** GCC would make branches of selects again: it moves values into the case that needs them, and joins equal conditions. */
const gccFlags = ["-fno-tree-sink", "-fno-thread-jumps"];

/** Functions of Deno itself are found when the object is loaded; only here that needs to be said. */
const linkerFlags = () => Deno.build.os === "darwin" ? ["-Wl,-undefined,dynamic_lookup"] : [];

/** Milliseconds that a compiler may take to tell what it is; it needs some 20. */
const ASKING = 10_000;
/** Milliseconds that it may take for a text, and for each of its characters: a hundred times what it needs. */
const COMPILING = 30_000;
const COMPILING_CHARACTER = 1;

/** The first of the commands that works; throws an `Obstacle` if none does. What it says of itself is kept in `cache`. */
export async function findCompiler(
  commands: readonly (readonly string[])[],
  cache: Cache,
  signal?: AbortSignal,
): Promise<Compiler> {
  const common = commonFlags();
  let broken: Fault | undefined;
  for (const command of commands) {
    try {
      const macros = await macrosOf(command, common, cache, signal);
      const flags = macros.includes("__clang__") ? common : [...common, ...gccFlags];
      return { command, flags, macros };
    } catch (error) {
      if (error instanceof Fault) broken ??= error;
      else if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  const names = commands.map((command) => command.join(" ")).join(", ");
  throw broken ??
    new Obstacle(`a C compiler must be installed: current value is none of ${names}, install one or set CC`);
}

/** The macros of a compiler, which tell its version and the processor's instructions; asking it takes some 20 ms. */
async function macrosOf(
  command: readonly string[],
  flags: readonly string[],
  cache: Cache,
  signal?: AbortSignal,
): Promise<string> {
  const ask = () =>
    invoke(command, [...flags, "-dM", "-E", "-x", "c", "/dev/null"], { signal, milliseconds: ASKING });
  const facts = await factsOf(command[0]);
  if (!facts) return await ask();
  const key = JSON.stringify([command, flags, facts]);
  try {
    return await Deno.readTextFile(
      await kept(cache, key, "macros", async (path) => await Deno.writeTextFile(path, await ask())),
    );
  } catch (error) {
    if (error instanceof Fault || signal?.aborted) throw error;
    // The first object will say what is wrong with the cache.
    return await ask();
  }
}

/** Compiles C text to a shared object in a directory of its own; throws a `Fault` with the compiler's message if that fails. */
export async function compile(
  { command, flags }: Compiler,
  text: string,
  path: string,
  signal?: AbortSignal,
): Promise<void> {
  const directory = path.slice(0, path.lastIndexOf("/"));
  const given: Given = {
    input: text,
    // What a compiler that is killed leaves goes with the directory.
    env: { TMPDIR: directory },
    signal,
    milliseconds: COMPILING + COMPILING_CHARACTER * text.length,
  };
  try {
    await invoke(command, [...flags, "-shared", ...linkerFlags(), "-x", "c", "-", "-o", path], given);
  } catch (error) {
    throw error instanceof Deno.errors.NotFound ? notWorking(command, error.message) : error;
  }
}

/** What a compiler writes; throws `NotFound` if there is no such program, and a `Fault` for whatever else goes wrong. */
async function invoke(command: readonly string[], args: readonly string[], given: Given): Promise<string> {
  const [program, ...options] = command;
  const env = { LC_ALL: "C", ...given.env };
  const { code, stdout, stderr } = await runChild(program, [...options, ...args], { ...given, env }).catch(
    (error) => {
      if (given.signal?.aborted || error instanceof Deno.errors.NotFound) throw error;
      throw notWorking(command, error.message);
    },
  );
  if (code === 0) return stdout;
  const message = stderr.trim().split("\n").slice(0, 5).join("\n") || "no message";
  throw notWorking(command, `exit code ${code}, ${message}`);
}

const notWorking = (command: readonly string[], reason: string): Fault =>
  new Fault(`the C compiler must work: current value is ${command.join(" ")}, ${reason}`);

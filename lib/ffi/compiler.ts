/**
 * The machine's C compiler, and what code is compiled with and kept in: the toolchain.
 *
 * In: C text. Out: a shared object at a path (`compile`). Which compiler, with which flags, is found once (`findToolchain`);
 * objects are kept under the compiler's macros, which change with its version and with the instructions of the processor.
 */
import { type Cache, findCache } from "./cache.ts";
import { type Given, runChild } from "./child.ts";
import { Fault, findSetup, Obstacle } from "./setup.ts";

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
const compilerFlags = () => [
  "-O3",
  ...architectureFlags[Deno.build.arch],
  "-ffp-contract=fast",
  "-fno-math-errno",
  "-fno-trapping-math",
  "-fPIC",
  "-w",
];

/** Functions of Deno itself are found when the object is loaded; only here that needs to be said. */
const linkerFlags = () => Deno.build.os === "darwin" ? ["-Wl,-undefined,dynamic_lookup"] : [];

/** Milliseconds that a compiler may take to tell what it is; it needs some 20. */
const ASKING = 10_000;
/** Milliseconds that it may take for a text, and for each of its characters: a hundred times what it needs. */
const COMPILING = 30_000;
const COMPILING_CHARACTER = 1;

/** The first of the commands that works; throws an `Obstacle` if none does. */
export async function findCompiler(
  commands: readonly (readonly string[])[],
  signal?: AbortSignal,
): Promise<Compiler> {
  const flags = compilerFlags();
  let broken: Fault | undefined;
  for (const command of commands) {
    try {
      // It takes some 15 ms, while this package's own code is loaded: keeping the answer, under the compiler's file and what
      // /proc/cpuinfo says, gained nothing of the time of a whole process.
      const args = [...flags, "-dM", "-E", "-x", "c", "/dev/null"];
      return { command, flags, macros: await invoke(command, args, { signal, milliseconds: ASKING }) };
    } catch (error) {
      if (error instanceof Fault) broken ??= error;
      else if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  const names = commands.map((command) => command.join(" ")).join(", ");
  throw broken ??
    new Obstacle(`a C compiler must be installed: current value is none of ${names}, install one or set CC`);
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

/** A compiler, and the directory of compiled objects. */
export interface Toolchain {
  readonly compiler: Compiler;
  readonly cache: Cache;
}

/** The toolchain of this machine; throws an `Obstacle` if there is none. */
export async function findToolchain(signal?: AbortSignal): Promise<Toolchain> {
  const setup = findSetup();
  const cache = findCache(setup.cache);
  return { compiler: await findCompiler(setup.compilers, signal), cache };
}

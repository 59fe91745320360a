/**
 * The machine's C compiler, and what code is compiled with and kept in: the toolchain.
 *
 * In: C text. Out: a shared object at a path (`compile`). Which compiler, with which flags, is found once (`findToolchain`);
 * objects are kept under the compiler's macros, which change with its version and with the instructions of the processor.
 */
import { type Cache, findCache } from "./cache.ts";
import { type Given, runChild } from "./child.ts";
import { kept } from "./file_cache.ts";
import { Fault, findSetup, isGranted, Obstacle } from "./setup.ts";

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
      return { command, flags: common, macros };
    } catch (error) {
      if (error instanceof Fault) broken ??= error;
      else if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  const names = commands.map((command) => command.join(" ")).join(", ");
  throw broken ??
    new Obstacle(`a C compiler must be installed: current value is none of ${names}, install one or set CC`);
}

/**
 * The macros of a compiler, which tell its version and the processor's instructions. Kept, they take 15 to 20 ms less of the first
 * call of a process, which is some 200.
 */
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

/** Where the system describes its processors. */
const PROCESSORS = "/proc/cpuinfo";
/** What it says of the first one is shorter. */
const LONGEST = 2 ** 14;
/** What of that decides on its instructions. */
const OF_PROCESSOR = /^(vendor_id|cpu family|model|model name|stepping|flags|Features|CPU \w+)\s*:/;

/** The file of a command with its time and size, and the processor; null where that is not known or may not be read. */
export async function factsOf(command: string, processors: string = PROCESSORS): Promise<string | null> {
  if (Deno.build.os !== "linux") return null;
  try {
    const path = pathOf(command);
    if (!path || !isGranted({ name: "read", path: processors })) return null;
    const { mtime, size, ino } = await Deno.stat(path);
    return JSON.stringify([path, mtime, size, ino, await firstProcessor(processors)]);
  } catch {
    return null;
  }
}

/** The file that a command is, found as the system does. */
function pathOf(command: string): string | undefined {
  if (command.includes("/")) return isFile(command) ? command : undefined;
  const path = isGranted({ name: "env", variable: "PATH" }) ? Deno.env.get("PATH") : undefined;
  const directories = path?.split(":") ?? [];
  return directories.map((directory) => `${directory}/${command}`).find(isFile);
}

function isFile(path: string): boolean {
  if (!isGranted({ name: "read", path })) return false;
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

async function firstProcessor(processors: string): Promise<string[]> {
  using file = await Deno.open(processors);
  const buffer = new Uint8Array(LONGEST);
  const count = await file.read(buffer);
  const [first] = new TextDecoder().decode(buffer.subarray(0, count ?? 0)).split("\n\n");
  return first.split("\n").filter((line) => OF_PROCESSOR.test(line));
}

/** A compiler, and the directory of compiled objects. */
export interface Toolchain {
  readonly compiler: Compiler;
  readonly cache: Cache;
}

/** The toolchain of this machine; throws an `Obstacle` if there is none. */
export async function findToolchain(signal?: AbortSignal): Promise<Toolchain> {
  const setup = findSetup();
  const cache = findCache(setup.cache);
  return { compiler: await findCompiler(setup.compilers, cache, signal), cache };
}

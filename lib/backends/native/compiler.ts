/** The machine's C compiler. */
import { factsOf } from "./compiler_facts.ts";
import { kept } from "./kept.ts";
import { Obstacle } from "./obstacle.ts";

/** A compiler that works here. */
export interface Compiler {
  readonly command: readonly string[];
  readonly flags: readonly string[];
  /** Changes with its version, with the instructions of the processor and with the flags */
  readonly identity: string;
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

/** The first of the commands that works; throws an `Obstacle` if none does. What it says of itself is kept in `cache`. */
export async function findCompiler(
  commands: readonly (readonly string[])[],
  cache: string,
): Promise<Compiler> {
  const common = commonFlags();
  let broken: Obstacle | undefined;
  for (const command of commands) {
    try {
      const macros = await macrosOf(command, common, cache);
      const flags = macros.includes("__clang__") ? common : [...common, ...gccFlags];
      return { command, flags, identity: JSON.stringify([command, flags, macros]) };
    } catch (error) {
      if (error instanceof Obstacle) broken ??= error;
      else if (error instanceof Deno.errors.PermissionDenied) broken ??= notWorking(command, error.message);
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
  cache: string,
): Promise<string> {
  const ask = () => invoke(command, [...flags, "-dM", "-E", "-x", "c", "/dev/null"]);
  const facts = await factsOf(command[0]);
  if (!facts) return await ask();
  const key = JSON.stringify([command, flags, facts]);
  try {
    return await Deno.readTextFile(
      await kept(cache, key, "macros", async (path) => await Deno.writeTextFile(path, await ask())),
    );
  } catch (error) {
    if (error instanceof Obstacle) throw error;
    // The first object will say what is wrong with the cache.
    return await ask();
  }
}

/** Compiles C text to a shared object; throws an `Obstacle` with the compiler's message if that fails. */
export async function compile({ command, flags }: Compiler, text: string, path: string): Promise<void> {
  await invoke(command, [...flags, "-shared", ...linkerFlags(), "-x", "c", "-", "-o", path], text);
}

async function invoke(command: readonly string[], args: readonly string[], input?: string): Promise<string> {
  const [program, ...options] = command;
  const child = new Deno.Command(program, {
    args: [...options, ...args],
    env: { LC_ALL: "C" },
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [result] = await Promise.all([child.output(), input === undefined ? null : send(child.stdin, input)]);
  const [stdout, stderr] = [result.stdout, result.stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (result.success) return stdout;
  const message = stderr.trim().split("\n").slice(0, 5).join("\n") || "no message";
  throw notWorking(command, `exit code ${result.code}, ${message}`);
}

const notWorking = (command: readonly string[], reason: string): Obstacle =>
  new Obstacle(`the C compiler must work: current value is ${command.join(" ")}, ${reason}`);

/** Writes the input; a program that ends early closes its end, and its exit code tells why. */
async function send(stream: WritableStream<Uint8Array>, input: string): Promise<void> {
  const writer = stream.getWriter();
  try {
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

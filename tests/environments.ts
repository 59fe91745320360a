/**
 * Runs the unit tests as on machines that lack something: `deno task environments [name …] [-- arguments of deno test]`.
 *
 * In: names of the table below, all by default. Out: a table of what passed, failed and was ignored, with the reasons; whole
 * outputs in `.cache/environments`; exit code 1 if a test failed, or if what should be hidden was found.
 * Nothing is uninstalled: variables hide drivers, a PATH of links hides commands, and a text file hides OpenBLAS.
 */
import { denoDir } from "../bench/children.ts";

/** What tests may need, as equipment_report.ts tells it. */
type Need = "webgpu" | "webgpuFloat64" | "native" | "blas" | "browser";

interface Environment {
  readonly lacks?: readonly Need[];
  readonly has?: readonly Need[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether a command stays on PATH; all do unless this says otherwise */
  readonly keeps?: (command: string) => boolean;
  /** Run by npm's package of Deno, which must not be what npm has installed for all */
  readonly npx?: true;
  readonly args?: readonly string[];
}

const root = `${import.meta.dirname}/..`;
const links = await Deno.makeTempDir();
const logs = `${root}/.cache/environments`;

const without = (...hidden: string[]) => (command: string) => !hidden.includes(command);
const noVulkan = { VK_DRIVER_FILES: "/nonexistent", VK_ICD_FILENAMES: "/nonexistent" };
const openGl = { ...noVulkan, DENO_WEBGPU_BACKEND: "gl" };
const noAdapter = { ...noVulkan, DENO_WEBGPU_BACKEND: "vulkan" };
const noBlas = { LD_LIBRARY_PATH: `${links}/no-blas` };
const noCompiler = { CC: "" };
const nodeAlone = {
  keeps: (command: string) => ["node", "npm", "npx", "sh", "cat", "sleep", "touch"].includes(command),
  npx: true,
} as const;

const environments: Readonly<Record<string, Environment>> = {
  "as it is": {},
  "shuffled": { args: [`--shuffle=${Math.floor(Math.random() * 2 ** 32)}`] },
  "no adapter": { lacks: ["webgpu", "webgpuFloat64"], env: noAdapter },
  "no compiler": { lacks: ["native"], env: noCompiler, keeps: without("cc", "clang", "gcc") },
  "no OpenBLAS": { lacks: ["blas"], env: noBlas },
  "no Chromium": { lacks: ["browser"], keeps: without("chromium", "google-chrome") },
  "no float64 on the adapter": { lacks: ["webgpuFloat64"], has: ["webgpu"], env: openGl },
  // A bare Debian with Mesa's OpenGL.
  "Node and OpenGL": {
    lacks: ["webgpuFloat64", "native", "blas", "browser"],
    has: ["webgpu"],
    env: { ...openGl, ...noBlas, ...noCompiler },
    ...nodeAlone,
  },
  "Node": {
    lacks: ["webgpu", "webgpuFloat64", "native", "blas", "browser"],
    env: { ...noAdapter, ...noBlas, ...noCompiler },
    ...nodeAlone,
  },
};

/** Fills a folder with links to the commands that stay, and returns the folder. */
async function pathOf(name: string, keeps: (command: string) => boolean): Promise<string> {
  const folder = `${links}/${name}`;
  await Deno.mkdir(folder);
  // The first of a name is the one that counts.
  for (const from of Deno.env.get("PATH")!.split(":")) {
    for (const command of await Array.fromAsync(Deno.readDir(from), ({ name }) => name).catch(() => [])) {
      if (keeps(command)) await Deno.symlink(`${from}/${command}`, `${folder}/${command}`).catch(() => {});
    }
  }
  return folder;
}

/** Runs a command of Deno in the environment; what it prints goes to the log as it comes. */
type Run = (...args: string[]) => Promise<{ readonly success: boolean; readonly text: string }>;

async function runner(name: string, { env = {}, keeps, npx }: Environment): Promise<Run> {
  const log = `${logs}/${name.replaceAll(" ", "-")}.log`;
  const variables: Record<string, string> = {
    DENO_DIR: await denoDir(),
    NO_COLOR: "1",
    ...env,
    ...(keeps && { PATH: await pathOf(name, keeps) }),
    ...(npx && { npm_config_prefix: `${links}/prefix` }),
  };
  const [command, ...deno] = npx ? ["npx", "--yes", `deno@${Deno.version.deno}`] : [Deno.execPath()];
  const first = [...deno, "run", "-A", "tests/own_cache.ts", "unit"];
  return async (...args) => {
    await Deno.writeTextFile(log, "");
    const options = { args: [...first, ...args], cwd: root, env: variables };
    const child = new Deno.Command(command, { ...options, stdout: "piped", stderr: "piped" }).spawn();
    const keep = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
      for await (const chunk of stream) await Deno.writeFile(log, chunk, { append: true });
    };
    await Promise.all([keep(child.stdout), keep(child.stderr)]);
    return { success: (await child.status).success, text: await Deno.readTextFile(log) };
  };
}

/** Why this machine cannot be made to look like `environment`; null if it can. */
async function mismatch(run: Run, { lacks = [], has = [] }: Environment): Promise<string | null> {
  const { text } = await run("run", "-A", "--quiet", "tests/equipment_report.ts");
  const obstacles: Readonly<Record<Need, string | null>> = JSON.parse(text.match(/^\{.*\}$/m)![0]);
  const found = lacks.find((need) => obstacles[need] === null);
  if (found) return `${found} is still found`;
  const missing = has.find((need) => obstacles[need] !== null);
  return missing ? `${missing} is missing: ${obstacles[missing]}` : null;
}

/** The figures of the last line, and how often each reason was given. */
function summary(text: string): string {
  const line = text.match(/^(?:ok|FAILED) \| .*$/m)?.[0] ?? "no result";
  const counts = new Map<string, number>();
  for (const [, reason] of text.matchAll(/ \(ignored: (.*)\) \.\.\. ignored/g)) {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [line, ...Array.from(counts, ([reason, count]) => `${count} ignored: ${reason}`)].join("\n    ");
}

/** Runs the tests in an environment and prints its rows of the table; whether nothing failed. */
async function test(name: string, rest: readonly string[]): Promise<boolean> {
  const environment = environments[name];
  const run = await runner(name, environment);
  const different = await mismatch(run, environment);
  if (different !== null) {
    console.log(`${name}\n    cannot be tested on this machine: ${different}`);
    return false;
  }
  const shuffle = environment.args ?? [];
  const { success, text } = await run("test", "-A", "--parallel", "--quiet", ...shuffle, ...rest);
  console.log(`${[name, ...shuffle].join(" ")}\n    ${summary(text)}`);
  return success;
}

function readArguments(): { names: string[]; rest: string[] } {
  const end = Deno.args.includes("--") ? Deno.args.indexOf("--") : Deno.args.length;
  const [names, rest] = [Deno.args.slice(0, end), Deno.args.slice(end + 1)];
  const unknown = names.find((name) => !(name in environments));
  if (unknown !== undefined) {
    const known = Object.keys(environments).map((name) => `"${name}"`).join(", ");
    throw new RangeError(
      `Cannot test as the environment must be one of ${known}: current value is "${unknown}"`,
    );
  }
  return { names: names.length > 0 ? names : Object.keys(environments), rest };
}

const { names, rest } = readArguments();
try {
  await Deno.mkdir(logs, { recursive: true });
  await Deno.mkdir(noBlas.LD_LIBRARY_PATH);
  for (const file of ["libopenblas.so.0", "libopenblas.so"]) {
    await Deno.writeTextFile(`${noBlas.LD_LIBRARY_PATH}/${file}`, "not a library\n");
  }
  let good = true;
  for (const name of names) good = await test(name, rest) && good;
  Deno.exitCode = good ? 0 : 1;
} finally {
  await Deno.remove(links, { recursive: true });
}

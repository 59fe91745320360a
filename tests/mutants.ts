/**
 * Whether tests notice faults: `deno task mutants [part of a file's name …]`.
 *
 * In: `mutants.json`, small changes of the code, each with the tests that are closest to it. Each change in turn is made in a copy
 * of the repository, and its tests are run there. Out: a line for each, killed or survived; exit code 1 if one survives, its text
 * is not there exactly once, its tests do not pass without it, or there are none of that name.
 */
import { denoDir } from "../bench/children.ts";
import { withoutEgl } from "./egl.ts";
import list from "./mutants.json" with { type: "json" };

interface Mutant {
  /** The file, from the root of the repository */
  readonly file: string;
  /** What is there once */
  readonly text: string;
  /** What stands in its place */
  readonly replacement: string;
  /** The files of the tests */
  readonly tests: readonly string[];
  /** The part of their names by which the closest are known; none: all of the files */
  readonly filter?: string;
}

const root = new URL("..", import.meta.url).pathname;

/** No test listed here takes a tenth of that: what runs longer is in a loop without end. */
const LONGEST_MS = 300_000;

/** Copies what is or would be committed. */
async function copyTo(directory: string): Promise<void> {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const { stdout } = await new Deno.Command("git", { args, cwd: root }).output();
  for (const file of new TextDecoder().decode(stdout).split("\0").filter(Boolean)) {
    const target = `${directory}/${file}`;
    await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    // What was removed and is still known to git is not there.
    await Deno.copyFile(`${root}${file}`, target).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

interface Outcome {
  readonly success: boolean;
  readonly passed: number;
  readonly ignored: number;
}

/** What the tests say in a copy. Types are left alone: a change that only they notice is no fault. */
async function run({ tests, filter }: Mutant, cwd: string, env: Record<string, string>): Promise<Outcome> {
  const args = ["test", "-A", "--quiet", "--no-check", ...(filter ? ["--filter", filter] : []), ...tests];
  const signal = AbortSignal.timeout(LONGEST_MS);
  const output = await new Deno.Command(Deno.execPath(), { args, cwd, env, signal }).output();
  const text = new TextDecoder().decode(output.stdout);
  const count = (what: string) => Number(RegExp(`\\b(\\d+) ${what}`).exec(text)?.[1] ?? 0);
  return { success: output.success, passed: count("passed"), ignored: count("ignored") };
}

/** Runs the tests without any change, each selection of them once; null if they pass, or what is wrong. */
function sound(cwd: string, env: Record<string, string>): (mutant: Mutant) => Promise<string | null> {
  const known = new Map<string, Promise<Outcome>>();
  return async (mutant) => {
    const key = JSON.stringify([mutant.tests, mutant.filter]);
    if (!known.has(key)) known.set(key, run(mutant, cwd, env));
    const { success, passed, ignored } = await known.get(key)!;
    if (!success) return "its tests fail without it";
    if (passed > 0) return null;
    return ignored > 0 ? "ignored: this machine lacks what its tests need" : "no test has that name";
  };
}

/** Makes the change, runs the tests, and takes it back. */
async function verdict(mutant: Mutant, cwd: string, env: Record<string, string>): Promise<string> {
  const path = `${cwd}/${mutant.file}`;
  const original = await Deno.readTextFile(path);
  const count = original.split(mutant.text).length - 1;
  if (count !== 1) return `its text is there ${count} times`;
  await Deno.writeTextFile(path, original.replace(mutant.text, () => mutant.replacement));
  try {
    return (await run(mutant, cwd, env)).success ? "survived" : "killed";
  } finally {
    await Deno.writeTextFile(path, original);
  }
}

const chosen = (list as Mutant[]).filter(({ file }) =>
  Deno.args.length === 0 || Deno.args.some((part) => file.includes(part))
);
const copy = await Deno.makeTempDir();
try {
  await copyTo(copy);
  const env = {
    XDG_CACHE_HOME: `${root}.cache/mutants`,
    DENO_DIR: await denoDir(),
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
    ...await withoutEgl(),
  };
  const obstacleTo = sound(copy, env);
  const counts = { killed: 0, ignored: 0, wrong: 0 };
  for (const mutant of chosen) {
    const found = await obstacleTo(mutant) ?? await verdict(mutant, copy, env);
    counts[found === "killed" ? "killed" : found.startsWith("ignored") ? "ignored" : "wrong"]++;
    console.log(`${found}: ${mutant.file}\n    ${mutant.text.trim()}\n    ${mutant.replacement.trim()}`);
  }
  console.log(
    `${chosen.length} changes: ${counts.killed} killed, ${counts.ignored} ignored, ${counts.wrong} not noticed or not made`,
  );
  Deno.exitCode = counts.wrong > 0 || chosen.length === 0 ? 1 : 0;
} finally {
  await Deno.remove(copy, { recursive: true });
}

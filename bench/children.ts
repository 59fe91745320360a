/** The child processes: a measurement here, one of the peer, and a comparison of their results. */
import type { DType } from "../mod.ts";
import type { Difference } from "./compare.ts";
import type { Measurement } from "./ours.ts";

/** What `kernel.py` prints besides the fields of ours. */
export interface PeerMeasurement extends Omit<Measurement, "backend" | "idle_rss_mib" | "numerical_error"> {
  readonly version: string;
  readonly jax: string;
}

/** One kernel to measure; paths of files, and of a folder for the results. */
export interface Task {
  readonly net: string;
  readonly x1: string;
  readonly x2?: string;
  readonly get?: string;
  readonly dtype: DType;
  readonly runs: number;
  readonly maxSeconds: number;
  readonly out?: string;
}

/** The folder of the peers' scripts. */
const PEERS = `${import.meta.dirname}/peers/`;

const script = (name: string) => ["run", "-A", `${import.meta.dirname}/${name}`];

/** Has the memory of this machine provided, so that no side waits for it. */
const touchMemory = () => lastLine(Deno.execPath(), ["run", `${import.meta.dirname}/touch.ts`]);

/** Measures `task` here; `cache` is the folder under which compiled code is kept. */
export async function measureOurs(task: Task, backend: string, cache: string): Promise<Measurement> {
  const args = [...script("ours.ts"), ...flags({ ...task, backend })];
  // Deno's own cache stays where it is: an empty one would time the download of nothing we measure.
  const env = { XDG_CACHE_HOME: cache, DENO_DIR: await denoDir() };
  await touchMemory();
  return JSON.parse(await lastLine(Deno.execPath(), args, env));
}

/** Measures `task` with the peer. */
export async function measureTheirs(task: Task, python: string): Promise<PeerMeasurement> {
  await touchMemory();
  return JSON.parse(await lastLine(python, [`${PEERS}kernel.py`, ...flags(task)]));
}

/** The differences of two .npy files, or of their first n rows and columns. */
export async function compare(
  actual: string,
  exact: string,
  symmetric: boolean,
  n?: number,
): Promise<Difference> {
  const args = [actual, exact, String(symmetric), ...(n === undefined ? [] : [String(n)])];
  return JSON.parse(await lastLine(Deno.execPath(), [...script("compare.ts"), ...args]));
}

/** The versions of JAX that peers can be installed with: which is faster, and which runs at all, depends on the network. */
export const JAX = ["0.10.2", "0.4.25"] as const;

/** The interpreter of the peers on a version of JAX; installs them first where they are missing. */
export function installPeers(jax: typeof JAX[number]): Promise<string> {
  return lastLine(`${PEERS}setup.sh`, [], { JAX: jax });
}

/** A child process that ended badly. */
export class ChildError extends Error {
  /** The signal that ended it, or the last line that it wrote about the error */
  readonly reason: string;

  constructor(command: string, stderr: string, { code, signal }: Deno.CommandStatus) {
    super(`${command} failed:\n${stderr.slice(-2000)}`);
    this.reason = signal ?? (stderr.split("\n").at(-1) || `exit code ${code}`);
  }
}

/** The last line that a command prints. */
export async function lastLine(command: string, args: string[], env: Record<string, string> = {}) {
  const output = await new Deno.Command(command, { args, env }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (!output.success) throw new ChildError(`${command} ${args.join(" ")}`, text(output.stderr), output);
  return text(output.stdout).split("\n").at(-1)!;
}

/** Where this Deno keeps what it downloads. */
export async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

function flags(options: object): string[] {
  return Object.entries(options).filter(([, value]) => value !== undefined).flatMap(([name, value]) => [
    `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    String(value),
  ]);
}

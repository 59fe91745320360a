/** Programs that run beside this one: they end when they are told to, or after a time. */
import { isGranted } from "./setup.ts";

/** What a program is given. */
export interface Given {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** How long it may take */
  readonly milliseconds: number;
}

/** How a program ended, and what it wrote. */
interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Thrown when a program takes too long. */
export class TooLong extends Error {
  override name = "TooLong";
}

/** Runs a program to its end. When the signal is aborted or the time is over, it is killed, and that reason is thrown. */
export async function runChild(
  program: string,
  args: readonly string[],
  { input, env, signal, milliseconds }: Given,
): Promise<Ended> {
  signal?.throwIfAborted();
  // Compilers start programs of their own, which only a signal to their group reaches. An interrupt from the terminal does not: a
  // compiler ends by itself then.
  const detached = isGranted({ name: "run" });
  const child = new Deno.Command(program, {
    args: [...args],
    env,
    detached,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(new TooLong(`no end after ${milliseconds / 1000} s`)),
    milliseconds,
  );
  const end = AbortSignal.any(signal ? [signal, limit.signal] : [limit.signal]);
  try {
    const [{ code }, stdout, stderr] = await Promise.all([
      child.status,
      textOf(child.stdout, end),
      textOf(child.stderr, end),
      send(child.stdin, input ?? "", end),
    ]);
    return { code, stdout, stderr };
  } finally {
    clearTimeout(timer);
    if (end.aborted) await kill(child, detached);
  }
}

/** Kills a program, with all that it has started where that is permitted, and waits until it has ended. */
async function kill(child: Deno.ChildProcess, isGroup: boolean): Promise<void> {
  if (!isGroup || !hasWorked(() => Deno.kill(-child.pid, "SIGKILL"))) hasWorked(() => child.kill("SIGKILL"));
  await child.status;
}

/** What has ended cannot be killed. */
function hasWorked(call: () => void): boolean {
  try {
    call();
    return true;
  } catch {
    return false;
  }
}

async function textOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>, signal: AbortSignal): Promise<string> {
  let text = "";
  const gathering = new WritableStream<string>({ write: (part) => void (text += part) });
  await stream.pipeThrough(new TextDecoderStream()).pipeTo(gathering, { signal });
  return text;
}

/** Writes the input; a program that ends early closes its end, and its exit code tells why. */
async function send(stream: WritableStream<Uint8Array>, input: string, signal: AbortSignal): Promise<void> {
  try {
    await ReadableStream.from([new TextEncoder().encode(input)]).pipeTo(stream, { signal });
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

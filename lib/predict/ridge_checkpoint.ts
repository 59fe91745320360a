/**
 * Sums of ridge regression on disk, so that a run that was killed goes on where it was. In: sums; out: a file of
 *
 *     512 bytes           a line of JSON: format, counts, fingerprints, and a checksum of all else
 *     8·D·D bytes         A, row by row, float64 in the byte order of the machine
 *     8·D·outputs bytes   B, likewise
 *
 * It is written under another name, flushed and renamed, so that whoever is killed in between leaves the last one whole.
 */
import { UnsupportedError } from "../errors.ts";
import { answering } from "../pause.ts";
import type { Steps } from "../steps.ts";
import { Fingerprint } from "../fingerprint.ts";
import { ACTION } from "./ridge_batches.ts";
import { type Counts, noCounts, RidgeSums } from "./ridge_sums.ts";

const FORMAT = "widekernels ridge 1";
const HEADER = 512;

/** Bytes that are written or read at once: the call copies them. */
const CHUNK = 2 ** 24;

interface Header extends Counts {
  readonly format: string;
  readonly checksum: string;
}

/** Where sums are kept. */
export class Checkpoint {
  readonly #path: string;
  /** What is being written; a run that was killed may leave it behind. */
  readonly #partial: string;
  readonly #milliseconds: number;
  #written = performance.now();

  private constructor(path: string, seconds: number) {
    this.#path = path;
    this.#partial = `${path}.partial`;
    this.#milliseconds = 1000 * seconds;
  }

  /**
   * The checkpoint at a path, to be written so many seconds apart. Writes and removes an empty file, so that a folder that lacks,
   * or that nobody may write to, shows before the work.
   */
  static async at(path: string, seconds: number): Promise<Checkpoint> {
    if (typeof globalThis.Deno?.open !== "function") {
      throw new UnsupportedError(
        `Cannot ${ACTION} as checkpoint must be null where there is no Deno: current value is ${
          JSON.stringify(path)
        }`,
      );
    }
    await requireFolder(path);
    const checkpoint = new Checkpoint(path, seconds);
    (await Deno.open(checkpoint.#partial, { write: true, create: true, truncate: true })).close();
    await Deno.remove(checkpoint.#partial);
    return checkpoint;
  }

  /** The error for a file that is not what it must be. */
  refusal(what: string, must: string, is: string | number, remedy: string): TypeError {
    return new TypeError(
      `Cannot resume from ${
        JSON.stringify(this.#path)
      } as ${what} must be ${must}: current value is ${is}, ${remedy}`,
    );
  }

  /** The sums in the file; null if there is none. */
  async read(): Promise<RidgeSums | null> {
    using file = await openedIfThere(this.#path);
    if (file === null) return null;
    const bytes = new Uint8Array(HEADER);
    await readInto(file, bytes);
    const header = headerOf(bytes);
    if (header === null) {
      const is = "another file, or the start of one";
      throw this.refusal("the file", "a checkpoint of ridge regression", is, REMOVE);
    }
    const { format: _, checksum, ...counts } = header;
    const length = HEADER + 8 * counts.features * (counts.features + counts.outputs);
    const { size } = await file.stat();
    if (size !== length) throw this.refusal("its length", `${length} bytes`, size, REMOVE);
    const sums = new RidgeSums(counts);
    for (const { data } of [sums.gram, sums.cross]) await readInto(file, bytesOf(data));
    const found = await checksumOf(sums);
    if (found !== checksum) throw this.refusal("its checksum", checksum, found, REMOVE);
    return sums;
  }

  /** Writes the sums, if the last time was long enough ago. */
  async writeIfDue(sums: RidgeSums): Promise<void> {
    if (performance.now() - this.#written >= this.#milliseconds) await this.write(sums);
  }

  /** Writes the sums in place of what was there. */
  async write(sums: RidgeSums): Promise<void> {
    const header: Header = { format: FORMAT, ...sums.counts, checksum: await checksumOf(sums) };
    const text = `${JSON.stringify(header).padEnd(HEADER - 1)}\n`;
    try {
      using file = await Deno.open(this.#partial, { write: true, create: true, truncate: true });
      const parts = [new TextEncoder().encode(text), bytesOf(sums.gram.data), bytesOf(sums.cross.data)];
      for (const part of parts) await writeAll(file, part);
      // Without it, a machine that loses power may keep the new name and not what it stands for.
      await file.sync();
    } catch (error) {
      await Deno.remove(this.#partial).catch(() => {});
      throw error;
    }
    await Deno.rename(this.#partial, this.#path);
    this.#written = performance.now();
  }
}

/** What to do about a file that cannot be resumed from. */
export const REMOVE = "remove it to start anew, or give another path";

async function requireFolder(path: string): Promise<void> {
  const refused = (must: string) =>
    new RangeError(`Cannot ${ACTION} as ${must}: current value is ${JSON.stringify(path)}`);
  // "/a" is in "/", and "a" is where the process is.
  const folder = path.replace(/[^/\\]*$/, "") || ".";
  if (!(await infoOf(folder))?.isDirectory) throw refused("the folder of checkpoint must exist");
  if ((await infoOf(path))?.isDirectory) {
    throw refused("checkpoint must be the path of a file, not of a folder");
  }
}

const infoOf = (path: string): Promise<Deno.FileInfo | null> => unlessMissing(Deno.stat(path));

const openedIfThere = (path: string): Promise<Deno.FsFile | null> => unlessMissing(Deno.open(path));

async function unlessMissing<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    // A path through a file is none either.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}

/** The header, if it is one. */
function headerOf(bytes: Uint8Array): Header | null {
  try {
    const header: Partial<Header> = JSON.parse(new TextDecoder().decode(bytes)) ?? {};
    const { format, features, outputs, batches, rows, squares, chain, last, checksum } = header;
    const isHeader = format === FORMAT && [features, outputs, batches, rows].every(isCount) &&
      Number.isFinite(squares) && [chain, last, checksum].every((text) => typeof text === "string");
    return isHeader ? header as Header : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const isCount = (value?: number) => Number.isSafeInteger(value) && value! > 0;

/** A checksum of counts and sums. */
async function checksumOf({ counts, gram, cross }: RidgeSums): Promise<string> {
  // In one order of names, whatever that of the file.
  const ordered = Object.keys(noCounts(0, 0)).map((name) => counts[name as keyof Counts]);
  const print = new Fingerprint().text(JSON.stringify(ordered));
  const steps = function* (): Steps<void> {
    for (const { data } of [gram, cross]) yield* print.manyNumbers(data);
  };
  await answering(steps());
  return print.digits;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Fills `bytes` as far as the file goes. */
async function readInto(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  let at = 0;
  while (at < bytes.length) {
    const count = await file.read(bytes.subarray(at, at + CHUNK));
    if (count === null) return;
    at += count;
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  let at = 0;
  while (at < bytes.length) at += await file.write(bytes.subarray(at, at + CHUNK));
}

/**
 * A kernel in tiles on disk, so that a computation that was killed goes on where it was. One file, in the byte order of the machine:
 *
 *     512 bytes           a line of JSON: format, size of the kernel and of its tiles, its name, and a fingerprint of what it is of
 *     8 bytes a point     its scale, float64
 *     8 bytes a tile      its checksum, zeros while it is not there; then zeros up to a multiple of 4096 bytes
 *     the tiles           one after the other, int32 (layout.ts)
 *
 * It has its whole length from the start. A tile is written and flushed before its checksum, so it counts only once it is whole.
 */
import { Fingerprint } from "../fingerprint.ts";
import { answering, type Watch } from "../pause.ts";
import type { Steps } from "../steps.ts";
import { type Layout, sizeOfTile, type TilePlace } from "./layout.ts";

const FORMAT = "widekernels kernel 1";
const HEADER = 512;
const SCALE = 8;
const MARK = 8;
const PAGE = 4096;

/** Bytes that are written or read at once: the call copies them. */
const CHUNK = 2 ** 24;

/** What a kernel is of. */
export interface KernelIdentity {
  /** Its name */
  readonly kernel: string;
  /** Of its inputs and its network */
  readonly fingerprint: string;
}

interface Header extends KernelIdentity {
  readonly format: string;
  readonly n: number;
  readonly tileRows: number;
}

/** Tiles to be read, and what ends that. */
export interface ReadableTiles {
  readonly tiles: readonly Int32Array[];
  readonly release: () => void;
}

/** What a file says of its tiles: scales of points, and checksums of tiles. */
interface Contents {
  readonly scales: Float64Array<ArrayBuffer>;
  readonly marks: Uint32Array<ArrayBuffer>;
}

/** The file of a kernel, open. */
export class TileFile {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #layout: Layout;
  readonly #starts: readonly number[];
  readonly #marks: Uint32Array<ArrayBuffer>;
  readonly #bytes: number;
  /** Scales of the points whose tiles of the diagonal are there, zeros for the others. */
  readonly scales: Float64Array<ArrayBuffer>;

  private constructor(path: string, file: Deno.FsFile, layout: Layout, { scales, marks }: Contents) {
    const { starts, bytes } = placesOf(layout);
    this.scales = scales;
    this.#path = path;
    this.#file = file;
    this.#layout = layout;
    this.#starts = starts;
    this.#bytes = bytes;
    this.#marks = marks;
  }

  /**
   * The file at a path, made if there is none; the checksums of tiles that it has are compared.
   *
   * @throws {TypeError} for a file that is not one of this kernel, was cut off, or damaged.
   */
  static async at(path: string, layout: Layout, identity: KernelIdentity, watch: Watch): Promise<TileFile> {
    const header: Header = { format: FORMAT, n: layout.n, tileRows: layout.tileRows, ...identity };
    const info = await infoOf(path);
    if (info?.isDirectory) throw wrongPath("path must be the path of a file, not of a folder", path);
    if (info === null) await create(path, layout, header);
    const file = await Deno.open(path, { read: true, write: true });
    try {
      const found = new TileFile(path, file, layout, await contentsOf(path, file, layout, header));
      await found.#check(watch);
      return found;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Whether a tile is there. */
  has({ number }: TilePlace): boolean {
    return this.#marks[2 * number] !== 0 || this.#marks[2 * number + 1] !== 0;
  }

  /** Writes a tile, and the scales of its points if it is on the diagonal. */
  async put(place: TilePlace, tile: Int32Array): Promise<void> {
    const { number, rows } = place;
    const marks = this.#marks.subarray(2 * number, 2 * number + 2);
    try {
      await writeAt(this.#file, this.#starts[number], bytesOf(tile));
      if (place.row === place.col) {
        await writeAt(this.#file, HEADER + SCALE * rows[0], bytesOf(this.scales.subarray(...rows)));
      }
      // Without it, a machine that loses power may keep the checksum and not the tile.
      await this.#file.syncData();
      const halves = await this.#checksum(place, tile);
      await writeAt(this.#file, marksAt(this.#layout) + MARK * number, bytesOf(Uint32Array.from(halves)));
      marks.set(halves);
    } catch (error) {
      throw this.#withoutRoom(error) ?? error;
    }
  }

  close(): void {
    this.#file.close();
  }

  /** All tiles as memory, of the file itself where the system can do that, else read into memory. */
  async readable({ signal }: Pick<Watch, "signal">): Promise<ReadableTiles> {
    const { mapFile } = await import("../ffi/mapped_file.ts");
    const mapped = mapFile(this.#path, this.#bytes);
    if (mapped) {
      const tiles = this.#layout.tiles.map((place) =>
        mapped.integers(this.#starts[place.number], sizeOfTile(place))
      );
      return { tiles, release: mapped.unmap };
    }
    const tiles: Int32Array[] = [];
    for (const place of this.#layout.tiles) {
      signal?.throwIfAborted();
      tiles.push(await this.#read(place));
    }
    return { tiles, release: () => {} };
  }

  async #read(place: TilePlace): Promise<Int32Array> {
    const tile = new Int32Array(sizeOfTile(place));
    await readAt(this.#file, this.#starts[place.number], bytesOf(tile));
    return tile;
  }

  async #check({ signal }: Watch): Promise<void> {
    for (const place of this.#layout.tiles) {
      if (!this.has(place)) continue;
      signal?.throwIfAborted();
      const must = textOf(this.#marks.subarray(2 * place.number, 2 * place.number + 2));
      const is = textOf(await this.#checksum(place, await this.#read(place)));
      if (is !== must) throw refusal(this.#path, `the checksum of tile ${place.number}`, must, is);
    }
  }

  /** The checksum of a tile, and of scales that come with it; zeros stand for none. */
  async #checksum({ row, col, rows }: TilePlace, tile: Int32Array): Promise<readonly [number, number]> {
    const print = new Fingerprint();
    if (row === col) print.numbers(this.scales.subarray(...rows));
    const steps = function* (): Steps<void> {
      yield* print.manyNumbers(tile);
    };
    await answering(steps());
    const [a, b] = print.halves;
    return a === 0 && b === 0 ? [1, 0] : [a, b];
  }

  /** The error for a disk that is full. */
  #withoutRoom(error: unknown): Error | null {
    if (
      !(error instanceof Error) ||
      !/ENOSPC|EDQUOT|os error (28|122)\b/.test(`${Reflect.get(error, "code")} ${error.message}`)
    ) {
      return null;
    }
    const whole = this.#layout.tiles.filter((place) => this.has(place)).length;
    return new Error(
      `Cannot keep a kernel in ${
        JSON.stringify(this.#path)
      } as the disk must have room for ${this.#bytes} bytes: ` +
        `current value is full, with ${whole} of ${this.#layout.tiles.length} tiles; make room and call again to go on from them`,
      { cause: error },
    );
  }
}

/** Where the checksums begin. */
const marksAt = ({ n }: Layout): number => HEADER + SCALE * n;

/** Where the tiles of a file begin, and how many bytes it has. */
function placesOf(layout: Layout): { starts: number[]; bytes: number } {
  const { tiles } = layout;
  let bytes = Math.ceil((marksAt(layout) + MARK * tiles.length) / PAGE) * PAGE;
  const starts = tiles.map((place) => {
    const start = bytes;
    bytes += Int32Array.BYTES_PER_ELEMENT * sizeOfTile(place);
    return start;
  });
  return { starts, bytes };
}

/** Makes a file without tiles: under another name first, so that whoever is killed leaves none that is not whole. */
async function create(path: string, layout: Layout, header: Header): Promise<void> {
  await requireFolder(path);
  const partial = `${path}.partial`;
  try {
    using file = await Deno.open(partial, { write: true, create: true, truncate: true });
    await writeAt(file, 0, new TextEncoder().encode(`${JSON.stringify(header).padEnd(HEADER - 1)}\n`));
    await file.truncate(placesOf(layout).bytes);
    await file.sync();
  } catch (error) {
    await Deno.remove(partial).catch(() => {});
    throw error;
  }
  await Deno.rename(partial, path);
}

/** The scales and checksums in a file, if it is one of the kernel. */
async function contentsOf(
  path: string,
  file: Deno.FsFile,
  layout: Layout,
  must: Header,
): Promise<Contents> {
  const bytes = new Uint8Array(HEADER);
  await readAt(file, 0, bytes);
  const header = headerOf(bytes);
  if (header === null) {
    throw refusal(path, "the file", "a kernel in tiles", "another file, or the start of one");
  }
  const what = { n: "its number of points", tileRows: "its tileRows", kernel: "its kernel" } as const;
  for (const name of Object.keys(what) as (keyof typeof what)[]) {
    if (header[name] !== must[name]) throw refusal(path, what[name], must[name], header[name]);
  }
  if (header.fingerprint !== must.fingerprint) {
    throw refusal(
      path,
      "the fingerprint of its inputs and its network",
      must.fingerprint,
      header.fingerprint,
    );
  }
  const { size } = await file.stat();
  const length = placesOf(layout).bytes;
  if (size !== length) throw refusal(path, "its length", `${length} bytes`, size);
  const [scales, marks] = [new Float64Array(layout.n), new Uint32Array(2 * layout.tiles.length)];
  await readAt(file, HEADER, bytesOf(scales));
  await readAt(file, marksAt(layout), bytesOf(marks));
  return { scales, marks };
}

function headerOf(bytes: Uint8Array): Header | null {
  try {
    const header: Partial<Header> = JSON.parse(new TextDecoder().decode(bytes)) ?? {};
    return header.format === FORMAT ? header as Header : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const refusal = (path: string, what: string, must: string | number, is: string | number): TypeError =>
  new TypeError(
    `Cannot keep a kernel in ${JSON.stringify(path)} as ${what} must be ${must}: ` +
      `current value is ${is}, remove it to start anew, or give another path`,
  );

async function requireFolder(path: string): Promise<void> {
  // "/a" is in "/", and "a" is where the process is.
  const folder = path.replace(/[^/\\]*$/, "") || ".";
  if (!(await infoOf(folder))?.isDirectory) throw wrongPath("the folder of path must exist", path);
}

const wrongPath = (must: string, path: string): RangeError =>
  new RangeError(`Cannot keep a kernel in a file as ${must}: current value is ${JSON.stringify(path)}`);

/** What is at a path; null for nothing. */
async function infoOf(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    // A path through a file is none either.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}

const textOf = (halves: ArrayLike<number>): string =>
  Array.from(halves, (half) => half.toString(16).padStart(8, "0")).join("");

const bytesOf = ({ buffer, byteOffset, byteLength }: Int32Array | Uint32Array | Float64Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);

async function readAt(file: Deno.FsFile, start: number, bytes: Uint8Array): Promise<void> {
  await file.seek(start, Deno.SeekMode.Start);
  let at = 0;
  while (at < bytes.length) {
    const count = await file.read(bytes.subarray(at, at + CHUNK));
    if (count === null) return;
    at += count;
  }
}

async function writeAt(file: Deno.FsFile, start: number, bytes: Uint8Array): Promise<void> {
  await file.seek(start, Deno.SeekMode.Start);
  let at = 0;
  while (at < bytes.length) at += await file.write(bytes.subarray(at, at + CHUNK));
}

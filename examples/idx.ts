/** The IDX file format of MNIST (Yann LeCun): magic number 0x0800 + rank, big-endian sizes, then unsigned bytes. */

/**
 * The first `count` records of an IDX file of unsigned bytes, record after record; only these are read from the disk.
 * `recordShape` is the shape that each record must have: `[28, 28]` for images, `[]` for labels.
 */
export function readIdx(path: string, count: number, recordShape: readonly number[]): Uint8Array {
  using file = openIdx(path);
  const headerBytes = 4 * (2 + recordShape.length);
  checkSize(path, file, headerBytes);
  const header = new DataView(readBytes(file, headerBytes).buffer);
  const [magic, total, ...shape] = Array.from({ length: headerBytes / 4 }, (_, i) => header.getUint32(4 * i));
  checkHeader(path, [magic, ...shape], [0x0800 + recordShape.length + 1, ...recordShape]);
  if (!(Number.isInteger(count) && count >= 1 && count <= total)) {
    const range = `an integer between 1 and ${total}`;
    throw new RangeError(
      `Cannot read ${path} as the number of records must be ${range}: current value is ${count}`,
    );
  }
  const recordBytes = shape.reduce((product, size) => product * size, 1);
  checkSize(path, file, headerBytes + total * recordBytes);
  return readBytes(file, count * recordBytes);
}

const remedy = "deno run --reload fetches the files of packages anew";

function openIdx(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot read ${path} as it must be a file: current value is missing; ${remedy}`, {
      cause: error,
    });
  }
}

function checkHeader(path: string, actual: number[], expected: number[]): void {
  if (`${actual}` === `${expected}`) return;
  const wanted = `magic number and record shape [${expected.join(", ")}]`;
  throw new TypeError(
    `Cannot read ${path} as its header must have ${wanted}: current value is [${actual.join(", ")}]`,
  );
}

/** Refuses a file that is cut off, also behind the records that are asked for: it is damaged as a whole. */
function checkSize(path: string, file: Deno.FsFile, bytes: number): void {
  const { size } = file.statSync();
  if (size >= bytes) return;
  throw new RangeError(
    `Cannot read ${path} as its size must be ${bytes} bytes: current value is ${size}; ${remedy}`,
  );
}

function readBytes(file: Deno.FsFile, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const count = file.readSync(bytes.subarray(done));
    if (count === null) throw new Deno.errors.UnexpectedEof("The file became shorter while it was read");
    done += count;
  }
  return bytes;
}

/** Shared objects of Linux, as far as loading one safely needs: the file of one that was cut off ends the process that reads it. */

/** 0x7f, then "ELF", 64 bits, little-endian */
const MAGIC = [0x7f, 0x45, 0x4c, 0x46, 2, 1];
/** Where the header tells the place of the table of segments, the size of its rows and how many it has */
const TABLE = 32;
const ROW = 54;
const ROWS = 56;
/** Where a row tells the place of a segment in the file and its size there */
const PLACE = 8;
const SIZE = 32;

/** Throws if a file of Linux ends before what it says is in it; the system checks all else, and those of other systems. */
export function requireWhole(file: Uint8Array): void {
  if (!MAGIC.every((byte, k) => file[k] === byte)) return;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const number = (at: number) => Number(view.getBigUint64(at, true));
  const [row, rows] = [view.getUint16(ROW, true), view.getUint16(ROWS, true)];
  for (let k = 0; k < rows; k++) {
    const at = number(TABLE) + k * row;
    if (number(at + PLACE) + number(at + SIZE) > file.length) throw new RangeError("the file is cut off");
  }
}

/**
 * Compares two results, or their first n rows and columns, in a process of its own, so that its memory counts for nobody:
 * `compare.ts a.npy exact.npy symmetric [n]`.
 */
import { NdArray, readNpy } from "../mod.ts";

/** Largest differences, relative to the largest entry. */
export interface Difference {
  readonly offDiagonal: number;
  /** Of K(x, x), where a peer may be far less accurate; 0 where x1 is not x2 */
  readonly diagonal: number;
}

const [actual, exact, symmetric, n] = Deno.args;
console.log(JSON.stringify(difference(read(actual), read(exact), symmetric === "true")));

function read(path: string): NdArray {
  const whole = readNpy(Deno.readFileSync(path));
  return n ? firstBlock(whole, Number(n)) : whole;
}

function firstBlock({ data, shape: [, columns] }: NdArray, n: number): NdArray {
  const rows = Array.from({ length: n }, (_, i) => Array.from(data.slice(i * columns, i * columns + n)));
  return new NdArray(Float64Array.from(rows.flat()), [n, n]);
}

function difference(a: NdArray, b: NdArray, symmetric: boolean): Difference {
  if (a.shape.join() !== b.shape.join()) {
    throw new RangeError(
      `Cannot compare results as their shapes must agree: [${a.shape}] is not [${b.shape}]`,
    );
  }
  const columns = a.shape[1];
  const worst = { offDiagonal: 0, diagonal: 0 };
  let largest = 0;
  for (let i = 0; i < a.size; i++) {
    const place = symmetric && i % (columns + 1) === 0 ? "diagonal" : "offDiagonal";
    const error = Math.abs(a.data[i] - b.data[i]);
    largest = Math.max(largest, Math.abs(b.data[i]));
    if (!(error <= worst[place])) worst[place] = Number.isNaN(error) ? Infinity : error;
  }
  return { offDiagonal: worst.offDiagonal / largest, diagonal: worst.diagonal / largest };
}

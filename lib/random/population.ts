/** What `choice` and `permutation` draw from: a count, or the rows of an array. */
import { allocate, type ArrayInput, NdArray, toArray } from "../array/mod.ts";
import { outOfRange } from "../options.ts";

/** What is drawn from: n rows of an array, or the integers 0 … n − 1 where a number n stands for them. */
export interface Population {
  readonly size: number;
  /** The members at given indices, in an array whose first axes are `shape`. */
  take(indices: ArrayLike<number>, shape: readonly number[]): NdArray;
}

/** The population that an argument called `name` stands for. */
export function population(source: ArrayInput, name: string): Population {
  if (typeof source === "number") return integers(source, name);
  const a = toArray(source, name);
  if (a.shape.length > 0) return rowsOf(a);
  throw new TypeError(
    `Cannot draw from ${name} as its number of axes must be at least 1: current value is 0`,
  );
}

function integers(size: number, name: string): Population {
  if (!Number.isSafeInteger(size) || size < 1) {
    throw outOfRange(`draw from ${name}`, "it", "a positive integer or an array", size);
  }
  return { size, take: (indices, shape) => new NdArray(Float64Array.from(indices), shape) };
}

function rowsOf(a: NdArray): Population {
  const [size, ...rest] = a.shape;
  const step = a.size / size;
  const take = (indices: ArrayLike<number>, shape: readonly number[]) => {
    const data = allocate(indices.length * step, a.dtype);
    for (let i = 0; i < indices.length; i++) {
      data.set(a.data.subarray(indices[i] * step, (indices[i] + 1) * step), i * step);
    }
    return new NdArray(data, [...shape, ...rest]);
  };
  return { size, take };
}

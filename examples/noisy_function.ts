/** A function of one variable, and a few noisy measurements of it. */
import { random } from "../mod.ts";

/** Measurements. */
export interface Measurements {
  /** Shape [count, 1], in ascending order. */
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
}

/** Where measurements are made: nothing is known between the intervals, and beyond them. */
const INTERVALS = [[-2, 0.2], [1, 2.2]] as const;

/** What is measured. */
export function trueFunction(x: number): number {
  return Math.sin(3 * x) + x / 2;
}

/** So many measurements, half of them in each interval, one in each equal part of it, with normal noise of a standard deviation. */
export function measurements(key: random.Key, count: number, deviation: number): Measurements {
  const shares = random.uniform(random.foldIn(key, 0), [count]).data;
  const errors = random.normal(random.foldIn(key, 1), [count]).data;
  const halves = [Math.ceil(count / 2), Math.floor(count / 2)];
  const places = INTERVALS.flatMap(([start, end], half) =>
    Array.from({ length: halves[half] }, (_, part) => {
      const share = shares[half * halves[0] + part];
      return start + (part + share) / halves[half] * (end - start);
    })
  );
  return {
    x: places.map((place) => [place]),
    y: places.map((place, i) => trueFunction(place) + deviation * errors[i]),
  };
}

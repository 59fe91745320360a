/** Digits as shapes of gray for a plot. */

/** Pixels a side. */
export const side = 28;
const grayLevels = 16;

/** The upper left corner of a digit, and the size of a pixel of it. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly pixelSize: number;
}

type Ring = [number, number][];

/** All runs of pixels of a level, as GeoJSON, and their color. */
export interface InkShape {
  readonly type: "MultiPolygon";
  readonly coordinates: Ring[][];
  readonly fill: string;
}

/** One shape for each gray level, of all horizontal runs of pixels at that level: far smaller than a rectangle a pixel. */
export function inkShapes(image: ArrayLike<number>, place: Place): InkShape[] {
  const runs = new Map<number, Ring[][]>();
  for (let row = 0; row < side; row++) {
    for (let start = 0, end = 0; start < side; start = end) {
      const level = levelAt(image, row, start);
      while (end < side && levelAt(image, row, end) === level) end++;
      if (level > 0) runs.set(level, [...runs.get(level) ?? [], [rectangle(place, row, start, end)]]);
    }
  }
  return [...runs].map(([level, coordinates]) => ({ type: "MultiPolygon", coordinates, fill: gray(level) }));
}

const levelAt = (image: ArrayLike<number>, row: number, column: number) =>
  Math.round(image[side * row + column] * (grayLevels - 1));

function gray(level: number): string {
  const hex = Math.round(255 * (1 - level / (grayLevels - 1))).toString(16).padStart(2, "0");
  return `#${hex}${hex}${hex}`;
}

function rectangle({ x, y, pixelSize }: Place, row: number, start: number, end: number): Ring {
  const [left, right] = [x + start * pixelSize, x + end * pixelSize];
  const [top, bottom] = [y + row * pixelSize, y + (row + 1) * pixelSize];
  return [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]];
}

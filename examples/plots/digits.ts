/** Plot of a few digits with a caption each. */
import * as Plot from "@observablehq/plot";
import { renderSvg, titleHeight } from "./svg.ts";

const side = 28;
const pixelSize = 4;
const grayLevels = 16;
const tile = side * pixelSize;
const gap = 28;
const rowHeight = tile + 36;

type Ring = [number, number][];

/**
 * SVG of `images` in rows of `columns`, the captions below. An image is 28 × 28 values from 0 (background) to 1 (ink),
 * row after row; it is drawn in 16 gray levels.
 */
export function digitsPlot(
  images: readonly ArrayLike<number>[],
  captions: readonly string[],
  { columns, title }: { columns: number; title: string },
): string {
  check(images, captions, columns);
  const corners = images.map((_, i) => ({
    x: gap + (i % columns) * (tile + gap),
    y: titleHeight + Math.floor(i / columns) * rowHeight,
  }));
  const width = gap + columns * (tile + gap);
  const height = titleHeight + Math.ceil(images.length / columns) * rowHeight;
  return renderSvg(title, {
    width,
    height,
    margin: 0,
    x: { domain: [0, width], axis: null },
    y: { domain: [height, 0], axis: null },
    color: { type: "identity" },
    marks: [
      Plot.geo(images.flatMap((image, i) => inkShapes(image, corners[i])), { fill: (shape) => shape.fill }),
      Plot.rect(corners, {
        x1: "x",
        y1: "y",
        x2: ({ x }) => x + tile,
        y2: ({ y }) => y + tile,
        stroke: "#ccc",
      }),
      Plot.text(corners, {
        x: ({ x }) => x + tile / 2,
        y: ({ y }) => y + tile + 14,
        text: captions,
        fontSize: 13,
      }),
    ],
  });
}

/** One shape for each gray level, of all horizontal runs of pixels at that level: far smaller than a rectangle a pixel. */
function inkShapes(image: ArrayLike<number>, corner: { x: number; y: number }) {
  const runs = new Map<number, Ring[][]>();
  for (let row = 0; row < side; row++) {
    for (let start = 0, end = 0; start < side; start = end) {
      const level = levelAt(image, row, start);
      while (end < side && levelAt(image, row, end) === level) end++;
      if (level > 0) runs.set(level, [...runs.get(level) ?? [], [rectangle(corner, row, start, end)]]);
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

function rectangle({ x, y }: { x: number; y: number }, row: number, start: number, end: number): Ring {
  const [left, right] = [x + start * pixelSize, x + end * pixelSize];
  const [top, bottom] = [y + row * pixelSize, y + (row + 1) * pixelSize];
  return [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]];
}

function check(images: readonly ArrayLike<number>[], captions: readonly string[], columns: number): void {
  if (!(Number.isInteger(columns) && columns >= 1)) {
    throw new RangeError(
      `Cannot plot digits as columns must be a positive integer: current value is ${columns}`,
    );
  }
  if (captions.length !== images.length) {
    const wanted = `one for each of the ${images.length} images`;
    throw new TypeError(
      `Cannot plot digits as the captions must be ${wanted}: current value is ${captions.length}`,
    );
  }
  for (const image of images) {
    if (image.length !== side * side) {
      throw new TypeError(
        `Cannot plot digits as an image must be 784 pixels: current value is ${image.length}`,
      );
    }
    const bad = Array.from(image).find((pixel) => !(pixel >= 0 && pixel <= 1));
    if (bad !== undefined) {
      throw new RangeError(`Cannot plot digits as a pixel must be between 0 and 1: current value is ${bad}`);
    }
  }
}

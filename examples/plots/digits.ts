/** Plot of a few digits with a caption each. */
import * as Plot from "@observablehq/plot";
import { inkShapes, side } from "./ink.ts";
import { renderSvg, titleHeight } from "./svg.ts";

const pixelSize = 4;
const tile = side * pixelSize;
const gap = 28;
const rowHeight = tile + 36;

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
      Plot.geo(images.flatMap((image, i) => inkShapes(image, { ...corners[i], pixelSize })), {
        fill: (shape) => shape.fill,
      }),
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

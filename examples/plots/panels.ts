/** Several plots in one picture. */
import * as Plot from "@observablehq/plot";
import { renderSvg, titleHeight } from "./svg.ts";

/** A plot of a size, in pixels. */
export type Panel = Plot.PlotOptions & { readonly width: number; readonly height: number };

/** The file with rows of plots below the title; those of a row are as high as its first, and as wide as they are. */
export function renderPanels(title: string, rows: readonly (readonly Panel[])[]): string {
  const widths = rows.map((panels) => panels.reduce((sum, { width }) => sum + width, 0));
  const heights = rows.map(([{ height }]) => height);
  const marks: Plot.RenderFunction[] = [];
  let y = titleHeight;
  for (const [row, panels] of rows.entries()) {
    let x = 0;
    for (const panel of panels) {
      marks.push(placed(panel, x, y));
      x += panel.width;
    }
    y += heights[row];
  }
  return renderSvg(title, { width: Math.max(...widths), height: y, margin: 0, axis: null, marks });
}

/** A plot inside another one, its upper left corner at (x, y). */
function placed(panel: Panel, x: number, y: number): Plot.RenderFunction {
  return (_index, _scales, _values, _dimensions, { document }) => {
    const svg = Plot.plot({ ...panel, document });
    for (const [name, value] of Object.entries({ x, y, "font-family": "inherit", "font-size": 13 })) {
      svg.setAttribute(name, value);
    }
    return svg;
  };
}

/** Several plots in one picture. */
import * as Plot from "@observablehq/plot";
import { renderSvg, titleHeight } from "./svg.ts";

/** A plot of a size, in pixels. */
export type Panel = Plot.PlotOptions & { readonly width: number; readonly height: number };

/** The file with rows of plots below the title; all are as large as the first. */
export function renderPanels(title: string, rows: readonly (readonly Panel[])[]): string {
  const [[{ width, height }]] = rows;
  return renderSvg(title, {
    width: width * rows[0].length,
    height: titleHeight + height * rows.length,
    margin: 0,
    axis: null,
    marks: rows.flatMap((panels, row) =>
      panels.map((panel, column) => placed(panel, column * width, titleHeight + row * height))
    ),
  });
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

/** Plot of the times that backends take for several networks. */
import * as Plot from "@observablehq/plot";
import { renderSvg, titleHeight } from "./svg.ts";

/** The time of one network on one backend in one precision. */
export interface Milliseconds {
  network: string;
  backend: string;
  dtype: "float64" | "float32";
  milliseconds: number;
}

/** SVG of horizontal bars on a logarithmic axis, a group for every network, with name and value at their ends. */
export function millisecondsPlot(rows: readonly Milliseconds[], { title }: { title: string }): string {
  const bars = rows.map((row) => ({ ...row, run: `${row.backend} ${row.dtype}` }));
  const networks = [...new Set(bars.map(({ network }) => network))];
  const runs = [...new Set(bars.map(({ run }) => run))];
  // A bar on a logarithmic axis starts where the axis does: the power of ten below all values.
  const start = 10 ** Math.floor(Math.log10(Math.min(...rows.map(({ milliseconds }) => milliseconds))));
  const longest = Math.max(...networks.map(({ length }) => length));
  return renderSvg(title, {
    // About 7 pixels a letter: text cannot be measured without a browser.
    width: 640 + 7 * longest,
    height: titleHeight + 70 + networks.length * (24 * runs.length + 14),
    marginTop: titleHeight + 6,
    marginLeft: 24 + 7 * longest,
    marginRight: 190,
    marginBottom: 48,
    x: {
      type: "log",
      label: "Milliseconds an entry",
      labelAnchor: "center",
      labelArrow: "none",
      tickFormat: (value: number) => String(value),
      grid: true,
    },
    y: { axis: null, domain: runs },
    fy: { label: null, domain: networks, padding: 0.25, axis: "left" },
    color: { domain: ["float32", "float64"], range: ["#9ecae1", "#08519c"] },
    marks: [
      Plot.barX(bars, { x1: start, x2: "milliseconds", y: "run", fy: "network", fill: "dtype" }),
      Plot.text(bars, {
        x: "milliseconds",
        y: "run",
        fy: "network",
        text: ({ milliseconds, run }: typeof bars[number]) => `${milliseconds.toPrecision(3)} ${run}`,
        textAnchor: "start",
        dx: 6,
      }),
    ],
  });
}

/** Plot of approximation errors against the degree of the approximation. */
import * as Plot from "@observablehq/plot";
import { legend, legendWidth } from "./legend.ts";
import { renderSvg, titleHeight } from "./svg.ts";

/** One named curve: the points (x[i], y[i]). */
export interface Series {
  name: string;
  x: ArrayLike<number>;
  y: ArrayLike<number>;
}

/** Labels and scales; an axis is linear unless `logX` or `logY` is set. */
export interface ErrorPlotOptions {
  title: string;
  xLabel: string;
  yLabel: string;
  logX?: boolean;
  logY?: boolean;
}

/**
 * SVG of one curve a series, the names beside the frame. Points at or below zero, which have no place on a logarithmic
 * axis, are left out (an error of exactly 0 is one).
 */
export function errorAgainstDegreePlot(series: readonly Series[], options: ErrorPlotOptions): string {
  const { title, xLabel, yLabel, logX = false, logY = false } = options;
  const points = series.flatMap(toPoints).filter(({ x, y }) => (!logX || x > 0) && (!logY || y > 0));
  const names = series.map(({ name }) => name);
  const axis = { labelAnchor: "center", labelArrow: "none", grid: true } as const;
  return renderSvg(title, {
    width: 620 + legendWidth(names),
    height: 420,
    marginTop: titleHeight + 6,
    marginLeft: 76,
    marginRight: legendWidth(names),
    marginBottom: 52,
    inset: 8,
    x: { ...axis, type: logX ? "log" : "linear", label: xLabel, labelOffset: 42 },
    y: {
      ...axis,
      type: logY ? "log" : "linear",
      label: yLabel,
      labelOffset: 64,
      nice: true,
      tickFormat: logY ? "~e" : undefined,
    },
    color: { domain: names },
    marks: [
      Plot.frame({ stroke: "#999" }),
      Plot.line(points, { x: "x", y: "y", stroke: "name", strokeWidth: 2 }),
      Plot.dot(points, { x: "x", y: "y", fill: "name", r: 3.5 }),
      legend(names),
    ],
  });
}

function toPoints({ name, x, y }: Series): { name: string; x: number; y: number }[] {
  if (x.length !== y.length) {
    const wanted = "of equal length";
    throw new TypeError(
      `Cannot plot ${name} as x and y must be ${wanted}: current value is ${x.length} and ${y.length}`,
    );
  }
  return Array.from(x, (value, i) => {
    if (Number.isFinite(value) && Number.isFinite(y[i])) return { name, x: value, y: y[i] };
    throw new RangeError(
      `Cannot plot ${name} as each point must be finite: current value is (${value}, ${y[i]})`,
    );
  });
}

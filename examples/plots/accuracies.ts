/** Plot of the accuracies of several networks, one pair of bars each. */
import * as Plot from "@observablehq/plot";
import { renderSvg, titleHeight } from "./svg.ts";

/** Accuracies of one network in percent. */
export interface Accuracies {
  network: string;
  nngp: number;
  ntk: number;
}

/** SVG of horizontal bars, NNGP above NTK for every network, with the values at their ends. */
export function accuraciesPlot(rows: readonly Accuracies[], { title }: { title: string }): string {
  const bars = rows.flatMap(({ network, nngp, ntk }) => [
    { network, kernel: "NNGP", accuracy: nngp },
    { network, kernel: "NTK", accuracy: ntk },
  ]);
  // About 7 pixels a letter: text cannot be measured without a browser.
  const longest = Math.max(...rows.map(({ network }) => network.length));
  return renderSvg(title, {
    width: 560 + 7 * longest,
    height: titleHeight + 70 + 62 * rows.length,
    marginTop: titleHeight + 6,
    marginLeft: 24 + 7 * longest,
    marginRight: 110,
    marginBottom: 48,
    x: {
      label: "Accuracy in percent",
      labelAnchor: "center",
      labelArrow: "none",
      domain: [0, 100],
      grid: true,
    },
    y: { axis: null, domain: ["NNGP", "NTK"] },
    fy: { label: null, domain: rows.map(({ network }) => network), padding: 0.25, axis: "left" },
    color: { domain: ["NNGP", "NTK"], range: ["#9ecae1", "#08519c"] },
    marks: [
      Plot.barX(bars, { x: "accuracy", y: "kernel", fy: "network", fill: "kernel" }),
      Plot.text(bars, {
        x: "accuracy",
        y: "kernel",
        fy: "network",
        text: ({ kernel, accuracy }: typeof bars[number]) => `${accuracy.toFixed(1)} ${kernel}`,
        textAnchor: "start",
        dx: 6,
      }),
    ],
  });
}

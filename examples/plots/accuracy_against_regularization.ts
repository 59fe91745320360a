/** Plot of accuracies against the strength of the regularization. */
import * as Plot from "@observablehq/plot";
import { legend, legendWidth } from "./legend.ts";
import { renderSvg, titleHeight } from "./svg.ts";

/** One named curve: accuracies in percent by regularization, and the regularization that was chosen. */
export interface RegularizationCurve {
  name: string;
  rows: readonly { regularization: number; accuracy: number }[];
  chosen: number;
}

/** SVG of one curve a name on a logarithmic axis of regularizations, a ring around the points that were chosen. */
export function accuracyAgainstRegularizationPlot(
  curves: readonly RegularizationCurve[],
  { title }: { title: string },
): string {
  const points = curves.flatMap(({ name, rows, chosen }) =>
    rows.map((row) => ({ ...row, name, isChosen: row.regularization === chosen }))
  );
  const names = curves.map(({ name }) => name);
  const position = { x: "regularization", y: "accuracy" };
  const axis = { labelAnchor: "center", labelArrow: "none", grid: true } as const;
  return renderSvg(title, {
    width: 620 + legendWidth(names),
    height: 420,
    marginTop: titleHeight + 6,
    marginLeft: 76,
    marginRight: legendWidth(names),
    marginBottom: 52,
    inset: 8,
    x: { ...axis, type: "log", label: "Regularization (ring: chosen)", labelOffset: 42, tickFormat: "~e" },
    y: { ...axis, label: "Validation accuracy in percent", labelOffset: 58, nice: true },
    color: { domain: names },
    marks: [
      Plot.frame({ stroke: "#999" }),
      Plot.line(points, { ...position, stroke: "name", strokeWidth: 2 }),
      Plot.dot(points, { ...position, fill: "name", r: 3.5 }),
      Plot.dot(points.filter(({ isChosen }) => isChosen), {
        ...position,
        stroke: "name",
        strokeWidth: 2,
        r: 8,
      }),
      legend(names),
    ],
  });
}

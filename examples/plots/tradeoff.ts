/** Plots of what feature maps of some networks reach by their dimension, and by time. */
import * as Plot from "@observablehq/plot";
import { legend, legendWidth } from "./legend.ts";
import { renderPanels } from "./panels.ts";

/** What a feature map of a dimension reaches. */
export interface TradeoffPoint {
  /** Columns. */
  readonly dimension: number;
  /** ‖φφᵀ − Θ‖/‖Θ‖. */
  readonly error: number;
  /** Percent of the test images. */
  readonly accuracy: number;
  readonly seconds: number;
}

/** The maps of a network, and the kernel itself. */
export interface NetworkTradeoff {
  readonly title: string;
  readonly curves: readonly { readonly name: string; readonly points: readonly TradeoffPoint[] }[];
  readonly exact: Pick<TradeoffPoint, "accuracy" | "seconds">;
}

const EXACT = "exact kernel";

const axis = { labelAnchor: "center", labelArrow: "none", grid: true } as const;

/** SVG of two plots a network: error against dimension, and accuracy against time, where a dashed line shows that of the exact kernel. */
export function tradeoffPlot(networks: readonly NetworkTradeoff[], { title }: { title: string }): string {
  const names = [...new Set(networks.flatMap(({ curves }) => curves.map(({ name }) => name))), EXACT];
  const shared = {
    width: 470 + legendWidth(names),
    height: 360,
    marginTop: 40,
    marginLeft: 76,
    marginRight: legendWidth(names),
    marginBottom: 52,
    inset: 8,
    color: { domain: names },
  };
  const rows = networks.map((network) => [errorPanel(network), accuracyPanel(network)]);
  return renderPanels(title, rows.map((panels) => panels.map((panel) => ({ ...shared, ...panel }))));
}

function errorPanel({ title, curves }: NetworkTradeoff): Plot.PlotOptions {
  const points = pointsOf(curves);
  const ticks = [...new Set(points.map(({ dimension }) => dimension))];
  // Of base 10, ticks in the middle of a power would have no label.
  const x = { ...axis, type: "log", base: 2, ticks, tickFormat: String } as const;
  return {
    x: { ...x, label: "Dimension", labelOffset: 42 },
    y: {
      ...axis,
      type: "log",
      label: "Relative error of the NTK",
      labelOffset: 62,
      nice: true,
      tickFormat: "~g",
    },
    marks: [
      caption(title),
      ...curveMarks(points, "dimension", "error"),
      legend(curves.map(({ name }) => name)),
    ],
  };
}

function accuracyPanel({ title, curves, exact }: NetworkTradeoff): Plot.PlotOptions {
  return {
    x: { ...axis, type: "log", label: "Seconds of features and fit", labelOffset: 42, tickFormat: "~g" },
    y: { ...axis, label: "Test accuracy in percent", labelOffset: 62, nice: true },
    marks: [
      caption(title),
      Plot.ruleY([exact.accuracy], { stroke: [EXACT], strokeDasharray: "5 4" }),
      ...curveMarks(pointsOf(curves), "seconds", "accuracy"),
      Plot.dot([exact], { x: "seconds", y: "accuracy", fill: [EXACT], symbol: "diamond", r: 6 }),
      legend([...curves.map(({ name }) => name), EXACT]),
    ],
  };
}

/** The points of all curves, each with the name of its own. */
function pointsOf(curves: NetworkTradeoff["curves"]) {
  return curves.flatMap(({ name, points }) => points.map((point) => ({ ...point, name })));
}

/** A line and dots for each name. */
function curveMarks(points: readonly TradeoffPoint[], x: keyof TradeoffPoint, y: keyof TradeoffPoint) {
  return [
    Plot.frame({ stroke: "#999" }),
    Plot.line(points, { x, y, stroke: "name", strokeWidth: 2 }),
    Plot.dot(points, { x, y, fill: "name", r: 3.5 }),
  ];
}

/** What a panel is about, above its frame. */
function caption(title: string): Plot.Markish {
  return Plot.text([title], { frameAnchor: "top-left", dy: -14, fontWeight: 600, lineAnchor: "bottom" });
}

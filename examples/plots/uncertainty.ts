/** Plots of how far a model of digits may be believed. */
import * as Plot from "@observablehq/plot";
import { inkShapes, side } from "./ink.ts";
import { legend, legendWidth } from "./legend.ts";
import { type Panel, renderPanels } from "./panels.ts";

/** What a model says of digits, and how often it is right. */
export interface Uncertainty {
  /** Reliability diagrams by name: confidences and accuracies from 0 to 1, the guesses that a point stands for, and the mean error of all. */
  readonly reliability: readonly {
    readonly name: string;
    readonly error: number;
    readonly bins: readonly {
      readonly confidence: number;
      readonly accuracy: number;
      readonly count: number;
    }[];
  }[];
  /** Accuracies, from 0 to 1, of what stays when a share is set aside, by what decides which. */
  readonly coverage: readonly {
    readonly name: string;
    readonly points: readonly { readonly setAside: number; readonly accuracy: number }[];
  }[];
  /** Digits turned by angles. */
  readonly turns: readonly {
    readonly degrees: number;
    readonly stds: readonly number[];
    readonly meanStd: number;
    readonly accuracy: number;
  }[];
  /** One of them: its image at each angle, and what is written below. */
  readonly pictured: readonly { readonly image: ArrayLike<number>; readonly lines: readonly string[] }[];
}

const axis = { labelAnchor: "center", labelArrow: "none", grid: true } as const;
const frame = Plot.frame({ stroke: "#999" });
const percent = (share: number) => String(Math.round(100 * share));
const BLUE = "#4269d0";

/** SVG of accuracy against confidence, and without the least certain guesses; of std and accuracy against angle; and of a digit that turns. */
export function uncertaintyPlot(uncertainty: Uncertainty, { title }: { title: string }): string {
  const { reliability, coverage, turns, pictured } = uncertainty;
  const names = [...reliability, ...coverage].map(({ name }) => name);
  const shared = {
    width: 450 + legendWidth(names),
    height: 350,
    marginTop: 40,
    marginLeft: 72,
    marginRight: legendWidth(names),
    marginBottom: 52,
    inset: 6,
  };
  const panels = [
    [reliabilityPanel(reliability), coveragePanel(coverage)],
    [stdPanel(turns), accuracyPanel(turns)],
  ].map((row) => row.map((panel): Panel => ({ ...shared, ...panel })));
  return renderPanels(title, [...panels, [digitsPanel(pictured, 2 * shared.width)]]);
}

function reliabilityPanel(reliability: Uncertainty["reliability"]): Plot.PlotOptions {
  const points = reliability.flatMap(({ name, bins }) => bins.map((bin) => ({ ...bin, name })));
  const names = reliability.map(({ name }) => name);
  const place = { x: "confidence", y: "accuracy" };
  return {
    x: { ...axis, label: "Confidence in percent", labelOffset: 42, domain: [0, 1], tickFormat: percent },
    y: { ...axis, label: "Accuracy in percent", labelOffset: 54, domain: [0, 1], tickFormat: percent },
    color: { domain: names },
    r: { type: "sqrt", range: [2.5, 9] },
    marks: [
      caption(
        `Accuracy against confidence, ${
          reliability.map(({ error }) => `${(100 * error).toFixed(1)} %`).join(" and ")
        } apart (size: guesses)`,
      ),
      frame,
      Plot.line([[0, 0], [1, 1]], { stroke: "#999", strokeDasharray: "5 4" }),
      Plot.line(points, { ...place, stroke: "name", strokeWidth: 2 }),
      Plot.dot(points, { ...place, fill: "name", r: "count" }),
      legend(names),
    ],
  };
}

function coveragePanel(coverage: Uncertainty["coverage"]): Plot.PlotOptions {
  const points = coverage.flatMap(({ name, points }) => points.map((point) => ({ ...point, name })));
  const names = coverage.map(({ name }) => name);
  return {
    x: { ...axis, label: "Set aside in percent", labelOffset: 42, tickFormat: percent },
    y: {
      ...axis,
      label: "Accuracy of the others in percent",
      labelOffset: 54,
      nice: true,
      tickFormat: (share: number) => String(Number((100 * share).toFixed(1))),
    },
    color: { domain: names },
    marks: [
      caption("Without the least certain guesses"),
      frame,
      Plot.line(points, { x: "setAside", y: "accuracy", stroke: "name", strokeWidth: 2 }),
      legend(names),
    ],
  };
}

const angleAxis = {
  ...axis,
  label: "Turned by, in degrees",
  labelOffset: 42,
  ticks: [0, 30, 60, 90, 120, 150, 180],
};

function stdPanel(turns: Uncertainty["turns"]): Plot.PlotOptions {
  const bands = turns.map(({ degrees, stds, meanStd }) => {
    const sorted = stds.toSorted((a, b) => a - b);
    const quantile = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
    return { degrees, meanStd, low: quantile(0.1), high: quantile(0.9) };
  });
  const names = ["mean of the digits", "80 % of them"];
  return {
    x: angleAxis,
    y: { ...axis, label: "Standard deviation", labelOffset: 54, nice: true },
    color: { domain: names, range: [BLUE, "#c8d3f3"] },
    marks: [
      caption("Standard deviation of digits that are turned"),
      frame,
      Plot.areaY(bands, { x: "degrees", y1: "low", y2: "high", fill: () => names[1], z: null }),
      Plot.line(bands, { x: "degrees", y: "meanStd", stroke: BLUE, strokeWidth: 2 }),
      Plot.dot(bands, { x: "degrees", y: "meanStd", fill: BLUE, r: 3.5 }),
      legend(names),
    ],
  };
}

function accuracyPanel(turns: Uncertainty["turns"]): Plot.PlotOptions {
  return {
    x: angleAxis,
    y: { ...axis, label: "Accuracy in percent", labelOffset: 54, domain: [0, 1], tickFormat: percent },
    marks: [
      caption("Accuracy of digits that are turned"),
      frame,
      Plot.line(turns, { x: "degrees", y: "accuracy", stroke: BLUE, strokeWidth: 2 }),
      Plot.dot(turns, { x: "degrees", y: "accuracy", fill: BLUE, r: 3.5 }),
    ],
  };
}

const PIXEL = 2.5;
const TILE = side * PIXEL;
const LINE = 18;

/** A row of digits with lines below each. */
function digitsPanel(pictured: Uncertainty["pictured"], width: number): Panel {
  const places = pictured.map((_, i) => ({ x: (i + 0.5) * width / pictured.length - TILE / 2, y: 8 }));
  const lines = pictured.flatMap(({ lines }, i) =>
    lines.map((text, row) => ({ text, x: places[i].x + TILE / 2, y: 8 + TILE + LINE * (row + 0.75) }))
  );
  const height = 24 + TILE + LINE * Math.max(...pictured.map(({ lines }) => lines.length));
  return {
    width,
    height,
    margin: 0,
    x: { domain: [0, width], axis: null },
    y: { domain: [height, 0], axis: null },
    color: { type: "identity" },
    marks: [
      Plot.geo(pictured.flatMap(({ image }, i) => inkShapes(image, { ...places[i], pixelSize: PIXEL })), {
        fill: (shape) => shape.fill,
      }),
      Plot.rect(places, {
        x1: "x",
        y1: "y",
        x2: ({ x }) => x + TILE,
        y2: ({ y }) => y + TILE,
        stroke: "#ccc",
      }),
      Plot.text(lines, { x: "x", y: "y", text: "text" }),
    ],
  };
}

/** What a panel is about, above its frame. */
function caption(title: string): Plot.Markish {
  return Plot.text([title], { frameAnchor: "top-left", dy: -14, fontWeight: 600, lineAnchor: "bottom" });
}

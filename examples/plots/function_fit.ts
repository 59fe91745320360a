/** Plot of what a Gaussian process says of a function of one variable, before and after its options are fitted. */
import * as Plot from "@observablehq/plot";
import { legend, legendWidth } from "./legend.ts";
import { type Panel, renderPanels } from "./panels.ts";

/** Functions drawn from a process, at all places. */
type Samples = readonly ArrayLike<number>[];

/** A posterior at all places. */
export interface Posterior {
  readonly title: string;
  readonly mean: ArrayLike<number>;
  readonly std: ArrayLike<number>;
  readonly samples: Samples;
}

/** Log evidences over the scale of weights and the noise. */
export interface EvidenceSurface {
  readonly title: string;
  /** Equally spaced on a logarithmic scale, ascending. */
  readonly wStds: readonly number[];
  /** Likewise. */
  readonly noises: readonly number[];
  /** Of wStds[i] and noises[j] at [j·wStds.length + i]. */
  readonly values: readonly number[];
  /** Where each run of the fit was, one run after the other: 0 from the start, and restarts from 1 on. */
  readonly steps: readonly { readonly run: number; readonly wStd: number; readonly noise: number }[];
  /** Where the best of them ended, and how good that is. */
  readonly best: { readonly wStd: number; readonly noise: number; readonly value: number };
}

/** What is drawn. */
export interface FunctionFit {
  /** The places at which functions are drawn, ascending. */
  readonly places: readonly number[];
  /** The true function there. */
  readonly truth: readonly number[];
  readonly measurements: readonly { readonly x: number; readonly y: number }[];
  readonly prior: { readonly title: string; readonly std: ArrayLike<number>; readonly samples: Samples };
  readonly before: Posterior;
  readonly surface: EvidenceSurface;
  readonly after: Posterior;
}

const axis = { labelAnchor: "center", labelArrow: "none", grid: true } as const;
const frame = Plot.frame({ stroke: "#999" });

/** The names of the legends, and their colors. */
const colors = {
  "samples": "#9aa6c4",
  "mean": "#1f449c",
  "mean ± 2 std": "#d5def5",
  "true function": "#e08214",
  "measured": "#222222",
} as const;
const FIT = { name: "fit", color: "#d6301f" };
/** How far below the best evidence levels are, and their colors; what is lower has the color of the frame's ground. */
const LEVELS = [
  { below: 20, color: "#deebf7" },
  { below: 10, color: "#c1d9ed" },
  { below: 5, color: "#9ac2df" },
  { below: 2, color: "#6aa6d0" },
  { below: 1, color: "#3f86bd" },
  { below: 0.3, color: "#1d5f9e" },
];

/** SVG of samples of the prior, the posterior before the fit, the evidence with the path of the fit, and the posterior after it. */
export function functionFitPlot(fit: FunctionFit, { title }: { title: string }): string {
  const names = [...Object.keys(colors), ...LEVELS.map(levelName)];
  const shared = {
    width: 460 + legendWidth(names),
    height: 350,
    marginTop: 40,
    marginLeft: 72,
    marginRight: legendWidth(names),
    marginBottom: 52,
  };
  const size = (panel: Plot.PlotOptions): Panel => ({ ...shared, ...panel });
  // One scale for both, so that bands can be compared.
  const range = rangeOf(fit);
  return renderPanels(title, [
    [size(priorPanel(fit)), size(posteriorPanel(fit, fit.before, range))],
    [size(surfacePanel(fit.surface)), size(posteriorPanel(fit, fit.after, range))],
  ]);
}

function priorPanel({ places, prior: { title, std, samples } }: FunctionFit): Plot.PlotOptions {
  const names = ["samples", "mean ± 2 std"] as const;
  const most = Math.max(...samples.flatMap((sample) => Array.from(sample, Math.abs)));
  const height = Math.max(most, 3 * Math.max(...Array.from(std)));
  return {
    x: { ...axis, label: "x", labelOffset: 42 },
    y: { ...axis, label: "f(x)", labelOffset: 52, domain: [-height, height] },
    color: colorsOf(names),
    marks: [
      caption(title),
      frame,
      band(places, places.map(() => 0), std),
      lines(places, samples),
      legend(names),
    ],
  };
}

function posteriorPanel(
  { places, truth, measurements }: FunctionFit,
  { title, mean, std, samples }: Posterior,
  domain: [number, number],
): Plot.PlotOptions {
  const names = Object.keys(colors) as (keyof typeof colors)[];
  return {
    x: { ...axis, label: "x", labelOffset: 42 },
    y: { ...axis, label: "f(x)", labelOffset: 52, domain },
    color: colorsOf(names),
    marks: [
      caption(title),
      frame,
      band(places, mean, std),
      lines(places, samples),
      line(places, truth, { stroke: colors["true function"], strokeDasharray: "6 4", strokeWidth: 2 }),
      line(places, mean, { stroke: colors.mean, strokeWidth: 2.5 }),
      Plot.dot(measurements, { x: "x", y: "y", fill: colors.measured, r: 3 }),
      legend(names),
    ],
  };
}

/** The lowest and the highest of all that is drawn of both posteriors. */
function rangeOf({ truth, measurements, before, after }: FunctionFit): [number, number] {
  const values = [...truth, ...measurements.map(({ y }) => y)];
  for (const { mean, std, samples } of [before, after]) {
    for (const sample of samples) values.push(...Array.from(sample));
    Array.from(mean, (value, i) => values.push(value - 2 * std[i], value + 2 * std[i]));
  }
  return [Math.min(...values), Math.max(...values)];
}

function surfacePanel(
  { title, wStds, noises, values, steps: all, best: end }: EvidenceSurface,
): Plot.PlotOptions {
  const best = Math.max(...values, end.value);
  const [x1, x2] = edges(wStds);
  const [y1, y2] = edges(noises);
  const names = [...LEVELS.map(levelName), FIT.name];
  const placed = ({ wStd, noise }: { readonly wStd: number; readonly noise: number }) => ({
    x: Math.log10(wStd),
    y: Math.log10(noise),
  });
  const steps = all.map((step) => ({ ...placed(step), run: step.run }));
  const starts = steps.filter(({ run }, i) => i === 0 || run !== steps[i - 1].run);
  const place = { x: "x", y: "y" } as const;
  const opacity = ({ run }: { readonly run: number }) => run === 0 ? 1 : 0.5;
  const lowest = best - 1.1 * LEVELS[0].below;
  const logAxis = (values: readonly number[]) => ({
    ...axis,
    domain: [Math.log10(values[0]), Math.log10(values[values.length - 1])],
    ticks: ticksOf(values).map(Math.log10),
    tickFormat: (position: number) => String(Number((10 ** position).toPrecision(2))),
  });
  return {
    x: { ...logAxis(wStds), label: "wStd of all layers", labelOffset: 42 },
    y: { ...logAxis(noises), label: "Variance of the noise", labelOffset: 58 },
    color: { domain: names, range: [...LEVELS.map(({ color }) => color), FIT.color] },
    marks: [
      caption(title),
      ...LEVELS.map(({ below, color }) =>
        Plot.contour(values.map((value) => Math.max(value, lowest)), {
          ...{ x1, x2, y1, y2, width: wStds.length, height: noises.length },
          ...{
            value: (value: number) => value,
            thresholds: [best - below],
            fill: color,
            stroke: "white",
            clip: true,
          },
        })
      ),
      frame,
      Plot.line(steps, { ...place, z: "run", stroke: FIT.color, strokeWidth: 2, strokeOpacity: opacity }),
      Plot.dot(steps, { ...place, fill: FIT.color, fillOpacity: opacity, r: 3 }),
      Plot.dot([placed(end)], { ...place, fill: "white", stroke: FIT.color, strokeWidth: 2, r: 6 }),
      Plot.text(starts, {
        ...place,
        text: ({ run }: { readonly run: number }) => run === 0 ? "start" : `restart ${run}`,
        dx: 6,
        dy: -9,
        textAnchor: "start",
        stroke: "white",
        fill: FIT.color,
      }),
      legend(names),
    ],
  };
}

/** Where a grid of cells begins and ends whose centres are equally spaced on a logarithmic scale; in powers of 10. */
function edges(values: readonly number[]): [number, number] {
  const [first, last] = [Math.log10(values[0]), Math.log10(values[values.length - 1])];
  const half = (last - first) / (values.length - 1) / 2;
  return [first - half, last + half];
}

/** 1, 3, 10, 30, … and their tenths, as far as they are in the range of some values. */
function ticksOf(values: readonly number[]): number[] {
  const powers = Array.from({ length: 13 }, (_, i) => i - 6);
  return powers.flatMap((power) => [10 ** power, 3 * 10 ** power])
    .filter((tick) => tick >= values[0] * (1 - 1e-9) && tick <= values[values.length - 1] * (1 + 1e-9));
}

const levelName = ({ below }: { below: number }): string => `best − ${below}`;

function colorsOf(names: readonly (keyof typeof colors)[]): Plot.ScaleOptions {
  return { domain: names, range: names.map((name) => colors[name]) };
}

function band(places: readonly number[], mean: ArrayLike<number>, std: ArrayLike<number>): Plot.Markish {
  const points = places.map((x, i) => ({ x, low: mean[i] - 2 * std[i], high: mean[i] + 2 * std[i] }));
  return Plot.areaY(points, { x: "x", y1: "low", y2: "high", fill: () => "mean ± 2 std", z: null });
}

function lines(places: readonly number[], samples: Samples): Plot.Markish[] {
  return samples.map((sample) => line(places, sample, { stroke: colors.samples, strokeWidth: 1.2 }));
}

function line(places: readonly number[], values: ArrayLike<number>, options: Plot.LineOptions): Plot.Markish {
  return Plot.line(places.map((place, i) => [place, values[i]]), options);
}

/** What a panel is about, above its frame. */
function caption(title: string): Plot.Markish {
  return Plot.text([title], { frameAnchor: "top-left", dy: -14, fontWeight: 600, lineAnchor: "bottom" });
}

import { DOMParser } from "linkedom";
import {
  accuracyAgainstRegularizationPlot,
  confusionMatrixPlot,
  digitsPlot,
  errorAgainstDegreePlot,
  functionFitPlot,
  millisecondsPlot,
  tradeoffPlot,
  uncertaintyPlot,
} from "../examples/plots.ts";
import { assert, assertDeepEquals, assertEquals, assertThrows } from "./assert.ts";

/** Fails unless every element is closed, every attribute quoted and every & escaped: linkedom's parser repairs such errors. */
function assertWellFormed(xml: string): void {
  const open: string[] = [];
  const tag = /<(\/?)([\w:]+)((?: [\w:-]+="[^"<]*")*) ?(\/?)>/y;
  for (let at = 0; at >= 0; at = xml.indexOf("<", at)) {
    tag.lastIndex = at;
    const match = tag.exec(xml);
    assert(match, `No tag at ${xml.slice(at, at + 80)}`);
    const [, closing, name, , empty] = match;
    if (closing) assertEquals(open.pop(), name);
    else if (!empty) open.push(name);
    at = tag.lastIndex;
  }
  assertDeepEquals(open, []);
  assert(!/&(?!(amp|lt|gt|quot|apos|#\d+);)/.test(xml), "bare &");
}

/** The parsed file and the texts in it, after checking that it is complete: namespace, size, white ground, title, fonts. */
function parseSvg(xml: string, title: string) {
  assertWellFormed(xml);
  const { documentElement: svg } = new DOMParser().parseFromString(xml, "image/svg+xml");
  assertEquals(svg.getAttribute("xmlns"), "http://www.w3.org/2000/svg");
  assertEquals(svg.getAttribute("viewBox"), `0 0 ${svg.getAttribute("width")} ${svg.getAttribute("height")}`);
  assert(svg.getAttribute("font-family")?.endsWith("sans-serif"));
  const [name, ground, heading] = svg.children;
  assertDeepEquals([name.localName, name.textContent, heading.textContent], ["title", title, title]);
  assertDeepEquals([ground.localName, ground.getAttribute("fill")], ["rect", "white"]);
  assert(!/NaN|undefined|Infinity/.test(xml), "a coordinate is missing");
  return { svg, texts: Array.from(svg.querySelectorAll("text"), (text) => text.textContent) };
}

Deno.test("confusionMatrixPlot: every count, both axes", () => {
  const matrix = Array.from({ length: 10 }, (_, t) => Array.from({ length: 10 }, (_, p) => 100 * t + p));
  const title = `NTK: 92 % < 93 % & "more"`;
  const { svg, texts } = parseSvg(confusionMatrixPlot(matrix, { title }), title);
  const cells = svg.querySelectorAll('[aria-label="cell"] rect');
  assertEquals(cells.length, 100);
  assertEquals(new Set(Array.from(cells, (cell) => cell.getAttribute("fill"))).size > 50, true);
  const counts = Array.from(
    svg.querySelectorAll('[aria-label="text"] text'),
    (text) => Number(text.textContent),
  );
  assertDeepEquals(counts, matrix.flat());
  for (const label of ["predicted", "true", "0", "9"]) assert(texts.includes(label), `no label ${label}`);
});

Deno.test("confusionMatrixPlot: bad matrices", async () => {
  const plot = (matrix: number[][]) => confusionMatrixPlot(matrix, { title: "" });
  const start = "Cannot plot the confusion matrix as";
  await assertThrows(
    () => plot([[1, 2]]),
    TypeError,
    `${start} it must be square: current value is a row of 2 in 1 rows`,
  );
  for (const count of [-1, 0.5, NaN]) {
    const message = `${start} each count must be a non-negative integer: current value is ${count}`;
    await assertThrows(() => plot([[count]]), RangeError, message);
  }
});

Deno.test("digitsPlot: pixels as runs of gray, captions, few bytes", () => {
  const blank = new Float64Array(784);
  const twoPixels = Float64Array.from(blank, (_, i) => i === 0 || i === 1 ? 1 : 0);
  const noise = Float64Array.from(blank, (_, i) => (i * 7 % 256) / 255);
  const captions = ["4 read as 9", "7 < 2", "8 & 3"];
  const xml = digitsPlot([blank, twoPixels, noise], captions, { columns: 2, title: "Wrong" });
  const { svg, texts } = parseSvg(xml, "Wrong");
  assertDeepEquals(texts, ["Wrong", ...captions]);
  const shapes = Array.from(svg.querySelectorAll('[aria-label="geo"] path'));
  const ofSecond = shapes[0];
  assertEquals(ofSecond.getAttribute("fill"), "#000000");
  // The two pixels are one rectangle of 8 × 4 at the corner of the second tile.
  assertEquals(ofSecond.getAttribute("d"), "M168,44L176,44L176,48L168,48Z");
  assertEquals(shapes.length, 1 + 15);
  assert(xml.length < 60_000, `${xml.length} characters`);
});

Deno.test("digitsPlot: bad digits", async () => {
  const image = new Float64Array(784);
  const plot = (images: ArrayLike<number>[], columns = 1) => digitsPlot(images, [""], { columns, title: "" });
  const start = "Cannot plot digits as";
  await assertThrows(
    () => plot([image], 0),
    RangeError,
    `${start} columns must be a positive integer: current value is 0`,
  );
  await assertThrows(
    () => plot([]),
    TypeError,
    `${start} the captions must be one for each of the 0 images: current value is 1`,
  );
  await assertThrows(
    () => plot([[1]]),
    TypeError,
    `${start} an image must be 784 pixels: current value is 1`,
  );
  for (const pixel of [-0.1, 255, NaN]) {
    const message = `${start} a pixel must be between 0 and 1: current value is ${pixel}`;
    await assertThrows(() => plot([image.with(5, pixel)]), RangeError, message);
  }
});

const degrees = [1, 2, 3, 4, 5];

Deno.test("errorAgainstDegreePlot: curves, names, labels", () => {
  const series = [
    { name: "NNGP", x: degrees, y: degrees.map((degree) => 10 ** -degree) },
    { name: "NTK <&>", x: degrees, y: [1, 0.1, 0.01, 0, 0] },
  ];
  const labels = { title: "GELU", xLabel: "degree", yLabel: "relative error" };
  const { svg, texts } = parseSvg(errorAgainstDegreePlot(series, { ...labels, logY: true }), "GELU");
  const lines = Array.from(svg.querySelectorAll('[aria-label="line"] path'));
  assertEquals(lines.length, 2);
  assert(lines[0].getAttribute("stroke") !== lines[1].getAttribute("stroke"));
  // Errors of 0 have no place on the logarithmic axis: 5 points and 3, beside the two dots of the legend.
  assertEquals(svg.querySelectorAll('[aria-label="dot"] circle').length, 5 + 3 + 2);
  for (const text of ["NNGP", "NTK <&>", "degree", "relative error", "1e-5", "1e+0"]) {
    assert(texts.includes(text), `no text ${text}`);
  }
  // A power law is a straight line: equal steps in y on the logarithmic axis.
  const heights = lines[0].getAttribute("d").slice(1).split("L").map((point: string) =>
    Number(point.split(",")[1])
  );
  const steps = heights.slice(1).map((height: number, i: number) => height - heights[i]);
  for (const step of steps) assert(Math.abs(step - steps[0]) < 0.01 && step > 0, `${steps}`);
});

Deno.test("errorAgainstDegreePlot: both axes linear, both logarithmic, nothing to show", () => {
  const labels = { title: "T", xLabel: "x", yLabel: "y" };
  const y = degrees.map((degree) => degree ** -2);
  for (const log of [{}, { logX: true }, { logX: true, logY: true }]) {
    const { svg } = parseSvg(
      errorAgainstDegreePlot([{ name: "a", x: degrees, y }], { ...labels, ...log }),
      "T",
    );
    assertEquals(svg.querySelectorAll('[aria-label="dot"] circle').length, 6);
  }
  parseSvg(
    errorAgainstDegreePlot([{ name: "exact", x: degrees, y: [0, 0, 0, 0, 0] }], { ...labels, logY: true }),
    "T",
  );
  parseSvg(errorAgainstDegreePlot([], labels), "T");
});

Deno.test("errorAgainstDegreePlot: bad series", async () => {
  const plot = (x: number[], y: number[]) =>
    errorAgainstDegreePlot([{ name: "NTK", x, y }], { title: "", xLabel: "", yLabel: "", logY: true });
  const length = "Cannot plot NTK as x and y must be of equal length: current value is 2 and 1";
  await assertThrows(() => plot([1, 2], [1]), TypeError, length);
  const finite = "Cannot plot NTK as each point must be finite: current value is";
  await assertThrows(() => plot([1], [NaN]), RangeError, `${finite} (1, NaN)`);
  await assertThrows(() => plot([Infinity], [1]), RangeError, `${finite} (Infinity, 1)`);
});

Deno.test("millisecondsPlot: a bar for every time, as long as its logarithm says", () => {
  const row = { network: "A", backend: "native", dtype: "float64" } as const;
  const rows = [
    { ...row, milliseconds: 0.02 },
    { ...row, dtype: "float32", milliseconds: 0.2 } as const,
    { ...row, network: "B <&>", milliseconds: 2 },
  ];
  const { svg, texts } = parseSvg(millisecondsPlot(rows, { title: "Times" }), "Times");
  const bars = Array.from(svg.querySelectorAll('[aria-label="bar"] rect'));
  const widths = bars.map((bar) => Number(bar.getAttribute("width")));
  assertEquals(widths.length, 3);
  // The axis starts at the power of ten below: log10 of 2, 20 and 200.
  for (const [i, decades] of [0.30103, 1.30103, 2.30103].entries()) {
    assert(Math.abs(widths[i] / widths[0] - decades / 0.30103) < 1e-3, `${widths}`);
  }
  assert(bars[0].getAttribute("fill") !== bars[1].getAttribute("fill"));
  for (const text of ["A", "B <&>", "0.0200 native float64", "2.00 native float64", "0.01"]) {
    assert(texts.includes(text), `no text ${text}: ${texts}`);
  }
});

Deno.test("accuracyAgainstRegularizationPlot: curves, and rings where they were chosen", () => {
  const rows = [1e-10, 1e-5, 1].map((regularization, i) => ({ regularization, accuracy: 90 + i }));
  const curves = [
    { name: "sketch", rows, chosen: 1 },
    { name: "exact", rows: rows.slice(1), chosen: 1e-5 },
  ];
  const { svg, texts } = parseSvg(accuracyAgainstRegularizationPlot(curves, { title: "NTK" }), "NTK");
  const lines = Array.from(svg.querySelectorAll('[aria-label="line"] path'));
  assertEquals(lines.length, 2);
  const circles = Array.from(svg.querySelectorAll('[aria-label="dot"] circle'));
  assertEquals(circles.length, 3 + 2 + 2 + 2);
  const rings = circles.filter((circle) => circle.getAttribute("r") === "8");
  const places = rings.map((ring) => [ring.getAttribute("cx"), ring.getAttribute("cy")].map(Number));
  // The first is right of the second, and higher.
  assert(places.length === 2 && places[0][0] > places[1][0] && places[0][1] < places[1][1], `${places}`);
  for (const text of ["sketch", "exact", "1e-10", "Validation accuracy in percent"]) {
    assert(texts.includes(text), `no text ${text}: ${texts}`);
  }
});

Deno.test("tradeoffPlot: two panels a network, on axes of their own", () => {
  const points = [32, 64, 128].map((dimension, i) => ({
    dimension,
    error: 0.5 ** i,
    accuracy: 70 + i,
    seconds: 10 ** i,
  }));
  const exact = { accuracy: 90, seconds: 50 };
  const networks = [
    { title: "Dense <&>", curves: [{ name: "sketches", points }, { name: "Nyström", points: [] }], exact },
    { title: "Conv", curves: [{ name: "sketches", points }], exact },
  ];
  const { svg, texts } = parseSvg(tradeoffPlot(networks, { title: "NTK" }), "NTK");
  const panels = Array.from(svg.querySelectorAll("svg"));
  const places = panels.map((panel) => [panel.getAttribute("x"), panel.getAttribute("y")].map(Number));
  assertEquals(panels.length, 4);
  assertEquals(new Set(places.map(String)).size, 4);
  const [last] = places.slice(-1);
  const size = ["width", "height"].map((name) => Number(panels[3].getAttribute(name)));
  assertDeepEquals(last.map((start, k) => start + size[k]), [
    Number(svg.getAttribute("width")),
    Number(svg.getAttribute("height")),
  ]);
  const dots = (panel: number) => panels[panel].querySelectorAll('[aria-label="dot"] :not(g)').length;
  // Three of the curve, those of the legend, and the exact kernel.
  assertDeepEquals([0, 1, 2, 3].map(dots), [3 + 2, 3 + 3 + 1, 3 + 1, 3 + 2 + 1]);
  for (const text of ["Dense <&>", "Conv", "32", "64", "128", "Nyström", "exact kernel", "0.5"]) {
    assert(texts.includes(text), `no text ${text}: ${texts}`);
  }
});

Deno.test("uncertaintyPlot: four panels and a row of digits below, as wide as two", () => {
  const bins = [{ confidence: 0.2, accuracy: 0.3, count: 4 }, { confidence: 0.9, accuracy: 1, count: 100 }];
  const turns = [0, 90, 180].map((degrees) => ({
    ...{ degrees, stds: [0.1, 0.2, 0.3], meanStd: 0.2, accuracy: degrees / 180 },
  }));
  const image = Array(784).fill(0).with(0, 1);
  const uncertainty = {
    reliability: [{ name: "T <&> 1", bins, error: 0.25 }, { name: "calibrated", bins, error: 0.0123 }],
    coverage: [{ name: "by std", points: [{ setAside: 0, accuracy: 0.8 }, { setAside: 0.5, accuracy: 1 }] }],
    turns,
    pictured: turns.map(({ degrees }) => ({ image, lines: [`angle ${degrees}`, "std 0.2"] })),
  };
  const { svg, texts } = parseSvg(uncertaintyPlot(uncertainty, { title: "Digits" }), "Digits");
  const panels = Array.from(svg.querySelectorAll("svg"));
  const [, , , right, row] = panels.map((panel) =>
    ["x", "y", "width", "height"].map((name) => Number(panel.getAttribute(name)))
  );
  assertEquals(panels.length, 5);
  assertDeepEquals([row[0], row[1], row[2]], [0, right[1] + right[3], right[0] + right[2]]);
  assertEquals(row[1] + row[3], Number(svg.getAttribute("height")));
  assertEquals(panels[4].querySelectorAll('[aria-label="geo"] path').length, 3);
  const dots = panels.slice(0, 4).map((panel) => panel.querySelectorAll('[aria-label="dot"] circle').length);
  // Points, and those of legends.
  assertDeepEquals(dots, [4 + 2, 1, 3 + 2, 3]);
  for (const text of ["T <&> 1", "calibrated", "by std", "angle 90", "std 0.2"]) {
    assert(texts.includes(text), text);
  }
  assert(texts.some((text) => text!.includes("25.0 % and 1.2 % apart")), `${texts}`);
});

Deno.test("functionFitPlot: four panels; levels of the evidence, the steps of all runs and the best of them", () => {
  const places = [-1, 0, 1];
  const samples = [[0, 1, 2], [1, 0, 1]];
  const posterior = { title: "Before <&>", mean: [0, 1, 0], std: [1, 0, 1], samples };
  const [wStds, noises] = [[0.5, 1, 2, 4], [0.01, 0.1, 1]];
  const fit = {
    ...{ places, truth: [0, 1, 4], measurements: [{ x: 0.5, y: 1 }] },
    prior: { title: "Prior", std: [2, 2, 2], samples },
    before: posterior,
    after: { ...posterior, title: "After" },
    surface: {
      ...{ title: "Evidence", wStds, noises },
      values: noises.flatMap((noise) => wStds.map((wStd) => noise < 0.1 ? -Infinity : -3 * (wStd - 1) ** 2)),
      steps: [[0, 0.5, 1], [0, 1, 0.2], [2, 4, 0.1], [2, 2, 0.1], [2, 1, 0.1]]
        .map(([run, wStd, noise]) => ({ run, wStd, noise })),
      best: { wStd: 1, noise: 0.1, value: 0 },
    },
  };
  const { svg, texts } = parseSvg(functionFitPlot(fit, { title: "Fit" }), "Fit");
  const panels = Array.from(svg.querySelectorAll("svg"));
  assertEquals(panels.length, 4);
  const count = (panel: number, query: string) => panels[panel].querySelectorAll(query).length;
  // A contour a level, a line a run, a dot a step, the best, and those of the legend.
  assertEquals(count(2, '[aria-label="contour"] path[d]'), 6);
  assertEquals(count(2, '[aria-label="line"] path'), 2);
  assertEquals(count(2, '[aria-label="dot"] circle'), 5 + 1 + 7);
  // The samples, and the truth and the mean.
  assertDeepEquals([0, 1, 3].map((panel) => count(panel, '[aria-label="line"] path')), [2, 4, 4]);
  assertDeepEquals([0, 1, 3].map((panel) => count(panel, '[aria-label="area"] path')), [1, 1, 1]);
  const others = [
    "Prior",
    "Before <&>",
    "After",
    "Evidence",
    "start",
    "restart 2",
    "0.03",
    "3",
    "best − 0.3",
  ];
  for (const text of others) assert(texts.includes(text), `no text ${text}: ${texts}`);
  assert(!texts.includes("restart 1"));
});

/** Infinitely wide networks in a page: kernels of points on a circle and predictions in one dimension, as the settings change. */
import { backends, predict, stax } from "@widekernels/widekernels";
import { curve, heatMap, pointAt, scale } from "./plots.js";

/** Error of the numerical nonlinearities, which are known by nothing but the function */
const tolerance = 1e-6;

const activations = {
  "ReLU": () => stax.Relu(),
  "Leaky ReLU": () => stax.LeakyRelu(0.2),
  "GELU": () => stax.Gelu(),
  "Error function": () => stax.Erf(),
  "tanh, numerically": () => stax.ElementwiseNumerical((x) => x.tanh(), { tolerance }),
  "Softplus, numerically": () => stax.ElementwiseNumerical((x) => x.exp().add(1).log(), { tolerance }),
  "Absolute value": () => stax.Abs(),
  "Sign": () => stax.Sign(),
  "Sine": () => stax.Sin(),
  "Cosine": () => stax.Cos(),
  "Gaussian": () => stax.Gaussian(),
  "Gabor": () => stax.Gabor(),
  "RBF": () => stax.Rbf(),
};

const ANGLES = 144;
const angles = Array.from({ length: ANGLES }, (_, k) => 360 * k / ANGLES);
const circle = angles.map((angle) => [Math.cos(angle * Math.PI / 180), Math.sin(angle * Math.PI / 180)]);
const grid = Array.from({ length: 129 }, (_, k) => -4 + k / 16);
const examples = [[-2.4, 0.9], [-1.7, -0.6], [-1, -1.2], [-0.2, 0.3], [0.5, 1.3], [1.3, 0.8], [2.1, -0.5]];

const form = document.querySelector("form");
const status = document.querySelector("#status");
const kinds = ["nngp", "ntk"];
const figures = Object.fromEntries(kinds.map((kind) => [kind, figuresOf(kind)]));
let points = [...examples];
/** The kernels that are shown */
let shown = null;

/** The elements that show one kernel. */
function figuresOf(kind) {
  const section = document.querySelector(`#${kind}`);
  section.append(document.querySelector("template").content.cloneNode(true));
  const [map, bar] = section.querySelectorAll("canvas");
  const [low, high] = section.querySelectorAll("output");
  const caption = section.querySelector("figcaption");
  scale(bar);
  return { map, low, high, caption, text: caption.textContent, svg: section.querySelector("svg") };
}

/** The network of the settings. */
function networkOf({ activation, depth, wStd, bStd }) {
  const dense = (width) => stax.Dense(width, { wStd: Number(wStd), bStd: Number(bStd) });
  const hidden = stax.serial(dense(512), activations[activation]());
  return stax.serial(stax.repeat(hidden, Number(depth)), dense(1));
}

/** Everything that is shown for the settings. */
async function compute(settings) {
  const { kernelFn } = networkOf(settings);
  const [backend, dtype] = settings.backend.split(" ");
  const kernels = (x) => kernelFn(x, null, [...kinds, "numericalError"], { backend, dtype });
  const onCircle = await kernels(circle);
  const onLine = await kernels([...points.map(([x]) => [x]), ...grid.map((x) => [x])]);
  const [train, test] = [[0, points.length], [points.length]];
  const posterior = predict.gpInference(block(onLine, train, train), points.map(([, y]) => [y]), {
    diagReg: 2e-4,
  });
  const predictions = await posterior({
    get: kinds,
    kTestTrain: block(onLine, test, train),
    kTestTest: block(onLine, test, test),
  });
  return { onCircle, predictions };
}

/** The part of both kernels in the ranges [start, end) of rows and columns. */
function block(kernels, rows, cols) {
  return Object.fromEntries(
    kinds.map((kind) => [kind, kernels[kind].toNested().slice(...rows).map((row) => row.slice(...cols))]),
  );
}

function draw({ onCircle, predictions }) {
  for (const kind of kinds) {
    const { map, low, high, svg } = figures[kind];
    [low.value, high.value] = heatMap(map, onCircle[kind]).map((value) => number(value));
    const { mean, covariance } = predictions[kind];
    const deviation = grid.map((_, i) => Math.sqrt(Math.max(covariance.at(i, i), 0)));
    curve(svg, { x: grid, mean: Array.from(mean.data), deviation, points });
  }
}

const number = (value) => String(Number(value.toPrecision(3))).replace("-", "−");

let stale = false;

/** Computes and draws; changes that come meanwhile are computed once, afterwards. */
async function update() {
  stale = true;
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  while (stale) {
    stale = false;
    await show(Object.fromEntries(new FormData(form)));
  }
  form.ariaBusy = "false";
}

async function show(settings) {
  try {
    const start = performance.now();
    const results = await compute(settings);
    const milliseconds = (performance.now() - start).toFixed(0);
    draw(results);
    shown = results.onCircle;
    const { numericalError } = shown;
    const error = numericalError > 0 ? `, quadrature error below ${numericalError.toExponential(0)}` : "";
    status.value = `Computed in ${milliseconds} ms on ${settings.backend}${error}`;
    status.className = "";
  } catch (error) {
    status.value = error.message;
    status.className = "error";
  }
}

/** The value under the pointer in place of the caption. */
function explain(kind, event) {
  if (!shown) return;
  const { map, caption } = figures[kind];
  const index = (position, length) =>
    Math.min(Math.max(Math.floor(ANGLES * position / length), 0), ANGLES - 1);
  const col = index(event.offsetX, map.clientWidth);
  const row = ANGLES - 1 - index(event.offsetY, map.clientHeight);
  caption.textContent = `${angles[row]}° and ${angles[col]}°: ${number(shown[kind].at(row, col))}`;
}

function showSettings() {
  for (const input of form.querySelectorAll("input")) {
    input.closest("label").querySelector("output").value = input.value;
  }
}

function addOption(select, text, obstacle = "") {
  const option = new Option(text, text);
  option.disabled = obstacle !== "";
  option.title = obstacle;
  select.append(option);
}

for (const name of Object.keys(activations)) addOption(form.activation, name);
for (const { name, dtypes, reason } of (await backends()).reverse()) {
  for (const dtype of dtypes) addOption(form.backend, `${name} ${dtype}`);
  if (dtypes.length === 0) addOption(form.backend, name, reason);
}
form.addEventListener("input", () => {
  showSettings();
  update();
});
form.addEventListener("reset", () => {
  points = [...examples];
  // The fields are reset after the event.
  setTimeout(() => form.dispatchEvent(new Event("input")));
});
for (const kind of kinds) {
  const { map, svg, caption, text } = figures[kind];
  map.addEventListener("pointermove", (event) => explain(kind, event));
  map.addEventListener("pointerleave", () => caption.textContent = text);
  svg.addEventListener("click", (event) => {
    points = [...points, pointAt(svg, event)];
    update();
  });
}
showSettings();
update();

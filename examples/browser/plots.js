/** The two pictures of the demo: a heat map on a canvas, and a curve with a band in SVG. */

/** Colours from low to high, evenly spaced, as red, green and blue. */
const COLOURS = [
  [13, 16, 48],
  [58, 27, 118],
  [134, 43, 140],
  [212, 68, 112],
  [247, 134, 84],
  [252, 209, 122],
  [
    255,
    250,
    226,
  ],
];

/** The colour at t in [0, 1]. */
function colour(t) {
  const position = t * (COLOURS.length - 1);
  const k = Math.min(Math.floor(position), COLOURS.length - 2);
  return COLOURS[k].map((low, channel) => low + (position - k) * (COLOURS[k + 1][channel] - low));
}

/** Paints an n × n matrix, its first row at the bottom, and returns the range of its colours. */
export function heatMap(canvas, { data, shape: [n] }) {
  const low = data.reduce((a, b) => Math.min(a, b), Infinity);
  const high = data.reduce((a, b) => Math.max(a, b), -Infinity);
  // A constant matrix gets one colour, although its entries differ by rounding.
  const span = Math.max(high - low, 1e-6 * Math.max(Math.abs(low), Math.abs(high)));
  paint(canvas, n, n, (row, col) => span > 0 ? (data[(n - 1 - row) * n + col] - low) / span : 0);
  return [low, high];
}

/** Paints the colours from low to high. */
export function scale(canvas) {
  paint(canvas, 1, 256, (_row, col) => col / 255);
}

function paint(canvas, rows, cols, valueAt) {
  [canvas.width, canvas.height] = [cols, rows];
  const context = canvas.getContext("2d");
  const image = context.createImageData(cols, rows);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      image.data.set([...colour(valueAt(row, col)), 255], 4 * (row * cols + col));
    }
  }
  context.putImageData(image, 0, 0);
}

/** The drawing area of the curve inside its view box, in the box's units. */
const AREA = { left: 32, right: 712, top: 10, bottom: 272 };
const X = [-4, 4];
const Y = [-3, 3];

const toX = (x) => AREA.left + (x - X[0]) / (X[1] - X[0]) * (AREA.right - AREA.left);
const toY = (y) => AREA.bottom - (y - Y[0]) / (Y[1] - Y[0]) * (AREA.bottom - AREA.top);
const integers = ([low, high]) => Array.from({ length: high - low + 1 }, (_, k) => low + k);

/** Draws mean ± 2 deviations over x, and the training points. */
export function curve(svg, { x, mean, deviation, points }) {
  const line = (values) => x.map((x, i) => `${toX(x).toFixed(1)},${toY(values[i]).toFixed(1)}`);
  const edge = (sign) => line(mean.map((m, i) => m + sign * 2 * deviation[i]));
  const clip = `clip-${svg.closest("section").id}`;
  svg.innerHTML = `
    <clipPath id="${clip}">
      <rect x="${AREA.left}" y="${AREA.top}" width="${AREA.right - AREA.left}" height="${
    AREA.bottom - AREA.top
  }" />
    </clipPath>
    ${
    integers(X).map((x) => tick(toX(x), AREA.top, toX(x), AREA.bottom, toX(x), AREA.bottom + 20, x)).join("")
  }
    ${
    integers(Y).map((y) => tick(AREA.left, toY(y), AREA.right, toY(y), AREA.left - 16, toY(y) + 5, y)).join(
      "",
    )
  }
    <g clip-path="url(#${clip})">
      <polygon class="band" points="${[...edge(1), ...edge(-1).reverse()].join(" ")}" />
      <polyline class="mean" points="${line(mean).join(" ")}" />
      ${points.map(([x, y]) => `<circle cx="${toX(x)}" cy="${toY(y)}" r="5" />`).join("")}
    </g>`;
}

const tick = (x1, y1, x2, y2, x, y, label) =>
  `<line class="grid" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" />` +
  `<text x="${x}" y="${y}" text-anchor="middle">${String(label).replace("-", "−")}</text>`;

/** Where in the coordinates of the curve a pointer event happened. */
export function pointAt(svg, event) {
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  return [
    X[0] + (x - AREA.left) / (AREA.right - AREA.left) * (X[1] - X[0]),
    Y[0] + (AREA.bottom - y) / (AREA.bottom - AREA.top) * (Y[1] - Y[0]),
  ];
}

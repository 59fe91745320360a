/** Plot of how often each class was taken for each other one. */
import * as Plot from "@observablehq/plot";
import { renderSvg, titleHeight } from "./svg.ts";

/** SVG of a confusion matrix: `matrix[t][p]` counts the inputs of class t that were predicted as class p. */
export function confusionMatrixPlot(
  matrix: readonly (readonly number[])[],
  { title }: { title: string },
): string {
  const cells = matrix.flatMap((row, actual) => {
    checkRow(row, matrix.length);
    return row.map((count, predicted) => ({ actual, predicted, count }));
  });
  const position = { x: "predicted", y: "actual" };
  const largest = Math.max(1, ...cells.map(({ count }) => count));
  const inkColor = ({ count }: { count: number }) =>
    count === 0 ? "#bbb" : count > largest / 4 ? "white" : "#222";
  const axis = { labelAnchor: "center", labelArrow: "none", tickSize: 0 } as const;
  return renderSvg(title, {
    width: 560,
    height: 580,
    marginTop: titleHeight + 44,
    marginLeft: 56,
    marginRight: 20,
    marginBottom: 20,
    x: { ...axis, axis: "top", label: "predicted", labelOffset: 40 },
    y: { ...axis, label: "true", labelOffset: 44 },
    // The square root keeps single errors visible beside the large counts of the diagonal.
    color: { type: "sqrt", scheme: "blues", domain: [0, largest] },
    marks: [
      Plot.cell(cells, { ...position, fill: "count", inset: 0.5 }),
      Plot.text(cells, { ...position, text: "count", fill: inkColor, fontSize: 14 }),
    ],
  });
}

function checkRow(row: readonly number[], size: number): void {
  if (row.length !== size) {
    const actual = `a row of ${row.length} in ${size} rows`;
    throw new TypeError(`Cannot plot the confusion matrix as it must be square: current value is ${actual}`);
  }
  const bad = row.find((count) => !(Number.isInteger(count) && count >= 0));
  if (bad !== undefined) {
    const wanted = "a non-negative integer";
    throw new RangeError(
      `Cannot plot the confusion matrix as each count must be ${wanted}: current value is ${bad}`,
    );
  }
}

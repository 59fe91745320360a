/** What feature maps of a network reach, as text. */
import type { NetworkTradeoff, TradeoffPoint } from "./plots.ts";

/** A line for every dimension of every map, and one for the kernel itself. */
export function tradeoffTable({ title, curves, exact }: NetworkTradeoff): string {
  const lines = curves.flatMap(({ name, points }) => points.map((point) => line(name, point)));
  return [
    title,
    cells("", ["dimension", "kernel error", "test accuracy", "seconds"]),
    ...lines,
    cells("exact kernel", ["–", "0", percent(exact.accuracy), exact.seconds.toFixed(2)]),
  ].join("\n");
}

function line(name: string, { dimension, error, accuracy, seconds }: TradeoffPoint): string {
  return cells(name, [String(dimension), error.toPrecision(2), percent(accuracy), seconds.toFixed(2)]);
}

function percent(value: number): string {
  return `${value.toFixed(1)} %`;
}

function cells(name: string, figures: readonly string[]): string {
  return [name.padEnd(16), ...figures.map((figure) => figure.padStart(14))].join("");
}

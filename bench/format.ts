/** Cells of the tables. */

/** A row of a table in Markdown. */
export function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** The first two lines of a table. */
export function tableHead(titles: readonly string[]): string {
  return `${row(titles)}\n${row(titles.map(() => "---"))}`;
}

/** A time with its unit; a dash for NaN. */
export function seconds(value: number): string {
  if (Number.isNaN(value)) return "–";
  return value < 1 ? `${(value * 1000).toPrecision(3)} ms` : `${value.toPrecision(3)} s`;
}

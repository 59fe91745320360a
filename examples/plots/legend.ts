/** Names of curves beside the frame of a plot. */
import * as Plot from "@observablehq/plot";

/** Space right of the frame that the names take, in pixels: about 8 a letter, as text cannot be measured without a browser. */
export function legendWidth(names: readonly string[]): number {
  return 44 + 8 * Math.max(0, ...names.map((name) => name.length));
}

/** For each name a dot of its color, and the name, one below the other from the top of the frame on. */
export function legend(names: readonly string[]): Plot.Markish[] {
  return names.flatMap((name, i) => {
    const place = { frameAnchor: "top-right", dy: 8 + 20 * i } as const;
    return [
      Plot.dot([name], { ...place, dx: 16, fill: [name], r: 3.5 }),
      Plot.text([name], { ...place, dx: 26, lineAnchor: "middle", textAnchor: "start" }),
    ];
  });
}

/** Draws with Observable Plot into the text of a complete SVG file, without a browser. */
import * as Plot from "@observablehq/plot";
import { DOMParser } from "linkedom";

const fontFamily = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";
const namespace = "http://www.w3.org/2000/svg";

/** Space above the frame that the title takes, in pixels. */
export const titleHeight = 44;

/** The file with the plot of `options` on a white ground, `title` at its top left and as its accessible name. */
export function renderSvg(title: string, options: Plot.PlotOptions & { width: number }): string {
  const document = new DOMParser().parseFromString(`<svg xmlns="${namespace}"></svg>`, "image/svg+xml");
  const svg = Plot.plot({ ...options, document });
  svg.setAttribute("xmlns", namespace);
  svg.setAttribute("font-family", fontFamily);
  svg.setAttribute("font-size", "13");
  svg.setAttribute("fill", "#222");
  const add = (name: string, attributes: Record<string, string>, text = "") => {
    const element = document.createElementNS(namespace, name, {});
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    svg.prepend(element);
  };
  // A bold letter is about 0.6 of the font size wide; a long title shrinks rather than being cut off.
  const fontSize = Math.min(17, (options.width - 32) / (0.6 * title.length));
  const position = { x: "16", y: "28", "text-anchor": "start" };
  add("text", { ...position, "font-size": fontSize.toFixed(1), "font-weight": "600" }, title);
  add("rect", { width: "100%", height: "100%", fill: "white" });
  add("title", {}, title);
  return `${svg.outerHTML}\n`;
}

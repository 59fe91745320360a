/** Serves the demo page: builds the bundle, then hands out the page, its script and the bundle. */
import { parseOptions } from "../cli.ts";
import { bundle } from "./bundle.ts";

const types: Record<string, string> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  map: "application/json",
};

const page = ["index.html", "demo.js", "plots.js"];
const bundled = /^widekernels(\/[\w-]+)?\.js(\.map)?$/;

/** Answers requests for the demo page, and for the bundle in the folder `dist`. */
export function handlerOf(dist: string): (request: Request) => Promise<Response> {
  return async (request) => {
    const name = new URL(request.url).pathname.slice(1) || "index.html";
    const folder = page.includes(name) ? import.meta.dirname : bundled.test(name) ? dist : null;
    const body = folder && await Deno.readFile(`${folder}/${name}`).catch(() => null);
    if (!body) return new Response("Not found", { status: 404 });
    const type = types[name.split(".").at(-1)!];
    return new Response(body, { headers: { "content-type": type, "cache-control": "no-cache" } });
  };
}

if (import.meta.main) {
  const { port } = parseOptions({
    port: { type: "integer", default: 8000, min: 0, max: 65535, description: "port, 0 for any that is free" },
  }, { usage: "deno task demo [options]: serves the demo of the browser bundle" });
  const dist = `${import.meta.dirname}/../../dist`;
  await bundle(dist);
  Deno.serve({
    port,
    hostname: "127.0.0.1",
    onListen: ({ port }) => console.log(`The demo is at http://localhost:${port}/`),
  }, handlerOf(dist));
}

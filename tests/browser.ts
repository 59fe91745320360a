/**
 * Tests in a browser: `browserTest` registers one and gives it a page in which the bundle is the global `widekernels`.
 *
 * Where there is no Chromium they are ignored or, with REQUIRE_BROWSER=1, fail.
 */
import { existsSync } from "node:fs";
import { chromium, type Page } from "playwright-core";
import { bundle } from "../examples/browser/bundle.ts";
import { handlerOf } from "../examples/browser/serve.ts";
import { assertDeepEquals } from "./assert.ts";
import { testsOf } from "./equipment.ts";

const commands = ["chromium", "google-chrome"];
const folders = Deno.env.get("PATH")?.split(":") ?? [];
const executablePath = commands.flatMap((command) => folders.map((folder) => `${folder}/${command}`))
  .find((path) => existsSync(path));

/** Why these tests cannot run here; null where they can. */
export const obstacle = executablePath ? null : `no ${commands.join(" or ")} on PATH`;
const register = testsOf("BROWSER", obstacle);

const args = [
  // WebGPU in software; nothing else needs the graphics card.
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--disable-gpu",
  // The sandbox needs user namespaces, which containers rarely have.
  "--no-sandbox",
  // Only the page goes over the network.
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--no-first-run",
];

// Chromium brings a Vulkan driver of its own, which these variables would hide.
const hiding = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];
const env = Object.fromEntries(
  Object.entries(Deno.env.toObject()).filter(([name]) => !hiding.includes(name)),
);

const html = `<!doctype html>
<title>Test</title>
<link rel="icon" href="data:," />
<script type="module">
  import * as widekernels from "./widekernels.js";
  globalThis.widekernels = widekernels;
</script>`;

/** Registers a test that gets an open page and its origin; uncaught errors and logged ones in the page fail it. */
export function browserTest(name: string, test: (page: Page, t: Deno.TestContext) => Promise<void>): void {
  register(name, async (t) => {
    const dist = await Deno.makeTempDir();
    try {
      await bundle(dist);
      await using server = serve(dist);
      await using browser = await chromium.launch({ executablePath, args, env });
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(String(error)));
      page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
      await page.goto(`http://localhost:${server.addr.port}/test`);
      await test(page, t);
      assertDeepEquals(errors, []);
    } finally {
      await Deno.remove(dist, { recursive: true });
    }
  });
}

function serve(dist: string): Deno.HttpServer<Deno.NetAddr> {
  const demo = handlerOf(dist);
  return Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request) =>
      new URL(request.url).pathname === "/test"
        ? new Response(html, { headers: { "content-type": "text/html; charset=utf-8" } })
        : demo(request),
  );
}

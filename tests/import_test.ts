/** Importing by URL: `mod.ts` reaches relative files only, and works from a plain file server. */
import { assert, assertDeepEquals, assertEquals } from "./assert.ts";

const root = new URL("../", import.meta.url);

interface Module {
  specifier: string;
  error?: string;
  dependencies?: { specifier: string }[];
}

Deno.test("mod.ts and all it reaches import relative files of the repository only", async () => {
  const command = new Deno.Command(Deno.execPath(), { args: ["info", "--json", "mod.ts"], cwd: root });
  const { modules } = JSON.parse(new TextDecoder().decode((await command.output()).stdout)) as {
    modules: Module[];
  };
  assert(modules.length > 50, `${modules.length} modules`);
  assertDeepEquals(modules.filter(({ error }) => error), []);
  const folders = ["lib/", "kernels/", "shaders/"].map((folder) => new URL(folder, root).href);
  for (const { specifier, dependencies = [] } of modules) {
    const known = specifier === new URL("mod.ts", root).href ||
      folders.some((folder) => specifier.startsWith(folder));
    assert(known, `${specifier} must be mod.ts or lie in lib, kernels or shaders`);
    for (const { specifier: imported } of dependencies) {
      assert(/^\.\.?\//.test(imported), `${specifier} imports ${imported}`);
    }
  }
});

const types: Record<string, string> = { ts: "application/typescript", wgsl: "text/plain", c: "text/plain" };

/** A plain server of the repository's files. */
function serve(): { port: number; close: () => Promise<void> } {
  const server = Deno.serve({ port: 0, hostname: "localhost", onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    try {
      const body = await Deno.readFile(new URL(`.${pathname}`, root));
      const type = types[pathname.slice(pathname.lastIndexOf(".") + 1)] ?? "application/octet-stream";
      return new Response(body, { headers: { "content-type": type } });
    } catch {
      return new Response("not found", { status: 404 });
    }
  });
  return { port: server.addr.port, close: () => server.shutdown() };
}

/** Runs a script in a folder of its own, with an empty cache; the server's files are all that it may read. */
async function run(script: string, port: number, ...flags: string[]): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/script.ts`;
    await Deno.writeTextFile(file, script);
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", `--allow-import=localhost:${port}`, ...flags, file],
      cwd: folder,
      env: { DENO_DIR: `${folder}/cache`, NO_COLOR: "1" },
    });
    const { success, stdout, stderr } = await command.output();
    const text = new TextDecoder();
    assert(success, text.decode(stderr));
    return text.decode(stdout).trim();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a kernel from a module that was imported by URL, without any permission", async () => {
  const { port, close } = serve();
  try {
    const output = await run(
      `import { stax } from "http://localhost:${port}/mod.ts";
       const { kernelFn } = stax.serial(stax.Dense(8), stax.Relu(), stax.Dense(1));
       const ntk = await kernelFn([[1, 0]], [[1, 0]], "ntk");
       console.log(ntk.at(0, 0));`,
      port,
    );
    assertEquals(output, "0.5");
  } finally {
    await close();
  }
});

Deno.test("the types hold for an importer by URL", async () => {
  const { port, close } = serve();
  try {
    const output = await run(
      `import { array, type NdArray, random, stax } from "http://localhost:${port}/mod.ts";
       const network: stax.Network = stax.serial(stax.Dense(3), stax.ElementwiseNumerical((x) => x.tanh()));
       const [, params] = network.initFn(random.key(0), [-1, 2]);
       const outputs: NdArray<Float64Array> = network.applyFn(params, array([[1, 2]]));
       console.log(outputs.shape.join());`,
      port,
      "--check",
    );
    assertEquals(output, "1,3");
  } finally {
    await close();
  }
});

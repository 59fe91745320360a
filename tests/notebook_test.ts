/** The notebook: valid, without outputs, and its cells run in order. */
import { assert, assertDeepEquals, assertEquals } from "./assert.ts";

interface Cell {
  readonly cell_type: "code" | "markdown";
  readonly id: string;
  readonly metadata: object;
  readonly source: readonly string[];
  readonly outputs?: readonly object[];
  readonly execution_count?: number | null;
}

interface Notebook {
  readonly cells: readonly Cell[];
  readonly metadata: { readonly kernelspec: { readonly name: string; readonly language: string } };
  readonly nbformat: number;
  readonly nbformat_minor: number;
}

const folder = new URL("../examples/", import.meta.url);
const notebook: Notebook = JSON.parse(await Deno.readTextFile(new URL("tour.ipynb", folder)));
const codeCells = notebook.cells.filter(({ cell_type }) => cell_type === "code");

Deno.test("the notebook is one of format 4 for Deno's kernel, with its outputs stripped", () => {
  assertEquals(notebook.nbformat, 4);
  assert(notebook.nbformat_minor >= 5, "cells have ids from 4.5 on");
  assertEquals(notebook.metadata.kernelspec.name, "deno");
  assertEquals(notebook.metadata.kernelspec.language, "typescript");
  const ids = notebook.cells.map(({ id }) => id);
  assertEquals(new Set(ids).size, ids.length);
  for (const { cell_type, id, source, metadata, outputs, execution_count } of notebook.cells) {
    assert(/^[\w-]{1,64}$/.test(id), id);
    assert(source.length > 0 && source.every((line) => typeof line === "string"), id);
    assertDeepEquals(metadata, {});
    assertDeepEquals(outputs, cell_type === "code" ? [] : undefined);
    assertEquals(execution_count, cell_type === "code" ? null : undefined);
  }
});

/** What a kernel has and a plain run has not: a display, here a line with the beginning of its HTML. */
const stub = `const Deno = {
  jupyter: {
    html: (parts: TemplateStringsArray, ...values: unknown[]) =>
      console.log("html:", String.raw({ raw: parts }, ...values).slice(0, 4)),
  },
};
`;

Deno.test("the notebook's cells run in order", async () => {
  const cells = codeCells.map(({ id, source }) => `// ${id}\n${source.join("")}\n`);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--check", "--quiet", "--no-prompt", "--allow-read", "--allow-env", "-"],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stub + cells.join("")));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  assert(success, text.decode(stderr));
  const plots = text.decode(stdout).split("\n").filter((line) => line.startsWith("html:"));
  assertDeepEquals(plots, ["html: <svg", "html: <svg"]);
});

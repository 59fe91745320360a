/** The documentation of the public surface: every name says what it is, and every value shows it by a tested example. */
import { assert, assertDeepEquals } from "./assert.ts";

const root = new URL("../", import.meta.url);

interface Declaration {
  readonly kind: string;
  readonly jsDoc?: { readonly doc?: string; readonly tags?: readonly { kind: string; doc?: string }[] };
}

/** An exported name: a value, a type, or both. */
interface Name {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

/** What `deno doc` prints. */
async function denoDoc(...args: string[]): Promise<{ readonly success: boolean; readonly text: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["doc", ...args],
    cwd: root,
    env: { NO_COLOR: "1" },
  });
  const { success, stdout, stderr } = await command.output();
  return { success, text: new TextDecoder().decode(success ? stdout : stderr) };
}

/** mod.ts, and the modules that are its namespaces: `deno doc` does not look into those by itself. */
const entries = [
  "mod.ts",
  ...(await Deno.readTextFile(new URL("mod.ts", root))).matchAll(/(?<=export \* as \w+ from "\.\/)[^"]+/g),
].map(String);

const { nodes } = JSON.parse((await denoDoc("--json", ...entries)).text) as {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly Name[] }>>;
};
const names = Object.entries(nodes).flatMap(([file, { symbols }]) =>
  symbols.map(({ name, declarations }) => ({
    name: `${name} of ${file.slice(root.href.length)}`,
    declarations,
  }))
);

const isValue = ({ kind }: Declaration) => ["function", "class", "variable"].includes(kind);

const examples = ({ declarations }: Name) =>
  declarations.filter(isValue).flatMap(({ jsDoc }) => jsDoc?.tags ?? [])
    .filter(({ kind }) => kind === "example").map(({ doc = "" }) => doc);

/** A title, and code that fails when it is wrong. */
const asserts = (example: string) => /^[^`\n].*\n+```ts\n[^]*(\bassert\b|throw new Error\()/.test(example);

Deno.test("every public name has a summary", () => {
  assertDeepEquals(entries.length, 9);
  assert(names.length > 150, `${names.length} names`);
  const lacking = names.filter(({ declarations }) => declarations.every(({ jsDoc }) => !jsDoc?.doc));
  assertDeepEquals(lacking.map(({ name }) => name), []);
});

Deno.test("every public function, class and constant has a titled example that asserts", () => {
  const values = names.filter(({ declarations }) => declarations.some(isValue));
  assert(values.length > 100, `${values.length} values`);
  const lacking = values.filter((name) => !examples(name).some(asserts));
  assertDeepEquals(lacking.map(({ name }) => name), []);
});

Deno.test("every example of a public name has a title and asserts", () => {
  const bad = names.filter((name) => !examples(name).every(asserts));
  assertDeepEquals(bad.map(({ name }) => name), []);
});

Deno.test("every member is documented, and signatures use public types only", async () => {
  const { success, text } = await denoDoc("--lint", ...entries);
  assert(success, text);
});

/** Programs that run beside this one are given all, tell all, and end in time. */
import { existsSync } from "node:fs";
import { runChild, TooLong } from "../../lib/ffi/child.ts";
import { assert, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";

const isHere = Deno.build.os === "linux" || Deno.build.os === "darwin";
const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name: isHere ? name : `${name} (ignored: no shell)`, ignore: !isHere, fn });

const shell = (text: string, given: Partial<Parameters<typeof runChild>[2]> = {}) =>
  runChild("sh", ["-c", text], { milliseconds: 60_000, ...given });

test("a program gets its input and its variables, and its output and code come back", async () => {
  const input = "λ ".repeat(200_000);
  assertDeepEquals(await shell("cat", { input }), { code: 0, stdout: input, stderr: "" });
  const { code, stdout, stderr } = await shell('echo "$ONE"; echo two >&2; exit 3', { env: { ONE: "1" } });
  assertDeepEquals([code, stdout, stderr], [3, "1\n", "two\n"]);
  assertEquals((await shell("kill -9 $$")).code, 137);
});

test("a program that does not read its input is told of by its code", async () => {
  assertEquals((await shell("exit 4", { input: "x".repeat(1_000_000) })).code, 4);
});

test("a program that is not there is not found", () =>
  assertThrows(() => runChild("no-such-program", [], { milliseconds: 1000 }), Deno.errors.NotFound));

test("a program that takes too long is ended, with what it has started and whatever it holds", async () => {
  const directory = await Deno.makeTempDir();
  const text = `(sleep 1; touch ${directory}/late) & sleep 1000`;
  const input = "x".repeat(1_000_000);
  await assertThrows(() => shell(text, { input, milliseconds: 300 }), TooLong, "no end after 0.3 s");
  await new Promise((resolve) => setTimeout(resolve, 1200));
  assert(!existsSync(`${directory}/late`));
  await Deno.remove(directory);
});

test("a program is not started for a call that was aborted", async () => {
  const directory = await Deno.makeTempDir();
  const signal = AbortSignal.abort("enough");
  assertEquals(await shell(`touch ${directory}/started`, { signal }).catch((error) => error), "enough");
  assert(!existsSync(`${directory}/started`));
  await Deno.remove(directory);
});

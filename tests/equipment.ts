/** Tests of what a machine may lack: they are ignored there and their names say why. */

/** What the environment may require by `REQUIRE_<NAME>=1`: its tests then fail where it is missing. */
export type Equipment = "WEBGPU" | "NATIVE" | "BLAS" | "BROWSER";

/** Registers a test, or says why it cannot run. */
export type Register = (name: string, test: (t: Deno.TestContext) => Promise<void>) => void;

/** How tests of `equipment` are registered; `obstacle` is why they cannot run here, null where they can. */
export function testsOf(equipment: Equipment, obstacle: string | null): Register {
  if (obstacle === null) return (name, test) => Deno.test(name, test);
  const variable = `REQUIRE_${equipment}`;
  if (Deno.env.get(variable) !== "1") {
    return (name) => Deno.test({ name: `${name} (ignored: ${obstacle})`, ignore: true, fn() {} });
  }
  return (name) =>
    Deno.test(name, () => {
      throw new Error(`Cannot run this test as ${variable} is 1: current value is ${obstacle}`);
    });
}

/** Networks that differ in constants alone share compiled code. */
import { assertClose, assertDeepEquals, assertEquals } from "../assert.ts";
import { random, stax } from "../../mod.ts";
import { featureOrder } from "../../lib/backends/feature_order.ts";
import { stripMapText } from "../../lib/backends/native/code/strips.ts";
import { compile } from "../../lib/program/entrywise.ts";
import { nativeTest } from "../native.ts";
import { inputs } from "./jobs.ts";

const { nngp: cov, var2 } = inputs;

const textOf = (nngp: typeof cov) => {
  const program = compile({ nngp }, {}, []);
  return stripMapText(program, featureOrder(program), "float64");
};

Deno.test("native: constants of sums, products and quotients are parameters, in their order", () => {
  const mapOf = (a: number, b: number, c: number) => cov.mul(a).add(b).div(cov.add(c)).mul(var2);
  const first = textOf(mapOf(1.21, 0.25, 3)), second = textOf(mapOf(7, 1e-300, 0.1));
  assertEquals(first.text, second.text);
  assertDeepEquals(first.parameters, [1.21, 0.25, 3]);
  assertDeepEquals(second.parameters, [7, 1e-300, 0.1]);
});

Deno.test("native: what selects, compares or is a simpler operation is no parameter", () => {
  for (
    const map of [cov.lt(0.3).select(4, cov), cov.mul(2), cov.mul(-1), cov.max(0.7), cov.mul(0.5).add(1)]
  ) {
    assertDeepEquals(textOf(map).parameters, []);
  }
});

const sweep = [1.1, 1.3, 1.7, 0.9];

for (const [dtype, rounding] of [["float64", 1e-14], ["float32", 1e-5]] as const) {
  nativeTest(`${dtype} kernels of a sweep at the same time have their own parameters`, async () => {
    const { Dense, Gelu, LeakyRelu, serial } = stax;
    const networkOf = (wStd: number) =>
      serial(Dense(1, { wStd, bStd: wStd / 7 }), Gelu(), Dense(1, { wStd }), LeakyRelu(wStd / 9), Dense(1));
    const x = random.normal(random.key(1), [130, 4]);
    const kernels = (backend: string) =>
      Promise.all(sweep.map((wStd) => networkOf(wStd).kernelFn(x, null, null, { backend, dtype })));
    const [native, reference] = [await kernels("native"), await kernels("reference")];
    native.forEach((kernel, k) => {
      for (const field of ["nngp", "ntk"] as const) {
        assertClose(kernel[field].data, reference[k][field].data, {
          atol: rounding,
        });
      }
    });
  });
}

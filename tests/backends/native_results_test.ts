/** Memory of results that is used again: never while anybody still has them. */
import { assert, assertDeepEquals, assertThrows } from "../assert.ts";
import { nativeTest } from "../native.ts";
import { gaussian } from "./jobs.ts";
import { NdArray, stax } from "../../mod.ts";
import { Results } from "../../lib/backends/native/vectors/results.ts";
import { findToolchain } from "../../lib/ffi/compiler.ts";
import type { Values } from "../../lib/array/dtype.ts";

/** Numbers of a result of 16 MiB. */
const SIZE = 2 ** 21;

const address = (values: Values) => Deno.UnsafePointer.value(Deno.UnsafePointer.of(values as BufferSource));

/** Lets results die; finalizers run between tasks. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

async function resultsInUse(): Promise<Results> {
  const results = new Results(await findToolchain());
  for (let k = 0; k < 5; k++) await results.provide(2, SIZE, "float64");
  return results;
}

nativeTest("memory of results that nobody has any more is used again, for either precision", async () => {
  const results = await resultsInUse();
  const seen = new Set<bigint>();
  let again = 0;
  for (let k = 0; k < 40; k++) {
    const dtype = k % 2 ? "float32" : "float64";
    const made = await results.provide(2, dtype === "float64" ? SIZE : 2 * SIZE, dtype);
    assertDeepEquals(made.map((values) => values.byteLength), [8 * SIZE, 8 * SIZE]);
    assert(address(made[0]) !== address(made[1]), "two results must not share memory");
    for (const values of made) {
      if (seen.has(address(values))) again++;
      seen.add(address(values));
      values.fill(k);
    }
    await pause();
  }
  // How many depends on when the garbage collector runs; without it there would be none.
  assert(again > 20, `many of 80 results must be in known memory: current value is ${again}`);
});

nativeTest(
  "memory of results that somebody has is not, even if the buffer was transferred or only a view is left",
  async () => {
    const results = await resultsInUse();
    const kept: Values[] = [];
    for (let k = 0; k < 60; k++) {
      const [first, second, third] = await results.provide(3, SIZE, "float64") as Float64Array<ArrayBuffer>[];
      for (const values of [first, second, third]) values.fill(k);
      if (k % 10 === 0) {
        kept.push(first.subarray(7, 9), structuredClone(second, { transfer: [second.buffer] }), third);
      }
      await pause();
    }
    kept.forEach((values, i) => {
      const expected = 10 * Math.floor(i / 3);
      assert(
        values.every((value) => value === expected),
        `result ${i} must be kept: current value is ${values[0]}`,
      );
    });
  },
);

nativeTest("small results, and those of the first calls, are zeros", async () => {
  const results = new Results(await findToolchain());
  const [first] = await results.provide(1, SIZE, "float64");
  const [small] = await (await resultsInUse()).provide(1, 1000, "float32");
  for (const values of [first, small]) assert(values.every((value) => value === 0), "fresh memory is clear");
});

nativeTest("memory of a kernel that was disposed of is that of the next one of its size", async () => {
  const { kernelFn } = stax.serial(stax.Dense(1), stax.Relu(), stax.Dense(1));
  const x = { data: gaussian(1100, 2, "float64", 1), shape: [1100, 2] };
  const compute = async () => await kernelFn(x, null, ["nngp", "ntk"], { backend: "native" });
  const first = await compute();
  const [nngp, ntk] = [first.nngp.data, first.ntk.data];
  const expected = nngp.slice();
  const share = new NdArray(ntk, first.ntk.shape);
  first.nngp[Symbol.dispose]();
  first.nngp[Symbol.dispose]();
  // Only the result gives up its memory, not another array over it.
  share[Symbol.dispose]();
  assertDeepEquals([first.nngp.size, first.nngp.shape, share.size], [0, [0], 0]);
  const second = await compute();
  assert(second.nngp.data.buffer === nngp.buffer, "the NNGP must be in known memory");
  assert(second.ntk.data.buffer !== ntk.buffer, "the NTK must be in other memory");
  assertDeepEquals(second.nngp.data, expected);
  assertDeepEquals(second.ntk.data, ntk);
});

nativeTest("a kernel that was disposed of is not continued", async () => {
  const { kernelFn } = stax.Dense(1);
  const kernel = await kernelFn([[1, 2]], null, null, { backend: "reference" });
  kernel.nngp[Symbol.dispose]();
  await assertThrows(
    () => kernelFn(kernel),
    TypeError,
    "Cannot continue a kernel as nngp must have entries: current value was disposed of",
  );
});

/** An x2 with the entries of x1 is x1 itself, so that `Dropout` has the same noise for both; one other entry makes it another batch. */
import { array, type NdArray, stax } from "../../mod.ts";
import { assertDeepEquals } from "../assert.ts";

const { Conv, Dense, Dropout, Flatten, Relu, serial } = stax;

/** A copy in which the entry at a flat index is another number. */
function changed({ data, shape }: NdArray, index: number, value: number): NdArray {
  return array(data.slice().fill(value, index, index + 1), shape);
}

/** Points of variance 1, whose rectified variance is 1/2: twice that on the diagonal of a batch with itself, for Dropout(0.5). */
const inputs: [name: string, x: NdArray, network: stax.Network][] = [
  ["vectors", array([[1, -1, 1], [1, -1, 1]]), serial(Dense(1), Relu(), Dropout(0.5), Dense(1))],
  [
    "images",
    array([[[1, 1], [-1, 1]], [[1, 1], [-1, 1]]]),
    serial(Conv(1, [1]), Relu(), Dropout(0.5), Flatten()),
  ],
];

for (const [name, x, network] of inputs) {
  const nngp = (x2: NdArray) => network.kernelFn(x, x2, "nngp", { backend: "reference" });

  Deno.test(`a copy is the same batch: ${name}`, async () => {
    assertDeepEquals((await nngp(changed(x, 0, 1))).toNested(), [[1, 0.5], [0.5, 1]]);
  });

  Deno.test(`a batch that differs in one entry is another one: ${name}`, async () => {
    for (let index = 0; index < x.size; index++) {
      const kernel = await nngp(changed(x, index, 2 * x.data[index]));
      // The other point is that of x1, with noise of its own.
      const other = index < x.size / 2 ? 1 : 0;
      assertDeepEquals([kernel.at(0, other), kernel.at(1, other)], [0.5, 0.5], `entry ${index}`);
    }
  });
}

Deno.test("a copy with padding is the same batch, one with an entry in place of padding another", async () => {
  const network = serial(Conv(1, [1]), Relu(), Dropout(0.5), Flatten());
  const options = { backend: "reference", maskConstant: NaN };
  const whole = array([[[1], [1], [1]], [[1], [1], [1]]]);
  const padded = changed(whole, 5, NaN);
  const itself = await network.kernelFn(padded, null, "nngp", options);
  assertDeepEquals(await network.kernelFn(padded, changed(padded, 0, 1), "nngp", options), itself);
  // With noise of its own: a position's variance is 1/2, not 1.
  const other = await network.kernelFn(padded, whole, "nngp", options);
  assertDeepEquals([itself.at(0, 0), other.at(0, 0)], [1, 0.5]);
});

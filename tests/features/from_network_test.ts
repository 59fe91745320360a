/** Products of features are the kernels of the network: in the mean over keys, and up to errors that fall with the columns. */
import { array, features, random, stax } from "../../mod.ts";
import { matmulTransposed } from "../../lib/linalg/matmul.ts";
import { assert, assertThrows } from "../assert.ts";
import { definable } from "../nonlinearities.ts";

const NAMES = ["nngp", "ntk"] as const;

/** Two hidden layers with biases. */
const network = (activation: stax.Network) =>
  stax.serial(
    stax.Dense(1, { wStd: 1.1, bStd: 0.1 }),
    activation,
    stax.Dense(1),
    activation,
    stax.Dense(1, { wStd: 1.2 }),
  );

/** Three rows, a copy of the first, its opposite, and a row of zeros. */
function rowsOf(width: number) {
  const rows = random.normal(random.key(5), [3, width]);
  const data = new Float64Array(6 * width);
  data.set(rows.data);
  data.set(rows.data.subarray(0, width), 3 * width);
  data.set(rows.data.subarray(0, width).map((value) => -value), 4 * width);
  return array(data, [6, width]);
}

const KEYS = 200;

for (const [name, layer] of definable()) {
  Deno.test(`features of ${name} have its kernels as their mean products`, async () => {
    const net = network(layer);
    const x = rowsOf(7);
    const inputs = (seed: number) => map.initFn(random.key(seed), [-1, 7]);
    const map = features.fromNetwork(net, { sketchDim: 96 });
    const kernel = await net.kernelFn(x, null, NAMES).catch((error: Error) => error);
    if (kernel instanceof Error) {
      await assertThrows(() => map.featureFn(x, inputs(0)), RangeError, kernel.message);
      return;
    }
    const sums = { nngp: new Float64Array(36), ntk: new Float64Array(36) };
    const squares = { nngp: new Float64Array(36), ntk: new Float64Array(36) };
    for (let seed = 0; seed < KEYS; seed++) {
      const mapped = await map.featureFn(x, inputs(seed), { errorRows: 0 });
      for (const of of NAMES) {
        matmulTransposed(mapped[of], mapped[of]).data.forEach((product, i) => {
          sums[of][i] += product / KEYS;
          squares[of][i] += product ** 2 / KEYS;
        });
      }
    }
    for (const of of NAMES) {
      const { data } = kernel[of];
      for (let i = 0; i < 6; i++) {
        for (let j = 0; j <= i; j++) {
          const at = 6 * i + j;
          const size = Math.sqrt(data[7 * i] * data[7 * j]);
          const error = Math.sqrt(Math.max(0, squares[of][at] - sums[of][at] ** 2) / KEYS);
          // Waves stand for powers above 8: up to 0.3/9 of what these have.
          const bias = 1e-6 * size;
          const off = Math.abs(sums[of][at] - data[at]);
          assert(
            off <= 4 * error + bias,
            `${of}[${i}][${j}]: ${sums[of][at]} must be ${data[at]} ± ${error}`,
          );
        }
      }
    }
  });
}

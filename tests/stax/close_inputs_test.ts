/** When float32 is too narrow for inputs that lie close together, and what happens then. */
import assert from "node:assert/strict";
import { array, random, stax } from "../../mod.ts";
import { usualAxes } from "../../lib/network/axes.ts";
import { lossIn } from "../../lib/network/close_inputs.ts";
import { compileNetwork } from "../../lib/network/compile.ts";
import { prepare } from "../../lib/network/inputs.ts";
import { layerOf } from "../../lib/network/kernel_fn.ts";
import { separationsOf } from "../../lib/network/separation.ts";
import { nativeTest } from "../native.ts";
import { targets } from "../targets.ts";
import { warningsOf } from "../warnings.ts";
import { finished } from "../../lib/steps.ts";

type Nested = Parameters<typeof prepare>[0];

const { Conv, Dense, Erf, Flatten, GlobalAvgPool, Relu } = stax;

/** All separations of the inputs of a network. */
async function separations(
  network: stax.Network,
  x1: Nested,
  x2: Parameters<typeof prepare>[1] = null,
): Promise<number[]> {
  const options = { dtype: "float64", axes: usualAxes, pattern: null, maskConstant: null } as const;
  const input = finished(prepare(x1, x2, options));
  const { program } = await compileNetwork(layerOf(network.kernelFn)!, input, ["nngp"], "full");
  return separationsOf(input, program).flat();
}

const least = async (...inputs: [Nested, Parameters<typeof prepare>[1]?]) =>
  Math.min(...await separations(stax.serial(Dense(1), Relu()), ...inputs));

const isClose = (actual: number, right: number) =>
  assert(actual === right || Math.abs(actual - right) < 1e-15, `${actual}, right ${right}`);

Deno.test("the separation of two inputs is 1 − |ρ|", async () => {
  const right = 1 - 8 / Math.sqrt(5 * 13);
  for (const x of [[[1, 2], [2, 3]], [[1, 2], [-2, -3]], [[100, 200], [0.02, 0.03], [0, 1], [0, 0]]]) {
    isClose(await least(x), right);
  }
  isClose(await least([[0, 1], [1, 2]], [[2, 3], [1, 0]]), right);
});

Deno.test("inputs that are equal, opposite or zero are apart", async () => {
  assert.equal(await least([[1, 2], [1, 2], [-1, -2], [0, 0]]), Infinity);
  assert.equal(await least([[1, 2]], [[1, 2], [0, 0]]), Infinity);
  assert.equal(await least([[1, 2]]), Infinity);
});

Deno.test("single numbers are parallel, however different they are", async () => {
  isClose(await least([[1], [3]]), 2 ** -18);
  isClose(await least([[1024], [1025]]), 1 / (1024 ** 2 + 1025 ** 2));
});

Deno.test("the separation of images is that of the patches of their first convolution", async () => {
  const x = [[[1], [2], [3]], [[2], [1], [0]]];
  // Patches (1, 2), (2, 3) and (2, 1), (1, 0); beyond the end are zeros.
  const between = (...pairs: [number, number, number, number][]) =>
    pairs.map(([a, b, c, d]) => 1 - Math.abs(a * c + b * d) / Math.hypot(a, b) / Math.hypot(c, d));
  const sorted = (values: number[]) => values.toSorted((a, b) => a - b);
  const isSame = (actual: number[], right: number[]) => {
    assert.equal(actual.length, right.length);
    sorted(actual).forEach((value, k) => isClose(value, sorted(right)[k]));
  };
  const diagonal = between([1, 2, 2, 1], [2, 3, 1, 0]);
  const valid = stax.serial(Conv(1, [2]), Relu(), Flatten());
  isSame(await separations(valid, [x[0]], [x[1]]), diagonal);
  const same = stax.serial(Conv(1, [2], { padding: "SAME" }), Relu(), Flatten());
  // The last patches are (3, 0) and a zero.
  isSame(await separations(same, [x[0]], [x[1]]), [...diagonal, Infinity]);
  const pooled = stax.serial(Conv(1, [2]), Relu(), GlobalAvgPool());
  const full = [...diagonal, ...between([1, 2, 1, 0], [2, 3, 2, 1])];
  const within = between([1, 2, 2, 3]);
  // Each of its positions with the other, one way and the other.
  isSame(await separations(pooled, [x[0]], [x[1]]), [...full, ...within, ...within]);
  // Without a convolution they are those of positions, the last of which is 0 in one of them.
  const pointwise = stax.serial(Dense(1), Relu(), Flatten());
  isSame(await separations(pointwise, [x[0]], [x[1]]), [2 ** -18, 2 ** -18, Infinity]);
});

Deno.test("many inputs with a large mean are found close in a sample, and no others", async () => {
  const ordinary = random.normal(random.key(3), [3000, 50]);
  const shifted = array(ordinary.data.map((entry) => 1e3 + entry), [3000, 50]);
  assert(await least(ordinary) > 0.2);
  assert(await least(shifted) < 1e-5);
  assert(await least(ordinary, shifted) > 0.2);
});

Deno.test("what is lost is a mean over positions, and no more than all digits of an angle", () => {
  assert.equal(lossIn("float64", [[1e-6]], "nothing"), 0);
  const half = (separation: number) => lossIn("float64", [[Infinity, separation], []], "angles");
  assert.equal(half(2 ** -20) / lossIn("float64", [[2 ** -20]], "angles"), 0.5);
  assert.equal(half(2 ** -60), half(2 ** -53));
  assert.equal(lossIn("float64", [[2 ** -20], [2 ** -22]], "distances"), 1.5 * 2 ** -30);
});

for (const { options, test } of targets) {
  test("positions of one channel, which are all parallel, keep their digits", async () => {
    // Of positive numbers ReLU is linear, and its slope 1: K = ⟨x, y⟩/positions, and Θ = K.
    const x = array(random.uniform(random.key(5), [5, 4, 1]).data.map((u) => Math.fround(1 + 99 * u)), [
      5,
      4,
      1,
    ]);
    const { nngp, ntk } = await stax.serial(Conv(1, [1]), Relu(), Flatten())
      .kernelFn(x, null, ["nngp", "ntk"], options);
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 5; j++) {
        let right = 0;
        for (let p = 0; p < 4; p++) right += x.at(i, p, 0) * x.at(j, p, 0) / 8;
        for (const k of [nngp, ntk!]) {
          const error = Math.abs(k.at(i, j) / right - 1);
          assert(error < (options.dtype === "float32" ? 2e-6 : 1e-10), `(${i}, ${j}): ${error}`);
        }
      }
    }
    // E φ′φ′ = 4/π/√(1 + 2v + 2w + 4·det), and det is 0.
    const steep = await stax.serial(Conv(1, [1], { wStd: 10 }), Erf(), Flatten()).kernelFn(
      x,
      null,
      "ntk",
      options,
    );
    const slope = (v: number, w: number) => 4 / (Math.PI * Math.sqrt(1 + 2 * v + 2 * w));
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 5; j++) {
        let right = 0;
        for (let p = 0; p < 4; p++) {
          const [u, v] = [100 * x.at(i, p, 0) ** 2, 100 * x.at(j, p, 0) ** 2];
          right += Math.sqrt(u * v) * slope(u, v) / 4;
        }
        const error = Math.abs(steep.at(i, j) / right - 1);
        assert(error < (options.dtype === "float32" ? 2e-6 : 1e-10), `Erf (${i}, ${j}): ${error}`);
      }
    }
  });
}

nativeTest("what float32 cannot hold is refused whether inputs lie close together or not", async () => {
  const { kernelFn } = stax.serial(stax.Flatten(), stax.Dense(1, { wStd: 3 }), stax.Relu(), stax.Dense(1));
  for (const step of [2 ** 52, 2 ** 62]) {
    const images = array(Float64Array.of(2 ** 63, 2 ** 63 + step, 2 ** 63, 2 ** 63), [2, 2, 1]);
    await assert.rejects(
      kernelFn(images, null, "nngp", { backend: "native", dtype: "float32" }),
      { name: "RangeError", message: /must be finite in float32/ },
    );
  }
});

Deno.test("inputs that not even float64 can keep apart are told of, once", async () => {
  const { Dense, ElementwiseNumerical, Rbf } = stax;
  // With twice the digits there is no quadrature.
  const tanh = ElementwiseNumerical((x) => x.tanh(), { deg: 25 });
  const network = stax.serial(Dense(1, { wStd: 2 ** -24 }), tanh, Dense(1), Rbf());
  const warnings = await warningsOf(async () => {
    for (const shift of [2 ** 24, 2 ** 25]) {
      await network.kernelFn([[shift, 0], [shift + 1, 0.5]], null, "nngp", { backend: "reference" });
    }
    // Here gaps are carried.
    await stax.serial(Dense(1), Rbf()).kernelFn([[2 ** 24], [2 ** 24 + 1]], null, "nngp", {
      backend: "reference",
    });
  });
  assert.deepEqual(warnings, [
    "Inputs lie so close together, seen from the origin, that float64 on reference loses digits of the kernel: " +
    "subtract their mean",
  ]);
});

/** No NaN and no infinity for finite inputs, and equal points have exactly the values of the diagonal, for every nonlinearity. */
import { stax } from "../../mod.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { cases, type Spec } from "../kernels/cases.ts";
import { build } from "../networks.ts";
import { type Target, targets } from "../targets.ts";

const direction = [0.6, -1.1, 1.2], other = [1.3, 0.2, -0.4];
const scaled = (row: readonly number[], factor: number) => row.map((x) => x * factor);
const variance = (row: readonly number[]) => row.reduce((sum, x) => sum + x * x, 0) / row.length;
/** `row` with the given variance. */
const withVariance = (row: readonly number[], value: number) => scaled(row, Math.sqrt(value / variance(row)));

/** Duplicates, near duplicates, opposite and zero points, and every scale in two directions. */
const special = [
  direction,
  direction,
  [direction[0] + 1e-9, direction[1], direction[2]],
  scaled(direction, -1),
  [0, 0, 0],
  [0, 0, 0],
  [0, 1e-9, 0],
  other,
  scaled(other, 1 + 1e-15),
];
const exponents = [-12, -9, -6, -3, 0, 3, 6, 9, 12];
const scales = exponents.flatMap((exponent) => [
  withVariance(direction, 10 ** exponent),
  withVariance(other, 10 ** exponent),
  withVariance(direction, -(10 ** exponent) * -1.5),
]);
const rows = [...special, ...scales];

const numericals: [string, stax.Network][] = [
  ["ElementwiseNumerical(tanh)", stax.ElementwiseNumerical(Math.tanh)],
  ["ElementwiseNumerical(relu)", stax.ElementwiseNumerical((x: number) => Math.max(x, 0))],
  [
    "Elementwise(erf)",
    stax.Elementwise({
      nngp: ({ cov, var1, var2, det }) =>
        cov.mul(2).atan2(det.mul(4).add(var1.add(var2).mul(2)).add(1).sqrt()),
    }),
  ],
];

/** From the name of each setting to its layer, and its specification if its dual is a closed form. */
const layers: [string, stax.Network, Spec?][] = [
  ...cases.map(({ name, spec, activation }): [string, stax.Network, Spec?] => {
    return [name, build([...spec]), activation.numerical ? undefined : spec];
  }),
  ...numericals,
];

/** Variances from this on are refused or overflow, in float64: only exponentials have one within the inputs. */
function largestVariance([name, { b }]: Spec): number {
  if (name === "Exp") return 700 / (2 * (b ?? 1) ** 2);
  return name === "Gaussian" && b! > 0 ? 1 / (2 * b!) : Infinity;
}

async function kernels(layer: stax.Network, x: number[][], { options }: Target) {
  const network = stax.serial(stax.Dense(4), layer, stax.Dense(4, { wStd: 1.2, bStd: 0.1 }));
  const square = await network.kernelFn(x, null, null, options);
  const cross = await network.kernelFn(x, x.slice(0, 16), null, options);
  return { square, cross };
}

function requireFinite(kernel: stax.Kernel, x: number[][], label: string) {
  for (const field of ["nngp", "ntk", "cov1", "cov2"] as const) {
    const data = kernel[field]?.data ?? [];
    const bad = data.findIndex((value) => !Number.isFinite(value));
    const width = kernel.nngp.shape[1];
    const [i, j] = [Math.floor(bad / width), bad % width];
    assert(bad < 0, `${label} ${field}: ${data[bad]} at (${i}, ${j}), rows ${x[i]} and ${x[j]}`);
  }
}

/** Every pair of equal rows has bitwise the values of the diagonal. */
function requireExactDuplicates(
  { square, cross }: Record<string, stax.Kernel>,
  x: number[][],
  label: string,
) {
  for (const kernel of [square, cross]) {
    const [n1, n2] = kernel.nngp.shape;
    for (let i = 0; i < n1; i++) {
      for (let j = 0; j < n2; j++) {
        if (String(x[i]) !== String(x[j])) continue;
        const at = `${label} rows ${i}, ${j}`;
        assertEquals(kernel.nngp.at(i, j), square.cov1.at(i), `${at} nngp`);
        assertEquals(kernel.ntk!.at(i, j), square.ntk!.at(i, i), `${at} ntk`);
      }
    }
  }
}

const [reference, ...devices] = targets;

async function requireSound(layer: stax.Network, x: number[][], target: Target, name: string) {
  const { square, cross } = await kernels(layer, x, target);
  requireFinite(square, x, name);
  requireFinite(cross, x, name);
  requireExactDuplicates({ square, cross }, x, name);
}

for (const [name, layer, spec] of layers) {
  const limit = spec ? largestVariance(spec) : Infinity;
  // A table is computed for every scale, which takes long for the many coefficients of a large variance.
  const x = spec ? rows.filter((row) => variance(row) < limit) : [...special, rows[9], rows.at(-1)!];
  reference.test(`finite for finite inputs, exact for equal ones: ${name}`, async () => {
    await requireSound(layer, x, reference, name);
  });
  if (limit === Infinity) continue;
  reference.test(`larger variances are refused: ${name}`, async () => {
    const beyond = [...x, withVariance(direction, limit * 1.1)];
    await assertThrows(() => kernels(layer, beyond, reference), RangeError);
  });
}

/** Every closed form that float32 can hold for these inputs, as branches of one network: one shader. */
const branches = layers.filter(([, , spec], i) =>
  spec && spec[0] !== "Exp" && layers.findIndex(([, , other]) => other?.[0] === spec[0]) === i
).map(([, layer]) => stax.serial(layer, stax.Dense(1)));
const everything = stax.serial(stax.FanOut(branches.length), stax.parallel(...branches), stax.FanInSum());

for (const target of devices) {
  target.test("finite for finite inputs, exact for equal ones: every nonlinearity at once", async () => {
    await requireSound(everything, rows, target, "sum of branches");
  });
}

/** Tests of convolutional and other networks with positions against the reference values of `conv.json`. */
import { type NdArray, stax } from "../../mod.ts";
import { assertClose, assertDeepEquals } from "../assert.ts";
import { assertClose as assertNear } from "../backends/spatial_jobs.ts";
import { fixture, type FixtureArray } from "../fixtures.ts";
import { build, type Spec } from "../networks.ts";
import { positionTargets, type Target } from "../targets.ts";
import { exchanged, inOrder, type Kernels, withoutDegree } from "./conv_reference.ts";
import { signNetwork } from "./sign_network.ts";

interface Case {
  name: string;
  net: Spec;
  inputs: string;
  kwargs: { diagonal_spatial?: boolean; diagonal_batch?: boolean };
  pattern?: [FixtureArray, FixtureArray];
  x1_x2: Kernels;
  x1_x1?: Kernels;
}

/** The content of `conv.json`. */
export const data = fixture<{
  inputs: Record<string, FixtureArray>;
  cases: Case[];
  errors: { name: string; net: Spec; inputs: string }[];
}>("conv");

const fields = ["nngp", "ntk", "cov1", "cov2"] as const;
const rectifiers = ["Relu", "LeakyRelu", "ABRelu", "Abs"];

/** True where the reference has what the network should give; where not, a test below says what it gives. */
const isComparable = ({ name }: Case) => !/Sign|numerical|imageresize|relu-full/.test(name);

interface Both {
  readonly x1_x2: stax.Kernel;
  readonly x1_x1: stax.Kernel;
}

/** Both kernels of a case. */
async function compute(testCase: Case, options: stax.KernelOptions, net: stax.Network): Promise<Both> {
  const { inputs, pattern, kwargs } = testCase;
  const { diagonal_spatial: diagonalSpatial, diagonal_batch: diagonalBatch } = kwargs;
  const [x1, x2] = [data.inputs[`${inputs}1`], data.inputs[`${inputs}2`]];
  const o = { ...options, diagonalSpatial, diagonalBatch };
  const [between, within] = await Promise.all([
    net.kernelFn(x1, x2, null, pattern ? { ...o, pattern } : o),
    net.kernelFn(x1, null, null, pattern ? { ...o, pattern: [pattern[0]] } : o),
  ]);
  return { x1_x2: between, x1_x1: within };
}

/** What the reference backend gives for cases that several targets compute. */
const known = new WeakMap<Case, Promise<Both>>();

/** Both kernels of a case, which are those of the reference backend up to a few roundings. */
async function kernelsOf(testCase: Case, target: Target, net: stax.Network): Promise<Both> {
  const kernels = await compute(testCase, target.options, net);
  if (target === positionTargets[0]) return kernels;
  if (!known.has(testCase)) known.set(testCase, compute(testCase, positionTargets[0].options, net));
  const expected = await known.get(testCase)!;
  // Coefficient tables are right to a tolerance of 1e-8, and depend on the rows that are computed together.
  const bound = target.rounding + (testCase.name.includes("numerical") ? 1e-8 : 0);
  for (const pair of ["x1_x2", "x1_x1"] as const) {
    for (const field of fields) {
      const [got, want]: (NdArray | null)[] = [kernels[pair][field], expected[pair][field]];
      if (got && want) assertNear(got.data, want.data, bound, `${pair} ${field} of the reference`);
    }
  }
  return kernels;
}

/**
 * The tolerance of every entry. The reference gives the NTK of rectifiers to √eps only where an image meets itself, and so
 * also wherever that flows in.
 */
function tolerances({ shape, data }: FixtureArray, isLoose: boolean, scale: Target["scale"]): number[] {
  const largest = Math.max(...data.map(Math.abs));
  const entries = data.length / (shape[0] * shape[1]);
  return data.map((value, k) => {
    const pair = Math.floor(k / entries);
    const own = Math.floor(pair / shape[1]) === pair % shape[1];
    const usual = (scale.rtol ?? 0) * Math.abs(value) + (scale.scale ?? 0) * largest;
    return isLoose && own ? Math.max(2e-8 * largest, usual) : usual;
  });
}

function compare(kernel: stax.Kernel, expected: Kernels, scale: Target["scale"], isLoose: boolean): void {
  for (const field of fields) {
    const want = expected[field];
    const got: NdArray | null = kernel[field];
    if (!want || !got) continue;
    assertDeepEquals(got.shape, want.shape, field);
    const limits = tolerances(want, isLoose && field === "ntk", scale);
    const excess = want.data.map((value, k) => Math.max(0, Math.abs(got.data[k] - value) - limits[k]));
    assertClose(excess, want.data.map(() => 0), { message: `${field}: beyond the tolerance,` });
  }
}

const hasRectifier = (net: Spec) => rectifiers.some((name) => JSON.stringify(net).includes(`"${name}"`));

/** Registers all tests of a target. */
export function testConvolutions(target: Target): void {
  for (const testCase of data.cases.filter(isComparable)) {
    const { name, net, x1_x2, x1_x1 } = testCase;
    target.test(name, async () => {
      const kernels = await kernelsOf(testCase, target, build(net));
      compare(kernels.x1_x2, x1_x2, target.scale, false);
      if (x1_x1) compare(kernels.x1_x1, x1_x1, target.scale, hasRectifier(net));
    });
  }

  for (const testCase of data.cases.filter(({ name }) => name.startsWith("conv-relu-full"))) {
    target.test(`${testCase.name}, whose axes of positions the reference gives in reverse`, async () => {
      const kernels = await kernelsOf(testCase, target, build(testCase.net));
      compare(kernels.x1_x2, inOrder(testCase.x1_x2), target.scale, false);
      if (testCase.x1_x1) compare(kernels.x1_x1, inOrder(testCase.x1_x1), target.scale, true);
    });
  }

  for (const testCase of data.cases.filter(({ name }) => name.startsWith("imageresize"))) {
    // After one convolution the reference has its axes in reverse, and resizes the rows to the length meant for columns.
    target.test(`${testCase.name}, whose sizes the reference exchanges`, async () => {
      const kernels = await kernelsOf(testCase, target, build(exchanged(testCase.net)));
      compare(kernels.x1_x2, testCase.x1_x2, target.scale, false);
      compare(kernels.x1_x1, testCase.x1_x1!, target.scale, hasRectifier(testCase.net));
    });
  }

  for (const testCase of data.cases.filter(({ name }) => name.includes("numerical"))) {
    target.test(`${testCase.name}, to the error of the reference's quadrature`, async () => {
      const kernels = await kernelsOf(testCase, target, build(withoutDegree(testCase.net)));
      compare(kernels.x1_x2, testCase.x1_x2, { scale: 0.1 }, false);
      compare(kernels.x1_x1, testCase.x1_x1!, { scale: 0.1 }, false);
    });
  }

  for (const testCase of data.cases.filter(({ name }) => name.includes("Sign"))) {
    // The reference gives 1 instead of 1/2 where the correlation is 0.707, and only there.
    target.test(`${testCase.name}, where the reference is wrong, entry by entry`, async () => {
      const { x1_x2 } = await kernelsOf(testCase, target, build(testCase.net));
      const [x1, x2] = [data.inputs.x1, data.inputs.x2];
      const expected = Float64Array.from(
        { length: 6 },
        (_, k) => signNetwork(x1, Math.floor(k / 3), x2, k % 3),
      );
      const tolerance = { rtol: Math.max(1e-12, target.rounding) };
      assertClose(x1_x2.nngp.data, expected, tolerance);
      // Its derivative is 0 almost everywhere, so only the last layer is learned.
      assertClose(x1_x2.ntk!.data, expected, tolerance);
    });
  }

  target.test("a numerical nonlinearity pools as its closed form does", async () => {
    const network = (act: stax.Layer) =>
      stax.serial(stax.Conv(1, [3, 3], { padding: "SAME" }), act, stax.GlobalAvgPool());
    const gelu = stax.ElementwiseNumerical((x) => x.mul(x.div(Math.SQRT2).erf().add(1)).div(2));
    const { x1, x2 } = data.inputs;
    const numerical = await network(gelu).kernelFn(x1, x2, null, target.options);
    const closed = await network(stax.Gelu()).kernelFn(x1, x2, null, target.options);
    assertClose(numerical.nngp.data, closed.nngp.data, { rtol: Math.max(1e-7, target.rounding) });
    assertClose(numerical.ntk.data, closed.ntk.data, { rtol: 1e-6 });
  });
}

/** Inputs far from the origin compared with what they differ by: kernels keep the digits that the inputs have. */
import assert from "node:assert/strict";
import { array, type ArrayInput, random, stax } from "../mod.ts";
import cases from "./near.json" with { type: "json" };
import imageCases from "./near_images.json" with { type: "json" };
import { targets } from "./targets.ts";

type Spec = readonly [name: string, ...parameters: number[]];

interface Case {
  readonly name: string;
  /** Inputs are float32 numbers (32), or float64 numbers (64) */
  readonly digits: number;
  readonly x: number[][];
  readonly net: Spec[];
  /** Upper triangles, row by row: closed forms at 80 digits (make_near.py, make_near_images.py) */
  readonly nngp: number[];
  readonly ntk: number[];
}

const layers: Record<string, (...parameters: number[]) => stax.Network> = {
  Dense: (wStd, bStd) => stax.Dense(1, { wStd, bStd }),
  Rbf: (gamma) => stax.Rbf({ gamma }),
  LeakyRelu: (alpha) => stax.LeakyRelu(alpha),
  Relu: () => stax.Relu(),
  Abs: () => stax.Abs(),
  Erf: () => stax.Erf(),
  Gelu: () => stax.Gelu(),
  Gaussian: () => stax.Gaussian(),
  Gabor: () => stax.Gabor(),
  Sin: () => stax.Sin(),
  Cos: () => stax.Cos(),
  Sign: () => stax.Sign(),
  LayerNorm: () => stax.LayerNorm(),
  Conv: (size, wStd, bStd) => stax.Conv(1, [size], { wStd, bStd, padding: "SAME" }),
  AvgPool: (size) => stax.AvgPool([size], { strides: [size] }),
  GlobalAvgPool: () => stax.GlobalAvgPool(),
  Flatten: () => stax.Flatten(),
};

const networkOf = (net: readonly Spec[]) =>
  stax.serial(...net.map(([name, ...parameters]) => layers[name](...parameters)));

/** The same kernel of inputs with positions: all features of a row are one window, or become features only then. */
const onPositions = {
  "a convolution": ([[, wStd, bStd], ...net]: readonly Spec[], width: number) =>
    stax.serial(stax.Conv(1, [width], { wStd, bStd }), networkOf(net), stax.Flatten()),
  "Flatten": (net: readonly Spec[]) => stax.serial(stax.Flatten(), networkOf(net)),
};

/** The cases that are computed as images in float32, too, where all of them take a backend of their own. */
const IMAGES = [
  "bright pixels",
  "kelvin and pascal",
  "Rbf of ten features at 8",
  "Rbf of ten features at 10000, gamma 2",
  "Rbf of Gelu at 100",
]
  .concat(["Relu", "Erf", "Gaussian", "Sign"].map((name) => `${name} at 10000`));

const pairsOf = (n: number) =>
  Array.from({ length: n * n }, (_, k) => [Math.floor(k / n), k % n]).filter(([i, j]) => i <= j);

/** The largest error of entries (i, j) relative to √(k(i, i)·k(j, j)). */
function largestError(
  computed: (i: number, j: number) => number,
  truth: readonly number[],
  n: number,
): number {
  const pairs = pairsOf(n);
  const diagonal = pairs.flatMap(([i, j], k) => i === j ? [truth[k]] : []);
  return Math.max(...pairs.map(([i, j], k) => {
    const scale = Math.sqrt(diagonal[i]) * Math.sqrt(diagonal[j]);
    // The NTK of a layer whose derivative counts as 0 is that of the layers after it.
    return Math.abs(computed(i, j) - truth[k]) / (scale || 1);
  }));
}

const WANTED = { float32: 2e-6, float64: 1e-10 };

for (const { name, options, test } of targets) {
  const dtype = options.dtype!;
  const requireTruth = async (network: stax.Network, x: ArrayInput, truth: Pick<Case, "nngp" | "ntk">) => {
    const kernel = await network.kernelFn(x, null, ["nngp", "ntk"], options);
    for (const field of ["nngp", "ntk"] as const) {
      const sides = {
        above: (i: number, j: number) => kernel[field]!.at(i, j),
        below: (i: number, j: number) => kernel[field]!.at(j, i),
      };
      for (const [side, at] of Object.entries(sides)) {
        const error = largestError(at, truth[field], kernel.nngp.shape[0]);
        assert(error <= WANTED[dtype], `${field} ${side} the diagonal on ${name}: error ${error}`);
      }
    }
  };
  for (const { name: title, digits, x, net, ...truth } of cases as unknown as Case[]) {
    if (digits === 64 && dtype === "float32") continue;
    test(`far from the origin, ${title}`, () => requireTruth(networkOf(net), x, truth));
    if (dtype === "float32" && !IMAGES.includes(title)) continue;
    for (const [what, networkOnPositions] of Object.entries(onPositions)) {
      test(`far from the origin, ${title}, by ${what}`, async () => {
        const images = array(x.map((row) => row.map((entry) => [entry])));
        await requireTruth(networkOnPositions(net, x[0].length), images, truth);
      });
    }
  }

  for (const { name: title, digits, x, net, ...truth } of imageCases as unknown as Case[]) {
    if (digits === 64 && dtype === "float32") continue;
    test(`images far from the origin, ${title}`, () => requireTruth(networkOf(net), array(x), truth));
  }

  test("far from the origin, two batches have the kernel of one, either way round", async () => {
    for (const title of ["Rbf of ten features at 10000, gamma 2", "Relu at 10000"]) {
      const { x, net, nngp, ntk } = (cases as unknown as Case[]).find((c) => c.name === title)!;
      const n = x.length;
      const other = x.toReversed();
      for (
        const [x1, x2, at] of [[x, other, (i: number, j: number) => [i, n - 1 - j]], [
          other,
          x,
          (i: number, j: number) => [n - 1 - j, i],
        ]] as const
      ) {
        const kernel = await networkOf(net).kernelFn(x1, x2, ["nngp", "ntk"], options);
        for (const [field, truth] of Object.entries({ nngp, ntk })) {
          const error = largestError((i, j) => kernel[field as "nngp" | "ntk"]!.at(...at(i, j)), truth, n);
          assert(error <= WANTED[dtype], `${field} of ${title}: error ${error}`);
        }
      }
    }
  });

  test("far from the origin, no covariance exceeds what its variances allow, and equal rows stay equal", async () => {
    const step = dtype === "float32" ? 2 ** -10 : 2 ** -26;
    const x = [...Array.from({ length: 100 }, (_, i) => [1e4 + i % 90 * step, 1e4 - (i % 90) ** 2 * step]), [
      -1e4,
      -1e4,
    ]];
    for (const net of [stax.Rbf({ gamma: 2 }), stax.Sin(), stax.Cos()]) {
      const k = await stax.serial(stax.Dense(1), net).kernelFn(x, null, "nngp", options);
      for (let i = 0; i < x.length; i++) {
        for (let j = 0; j < x.length; j++) {
          const bound = Math.sqrt(k.at(i, i) * k.at(j, j)) *
            (1 + (dtype === "float32" ? 2 ** -23 : 2 ** -52));
          assert(Math.abs(k.at(i, j)) <= bound, `k(${i}, ${j}) = ${k.at(i, j)} above ${bound}`);
          assert.equal(k.at(i, j), k.at(j, i));
          if (i % 90 === j % 90 && i < 100 && j < 100) assert.equal(k.at(i, j), k.at(i, i));
        }
      }
    }
  });

  test("equal rows among ordinary ones have the kernel of an input with itself", async () => {
    const { Dense, Relu } = stax;
    const affine = { wStd: 1.5, bStd: 0.05 };
    const net = stax.serial(Dense(1, affine), Relu(), Dense(1, affine), Relu(), Dense(1));
    const rows = random.normal(random.key(1), [20, 3]).toNested() as number[][];
    const kernel = await net.kernelFn([...rows, ...rows.slice(0, 6)], null, ["nngp", "ntk"], options);
    for (const k of [kernel.nngp, kernel.ntk]) {
      for (let i = 0; i < 6; i++) {
        for (const [a, b] of [[i, 20 + i], [20 + i, i], [20 + i, 20 + i]]) {
          assert.equal(k.at(a, b), k.at(i, i));
        }
      }
    }
  });

  if (dtype === "float64" && options.backend !== "webgpu") {
    test("near pairs of lengths whose fourth powers overflow", async () => {
      const { Dense, Relu } = stax;
      const { kernelFn } = stax.serial(Dense(1), Relu(), Dense(1), Relu(), Dense(1));
      const rows = [[1, 1], [1, 1 + 2 ** -20], [-1, -1 - 2 ** -22], [3, 3]];
      const near = await kernelFn(rows, null, ["nngp", "ntk"], options);
      // The network is homogeneous, and powers of two scale exactly.
      for (const power of [-300, 300, 500]) {
        const long = rows.map((row) => row.map((value) => value * 2 ** power));
        const kernel = await kernelFn(long, null, ["nngp", "ntk"], options);
        for (const name of ["nngp", "ntk"] as const) {
          const expected = near[name].data.map((value) => value * 4 ** power);
          kernel[name].data.forEach((value, k) =>
            assert(
              Math.abs(value - expected[k]) <= 1e-14 * Math.abs(expected[k]),
              `${name} ${power} ${k}: ${value}, ${expected[k]}`,
            )
          );
        }
      }
    });
  }
}

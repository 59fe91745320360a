/** Networks with positions that have features, and images for them. */
import { random, stax } from "../../mod.ts";

/** The kernels that there are features of. */
export const NAMES = ["nngp", "ntk"] as const;
const W = { wStd: 1.4, bStd: 0.3 };
/** What convolutions are given that keep positions. */
export const same = { padding: "SAME", ...W } as const;
const halve = stax.AvgPool([2, 2], { strides: [2, 2] });

/** Two convolutions with pooling between them. */
export const convolutional = (activation: stax.Network) =>
  stax.serial(
    stax.Conv(1, [3, 3], same),
    activation,
    halve,
    stax.Conv(1, [2, 2], W),
    activation,
    stax.Flatten(),
    stax.Dense(1, W),
  );

/** A residual block with normalisation. */
const residual = (activation: stax.Network) =>
  stax.serial(
    stax.Conv(1, [3, 3], same),
    activation,
    stax.FanOut(2),
    stax.parallel(
      stax.serial(
        stax.Conv(1, [3, 3], { padding: "CIRCULAR", ...W }),
        stax.LayerNorm(),
        activation,
        stax.Conv(1, [1, 1], W),
      ),
      stax.Conv(1, [1, 1], { strides: [1, 1] }),
    ),
    stax.FanInSum(),
    activation,
    stax.GlobalAvgPool(),
    stax.Dense(1),
  );

/** An image of zeros, two others, and a copy of the first of these. */
export function images() {
  const x = random.normal(random.key(7), [4, 4, 4, 2]);
  x.data.fill(0, 0, 32);
  x.data.copyWithin(96, 32, 64);
  return x;
}

/** Networks of which products of features are the kernel in the mean over keys. */
export const unbiased: Record<string, stax.Network> = {
  "Relu": convolutional(stax.Relu()),
  "Gelu": convolutional(stax.Gelu()),
  "Erf": convolutional(stax.Erf()),
  "ExpNormalized": convolutional(stax.ExpNormalized()),
  "a numerical tanh": convolutional(stax.ElementwiseNumerical((x) => x.tanh())),
  "an ordinary function": convolutional(stax.ElementwiseNumerical((x: number) => Math.atan(x))),
  "Relu in a residual block": residual(stax.Relu()),
  "products of branches": stax.serial(
    stax.Conv(1, [2, 2], same),
    stax.FanOut(2),
    stax.parallel(
      stax.serial(stax.Relu(), stax.Conv(1, [1, 1])),
      stax.serial(stax.Erf(), stax.Conv(1, [3, 3], same)),
    ),
    stax.FanInProd(),
    stax.Dense(1, W),
    stax.Relu(),
    stax.GlobalAvgPool(),
  ),
};

/** Networks of which they are the kernel where there are columns enough. */
export const linear: Record<string, stax.Network> = {
  "a strided convolution": stax.serial(stax.Conv(1, [3, 2], { strides: [2, 1], ...W }), stax.Flatten()),
  "a circular convolution": stax.serial(stax.Conv(1, [3, 3], { padding: "CIRCULAR", ...W }), stax.Flatten()),
  "a transposed convolution": stax.serial(stax.ConvTranspose(1, [2, 2], { strides: [2, 2] }), stax.Flatten()),
  "a local convolution": stax.serial(stax.ConvLocal(1, [2, 2], W), stax.GlobalAvgPool()),
  "the standard parameterization": stax.serial(
    stax.Conv(3, [3, 3], { padding: "SAME", parameterization: "standard", wStd: 1.3, bStd: 0.2 }),
    stax.Flatten(),
    stax.Dense(1, { parameterization: "standard", wStd: 1.1, bStd: 0.1 }),
  ),
  "pooling with edges": stax.serial(
    stax.AvgPool([3, 3], { padding: "SAME", normalizeEdges: true }),
    stax.SumPool([2, 2]),
    stax.Conv(1, [1, 1], W),
    stax.GlobalSumPool(),
  ),
  "a resized image": stax.serial(
    stax.ImageResize([-1, 3, 3, -1]),
    stax.Conv(1, [2, 2], W),
    stax.Flatten(),
  ),
  "branches side by side": stax.serial(
    stax.FanOut(2),
    stax.parallel(stax.Conv(1, [2, 2], W), stax.Conv(2, [2, 2])),
    stax.FanInConcat(),
    stax.Flatten(),
  ),
};

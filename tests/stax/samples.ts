/** A layer of every type: what tests of networks as data begin with. */
import { stax } from "../../mod.ts";
import { nonlinearities, withDefaults } from "../nonlinearities.ts";

/** A layer of every type that acts on positions, with hardly an option at its default. */
export const positional: Record<string, stax.Network> = {
  Conv: stax.Conv(3, [3, 2], {
    strides: [2, 1],
    padding: "SAME",
    wStd: 1.5,
    bStd: 0.25,
    dimensionNumbers: ["NCHW", "OIHW", "NCHW"],
    parameterization: "standard",
    s: [1, 2],
  }),
  ConvTranspose: stax.ConvTranspose(3, [3], { strides: [2], padding: "CIRCULAR", wStd: 1.5, bStd: 0.25 }),
  ConvLocal: stax.ConvLocal(3, [3], { strides: [2], padding: "SAME", wStd: 1.5, bStd: 0.25 }),
  AvgPool: stax.AvgPool([2], {
    strides: [2],
    padding: "SAME",
    normalizeEdges: true,
    batchAxis: 1,
    channelAxis: 0,
  }),
  SumPool: stax.SumPool([2, 2], { strides: [2, 1], padding: "SAME", channelAxis: 1 }),
  GlobalAvgPool: stax.GlobalAvgPool({ batchAxis: 1, channelAxis: 2 }),
  GlobalSumPool: stax.GlobalSumPool({ channelAxis: 1 }),
  Flatten: stax.Flatten({ batchAxis: 1, batchAxisOut: 1 }),
  GlobalSelfAttention: stax.GlobalSelfAttention(2, {
    nChanKey: 3,
    nChanVal: 4,
    nHeads: 5,
    linearScaling: false,
    wKeyStd: 1.25,
    bStd: 0.25,
    attentionMechanism: "IDENTITY",
    posEmbType: "CONCAT",
    posEmbPNorm: 1,
    posEmbDecayFn: (distance) => distance.neg().exp(),
    nChanPosEmb: 6,
    wPosEmbStd: 0.5,
    valPosEmb: true,
    channelAxis: 1,
  }),
  Aggregate: stax.Aggregate({ aggregateAxis: 1, implementation: "SPARSE", channelAxis: 2 }),
  ImageResize: stax.ImageResize([-1, 4, -1], { method: "nearest", antialias: false }),
  Index: stax.Index([{ step: 2 }, 0, "..."], { channelAxis: 1 }),
  DotGeneral: stax.DotGeneral({ rhs: [[1, -1], [0.5, 0]], dimensionNumbers: [[[1], [0]], [[], []]] }),
};

/** A layer of other types, with no option at its default. */
const others: Record<string, stax.Network> = {
  Dense: stax.Dense(3, { wStd: 1.5, bStd: 0.25, parameterization: "standard", s: [1, 2] }),
  Dropout: stax.Dropout(0.75, { mode: "test" }),
  LayerNorm: stax.LayerNorm({ axis: 1, eps: 0.125 }),
  Identity: stax.Identity(),
  FanOut: stax.FanOut(2),
  FanInSum: stax.FanInSum(),
  FanInProd: stax.FanInProd(),
  FanInConcat: stax.FanInConcat({ axis: -1 }),
  ABRelu: stax.ABRelu(-0.5, 1.75, { doStabilize: true }),
  LeakyRelu: stax.LeakyRelu(0.25, { doStabilize: true }),
  Relu: stax.Relu({ doStabilize: true }),
  Abs: stax.Abs({ doStabilize: true }),
  Erf: stax.Erf({ a: 1.5, b: 0.75, c: 0.25 }),
  Sin: stax.Sin({ a: 1.5, b: 0.75, c: 0.25 }),
  Cos: stax.Cos({ a: 1.5, b: 0.75, c: 0.25 }),
  SigmoidLike: stax.SigmoidLike(),
  Gelu: stax.Gelu({ approximate: true }),
  Rbf: stax.Rbf({ gamma: 0.1 }),
  Exp: stax.Exp({ a: 0.5, b: -0.3 }),
  Gaussian: stax.Gaussian({ a: 0.5, b: -0.3 }),
  ExpNormalized: stax.ExpNormalized({ gamma: 2, shift: 0, doClip: true }),
  Gabor: stax.Gabor(),
  Sign: stax.Sign(),
  Monomial: stax.Monomial(3),
  RectifiedMonomial: stax.RectifiedMonomial(2),
  Hermite: stax.Hermite(4),
  Polynomial: stax.Polynomial([1, -0.5, 0.25]),
  Elementwise: stax.Elementwise({
    fn: (x) => x.max(0),
    nngp: ({ cov, rootDet, angle }) =>
      rootDet.div(2 * Math.PI).add(angle.div(-Math.PI).add(1).div(2).mul(cov)),
    dNngp: ({ angle }) => angle.div(-Math.PI).add(1).div(2),
  }),
  ElementwiseNumerical: stax.ElementwiseNumerical((x) => x.tanh(), { tolerance: 1e-6, kinks: [] }),
};

/** A layer of every other type: of the nonlinearities that are not listed, which need no parameters, the default. */
export const samples: Record<string, stax.Network> = {
  ...others,
  ...Object.fromEntries(
    nonlinearities.filter((name) => !(name in others)).map((name) => [name, withDefaults(name)]),
  ),
};

/** Bad calls: each is refused at once, with the class that fits and exactly this text. */
import {
  array,
  backends,
  BackendUnavailableError,
  dual,
  expr,
  KernelOperator,
  NdArray,
  NotPositiveDefiniteError,
  polynomials,
  predict,
  random,
  readNpy,
  stax,
  tiles,
  UnsupportedError,
  writeNpy,
} from "../mod.ts";
import { assert, assertMatch, assertThrows } from "./assert.ts";

const { Dense, Dropout, Erf, FanInConcat, FanInProd, FanInSum, FanOut, LayerNorm, parallel, Relu, serial } =
  stax;

/** What a caller without a type checker passes. */
const untyped = <T>(value: unknown): T => value as T;

const network = serial(Dense(1), Relu(), Dense(1));
const vectors = [[1, 2], [3, 4]];
const reference = { backend: "reference" };
const kernel = await network.kernelFn(vectors, null, null, reference);
const k = (layer: stax.Network, options = {}) =>
  layer.kernelFn(vectors, null, null, { ...reference, ...options });
const call = (...args: unknown[]) => (network.kernelFn as (...args: unknown[]) => unknown)(...args);
const branches = (...layers: stax.Network[]) => serial(Dense(1), FanOut(layers.length), parallel(...layers));
const x = expr.variable("x");
const eye = [[1, 0], [0, 1]];
const labels = [[1], [1]];
const points = { features: vectors, targets: labels };
const single = { regularizations: 1 };
const spatial = await stax.Conv(1, [1]).kernelFn([[[1]], [[2]]], null, null, reference);
const smooth = Array.from({ length: 64 }, (_, at) => Math.exp(-((Math.floor(at / 8) - at % 8) ** 2) / 512));
const smoothLabels = Array.from({ length: 8 }, (_, i) => [Math.sin(3 * i / 8)]);
const nearlySingular = [[1, 1 - 1e-15, 0], [1 - 1e-15, 1, 0], [0, 0, 1]];
const npy = writeNpy(array(vectors));
const complexNpy = npy.slice();
complexNpy.set(new TextEncoder().encode("<c8"), 21);

/** `npy` with another shape in its header. */
function npyWith(shape: string): Uint8Array {
  const bytes = npy.slice();
  bytes.set(new TextEncoder().encode(`${shape} }`), new TextDecoder().decode(npy).indexOf("'shape'"));
  return bytes;
}

/** A call as in a browser. */
async function withoutDeno(call: () => Promise<unknown>): Promise<unknown> {
  const { Deno } = globalThis;
  Reflect.deleteProperty(globalThis, "Deno");
  try {
    return await call();
  } finally {
    Object.assign(globalThis, { Deno });
  }
}

/** An array whose memory was sent elsewhere. */
function gone(): NdArray {
  const a = array(vectors);
  structuredClone(a.data, { transfer: [a.data.buffer as ArrayBuffer] });
  return a;
}

const fields =
  "nngp, ntk, cov1, cov2, x1IsX2, isGaussian, isReversed, isInput, diagonalBatch, diagonalSpatial, " +
  "shape1, shape2, batchAxis, channelAxis, numericalError, numericalErrors";
const activations =
  "relu, relu6, sigmoid, softplus, soft_sign, silu, swish, log_sigmoid, leaky_relu, hard_sigmoid, " +
  "hard_silu, hard_swish, hard_tanh, elu, celu, selu, gelu, sin, cos, erf, gaussian, abs";
const shapes = "must have shape (batch, features) or (batch, …positions, features)";
const arithmetic = "Cannot use an expression in JavaScript arithmetic as it must be built with methods: " +
  "current value is an Expr, so write x.mul(2), x.lt(0).select(a, b), x.exp()";
const noBranches = "as its input must have branches: current value is one, put FanOut(n) before it";

type Refused = readonly [call: () => unknown, type: new (...args: never[]) => Error, message: string];

// deno-fmt-ignore
const refused: readonly Refused[] = [
  // Inputs of kernels
  [() => call(), TypeError, "Cannot compute a kernel as x1 must be an array: current value is undefined"],
  [() => call(null, null), TypeError, "Cannot compute a kernel as x1 must be an array: current value is null"],
  [() => call("x"), TypeError, 'Cannot read x1 as x1 must be a number: current value is "x"'],
  [() => call({}), TypeError, "Cannot read x1 as x1 must be a number: current value is a value of type Object"],
  [() => call([["a"]]), TypeError, 'Cannot read x1 as x1[0][0] must be a number: current value is "a"'],
  [() => call([[1n]]), TypeError, "Cannot read x1 as x1[0][0] must be a number: current value is 1n"],
  [() => call([[1, 2], [null, 3]]), TypeError, "Cannot read x1 as x1[1][0] must be a number: current value is null"],
  [() => call(3), TypeError, `Cannot compute a kernel as x1 ${shapes}: current value is []`],
  [() => call([1, 2]), TypeError, `Cannot compute a kernel as x1 ${shapes}: current value is [2], write [x] for a batch of one`],
  [() => call(Float64Array.of(1, 2)), TypeError, `Cannot compute a kernel as x1 ${shapes}: current value is [2], write [x] for a batch of one`],
  [() => call([]), TypeError, "Cannot read x1 as the length of x1 must be at least 1: current value is 0"],
  [() => call([[]]), TypeError, "Cannot read x1 as the length of x1[0] must be at least 1: current value is 0"],
  [() => call([[1, 2], [3]]), TypeError, "Cannot read x1 as the length of x1[1] must be 2: current value is 1"],
  [() => call([[1, 2], 3]), TypeError, "Cannot read x1 as the length of x1[1] must be 2: current value is 3"],
  [() => call([[1, NaN]]), RangeError, "Cannot use x1 as x1[0][1] must be finite: current value is NaN"],
  [() => call(vectors, [[-Infinity, 1]]), RangeError, "Cannot use x2 as x2[0][0] must be finite: current value is -Infinity"],
  [() => call(vectors, [[1, 2, 3]]), TypeError, "Cannot compute a kernel as x2 must have as many features as x1, 2: current value is 3"],
  [() => call({ data: [1, 2, 3], shape: [2, 2] }), TypeError, "Cannot make an array as shape [2, 2] must have 3 entries, as data has: current value is 4"],
  [() => call([[1e200, 1]], null, null, reference), RangeError, "Cannot compute Relu as the variance of every row must be finite in float64: current value is Infinity at row 0, lower wStd or put LayerNorm() before it"],
  // Kernels too large for a matrix
  [() => tiles(untyped(network), vectors, null, "nngp").next(), TypeError, "Cannot compute tiles as kernelFn must be that of a network, such as stax.serial(…).kernelFn: current value is a value of type Object"],
  [() => tiles(network.kernelFn, 3, null, "nngp").next(), TypeError, "Cannot compute tiles as x1 must be an array of points along its first axis: current value is 3"],
  [() => tiles(network.kernelFn, vectors, 3, "nngp").next(), TypeError, "Cannot compute tiles as x2 must be an array of points along its first axis: current value is 3"],
  [() => tiles(network.kernelFn, vectors, null, untyped("cov1")).next(), RangeError, 'Cannot compute tiles as get must be one of nngp, ntk: current value is "cov1"'],
  [() => tiles(network.kernelFn, vectors, null, "ntk", { rows: 0 }).next(), RangeError, "Cannot compute tiles as rows must be an integer of at least 1: current value is 0"],
  [() => tiles(network.kernelFn, vectors, null, "ntk", { dtype: untyped("int8") }).next(), RangeError, 'Cannot compute tiles as dtype must be one of float64, float32: current value is "int8"'],
  [() => tiles(Dense(1, { batchAxis: 1, channelAxis: 0 }).kernelFn, vectors, null, "ntk").next(), UnsupportedError, "Cannot compute tiles as the batch must be the first axis: current value is 1, leave batchAxis out"],
  [() => tiles(stax.Conv(1, [1]).kernelFn, [[[1], [2]]], null, "ntk").next(), TypeError, "Cannot compute tiles as a kernel of 1 × 1 points must have shape [1, 1]: current value is [1, 1, 2, 2], end networks with positions with Flatten() or GlobalAvgPool()"],
  [() => KernelOperator.of(untyped(null), vectors, "ntk"), TypeError, "Cannot keep a kernel as kernelFn must be that of a network, such as stax.serial(…).kernelFn: current value is undefined"],
  [() => KernelOperator.of(network, 3, "ntk"), TypeError, "Cannot keep a kernel as x must be an array of points along its first axis: current value is 3"],
  [() => KernelOperator.of(network, [[1, NaN]], "ntk"), RangeError, "Cannot use x1 as x1[0][1] must be finite: current value is NaN"],
  [() => KernelOperator.of(network, vectors, untyped("both")), RangeError, 'Cannot keep a kernel as kernel must be one of nngp, ntk: current value is "both"'],
  [() => KernelOperator.of(network, vectors, "ntk", { tileRows: 1.5 }), RangeError, "Cannot keep a kernel as tileRows must be an integer of at least 1: current value is 1.5"],
  [() => KernelOperator.of(network, vectors, "ntk", { path: untyped(3) }), TypeError, "Cannot keep a kernel as path must be the path of a file: current value is 3"],
  [() => withoutDeno(() => KernelOperator.of(network, vectors, "ntk", { path: "/k" })), UnsupportedError, 'Cannot keep a kernel as path must be null where there is no Deno: current value is "/k"'],
  // Options of kernels
  [() => call(vectors, null, "nngps"), RangeError, `Cannot compute a kernel as get must be among ${fields}: current value is "nngps"`],
  [() => call(vectors, null, ["ntk", 1]), RangeError, `Cannot compute a kernel as get must be among ${fields}: current value is 1`],
  [() => call(vectors, null, []), TypeError, "Cannot compute a kernel as get must be a name, a list of names or null: current value is a list of length 0"],
  [() => call(vectors, null, 3), TypeError, "Cannot compute a kernel as get must be a name, a list of names or null: current value is 3"],
  [() => call(vectors, null, "ntk", "webgpu"), TypeError, 'Cannot build a kernel as its options must be an object: current value is "webgpu"'],
  [() => call(vectors, null, "ntk", { device: 0 }), TypeError, "Cannot build a kernel as its options must be among backend, dtype, diagonalBatch, diagonalSpatial, pattern, maskConstant, onProgress, signal: current value is device"],
  [() => k(network, { dtype: "float16" }), RangeError, 'Cannot compute a kernel as dtype must be one of float64, float32: current value is "float16"'],
  [() => k(network, { diagonalBatch: 1 }), TypeError, "Cannot build a kernel as diagonalBatch must be true or false: current value is 1"],
  [() => k(network, { onProgress: 3 }), TypeError, "Cannot compute a kernel as onProgress must be a function: current value is 3"],
  [() => k(network, { signal: {} }), TypeError, "Cannot compute a kernel as signal must be an AbortSignal: current value is a value of type Object"],
  // Continued kernels
  [() => network.kernelFn(kernel, vectors), TypeError, "Cannot continue a kernel as x2 must be null: current value is an array"],
  [() => network.kernelFn({ ...kernel, ntk: null }, null, "ntk"), TypeError, "Cannot continue an NTK as kernel.ntk must be an array: current value is null, compute it with get null"],
  [() => network.kernelFn({ ...kernel, diagonalBatch: false }, null), TypeError, "Cannot continue a kernel as diagonalBatch must be true: current value is false, compute it without that option"],
  [() => network.kernelFn(kernel, null, null, { diagonalBatch: false }), TypeError, "Cannot continue a kernel as diagonalBatch must be true: current value is false, compute the kernel of both networks in one"],
  // Networks without a kernel
  [() => k(Relu()), UnsupportedError, "Cannot apply Relu as its input must be Gaussian: current value is the network's input, put Dense(…) before it"],
  [() => k(serial(Dense(1), Relu(), Erf())), UnsupportedError, "Cannot apply Erf as its input must be Gaussian: current value is not a layer with weights, put Dense(…) before it"],
  [() => k(serial(Dense(1), Dropout(0.5), Relu())), UnsupportedError, "Cannot apply Relu as its input must be Gaussian: current value is not a layer with weights, put Dense(…) before it"],
  [() => k(serial(branches(Dense(1), Dense(1)), FanInProd(), Relu())), UnsupportedError, "Cannot apply Relu as its input must be Gaussian: current value is not a layer with weights, put Dense(…) before it"],
  [() => k(serial(Dropout(0.5), Dense(1))), UnsupportedError, "Cannot apply Dropout as its input must be a layer's output: current value is the network's input, put Dense(…) before it"],
  [() => k(serial(Dense(1), Relu(), LayerNorm())), UnsupportedError, "Cannot apply LayerNorm as its input must be Gaussian: current value is not, put it right after Dense(…)"],
  [() => k(parallel(Dense(1), Dense(1))), UnsupportedError, "Cannot apply parallel as its input must have 2 branches, one a layer: current value is none, put FanOut(2) before it"],
  [() => k(serial(FanOut(3), parallel(Dense(1), Dense(1)), FanInSum())), UnsupportedError, "Cannot apply parallel as its input must have 2 branches, one a layer: current value is 3, put FanOut(2) before it"],
  [() => k(serial(Dense(1), FanInSum())), TypeError, `Cannot apply FanInSum ${noBranches}`],
  [() => k(FanInProd()), TypeError, `Cannot apply FanInProd ${noBranches}`],
  [() => k(FanInConcat()), TypeError, `Cannot apply FanInConcat ${noBranches}`],
  [() => k(serial(branches(FanOut(2), FanOut(2)), FanInSum())), TypeError, "Cannot apply FanInSum as a branch must not have branches itself: current value is branch 0, end it with FanInSum()"],
  [() => k(serial(branches(Dense(1), Relu()), FanInSum())), UnsupportedError, "Cannot apply FanInSum as every branch must be Gaussian with mean 0: current value is branch 1, not a layer with weights, end it with Dense(…)"],
  [() => k(serial(FanOut(2), FanInSum())), UnsupportedError, "Cannot apply FanInSum as every branch must be Gaussian with mean 0: current value is branch 0, the network's input, end it with Dense(…)"],
  [() => k(serial(Dense(1), FanOut(2), FanInSum())), UnsupportedError, "Cannot apply FanInSum as its branches must be independent: current value is branches 0 and 1 without weights of their own since FanOut, end one of them with Dense(…)"],
  [() => k(serial(branches(Dense(1), Dense(2)), FanInSum())), TypeError, "Cannot join branches as their widths must be equal: current value is 1, 2"],
  [() => k(serial(branches(Dense(2), Dense(1)), FanInProd())), TypeError, "Cannot join branches as their widths must be equal: current value is 2, 1"],
  [() => k(serial(FanOut(2), Dense(1))), TypeError, "Cannot apply Dense as its input must be one branch: current value is 2 branches, put FanInSum() or parallel(…) before it"],
  [() => k(serial(Dense(1), FanOut(2))), UnsupportedError, "Cannot compute a kernel as the network must end in one branch: current value is 2, add FanInSum() or FanInConcat(), or use one network a branch"],
  [() => k(serial(Dense(1), stax.Elementwise({ fn: (u) => u.tanh() }))), UnsupportedError, "Cannot compute the kernel of Elementwise as nngp must be given: current value is undefined, give nngp or use ElementwiseNumerical(fn)"],
  [() => k(serial(Dense(1, { wStd: 10 }), stax.Gaussian({ b: 0.1 }))), RangeError, "Cannot compute Gaussian as the variance of every row must be below 5, where the mean of exp(0.1·x²) diverges: current value is 250 at row 0"],
  [() => k(serial(Dense(1, { wStd: 100 }), stax.Exp())), RangeError, "Cannot compute the layer after Exp as the variance of every row must be finite in float64: current value is Infinity at row 0, lower wStd or put LayerNorm() before it"],
  [() => k(serial(Dense(1, { wStd: 2 ** 40 }), stax.Monomial(2)), { dtype: "float32" }), RangeError, `Cannot compute the layer after Monomial as the variance of every row must be finite in float32: current value is ${3 * (2.5 * 2 ** 80) ** 2} at row 0, lower wStd or put LayerNorm() before it`],
  [() => Dense(1).kernelFn([[1e200, 1e200]], [[1e200, -1e200]]), RangeError, "Cannot compute the output as the variance of every row must be finite in float64: current value is Infinity at row 0, lower wStd or put LayerNorm() before it"],
  [() => serial(Dense(1), LayerNorm()).kernelFn([[3, 4]], [[3e160, 4e160]]), RangeError, "Cannot compute LayerNorm as the variance of every row must be finite in float64: current value is Infinity at row 1, lower wStd or put LayerNorm() before it"],
  // Layers
  [() => Dense(1, untyped({ toString: 1 })), TypeError, "Cannot build Dense as its options must be among wStd, bStd, parameterization, s, batchAxis, channelAxis: current value is toString"],
  [() => untyped<() => void>(Dense)(), RangeError, "Cannot build Dense as outDim must be an integer of at least 1: current value is undefined"],
  [() => Dense(1.5), RangeError, "Cannot build Dense as outDim must be an integer of at least 1: current value is 1.5"],
  [() => Dense(1, { wStd: NaN }), RangeError, "Cannot build Dense as wStd must be a finite number: current value is NaN"],
  [() => Dense(1, { bStd: untyped("0") }), RangeError, 'Cannot build Dense as bStd must be a finite number: current value is "0"'],
  [() => Dense(1, { parameterization: untyped("NTK") }), RangeError, 'Cannot build Dense as parameterization must be one of ntk, standard: current value is "NTK"'],
  [() => Dense(1, { s: [0, 1] }), RangeError, "Cannot build Dense as s[0] must be an integer of at least 1: current value is 0"],
  [() => Dense(1, { s: untyped(2) }), TypeError, "Cannot build Dense as s must be a list of 2 integers: current value is 2"],
  [() => Dense(1, untyped({ W_std: 1 })), TypeError, "Cannot build Dense as its options must be among wStd, bStd, parameterization, s, batchAxis, channelAxis: current value is W_std, did you mean wStd?"],
  [() => Dense(1, untyped(1.5)), TypeError, "Cannot build Dense as its options must be an object: current value is 1.5"],
  [() => Dropout(0), RangeError, "Cannot build Dropout as rate, the probability to keep, must be in (0, 1]: current value is 0"],
  [() => Dropout(0.5, { mode: untyped("eval") }), RangeError, 'Cannot build Dropout as mode must be one of train, test: current value is "eval"'],
  [() => LayerNorm({ eps: -1 }), RangeError, "Cannot build LayerNorm as eps must not be negative: current value is -1"],
  [() => LayerNorm({ axis: untyped("features") }), TypeError, 'Cannot build LayerNorm as axis must be an integer or a list of integers: current value is "features"'],
  [() => LayerNorm({ axis: 0.5 }), RangeError, "Cannot build LayerNorm as axis[0] must be an integer: current value is 0.5"],
  [() => LayerNorm({ axis: [] }), TypeError, "Cannot build LayerNorm as axis must have the features: current value is an empty list"],
  [() => k(serial(Dense(1), LayerNorm({ axis: [-1, 1] }))), TypeError, "Cannot apply LayerNorm as each axis must be named once: current value is -1, 1 of 2 axes"],
  [() => stax.Monomial(1e6), RangeError, "Cannot build Monomial as degree must be at most 512: current value is 1000000"],
  [() => stax.RectifiedMonomial(513), RangeError, "Cannot build RectifiedMonomial as degree must be at most 512: current value is 513"],
  [() => stax.Hermite(1e6), RangeError, "Cannot build Hermite as degree must be at most 512: current value is 1000000"],
  [() => stax.Polynomial(Array(1e6).fill(0)), RangeError, "Cannot build Polynomial as the degree of coef must be at most 512: current value is 999999"],
  [() => stax.Conv(1, Array(17).fill(1)), RangeError, "Cannot build Conv as the length of filterShape must be an integer of at most 16: current value is 17"],
  [() => stax.AvgPool([2], { strides: [1e9] }), RangeError, "Cannot build AvgPool as strides[0] must be an integer of at most 65536: current value is 1000000000"],
  [() => Array.from({ length: 128 }).reduce<stax.Network>((layer) => serial(layer), Dense(1)), RangeError, "Cannot build serial as layers must be at most 128 levels deep in each other: current value is more"],
  [() => stax.fromJSON({ type: "Elementwise", fn: { nodes: Array(8193).fill(1) } }), RangeError, "Cannot read an expression as it must have at most 8192 nodes: current value is 8193"],
  [() => stax.Erf({ b: 1e10 }), RangeError, "Cannot build Erf as b must be at most 1e9 in size: current value is 10000000000, change wStd of the layer before or after it"],
  [() => k(serial(Dense(1, { wStd: 2 ** 260 }), stax.Gelu())), RangeError, `Cannot compute Gelu as the variance of every row must be below 1e+153, where products of variances overflow in float64: current value is ${2.5 * 2 ** 520} at row 0, lower wStd or put LayerNorm() before it`],
  [() => FanOut(1e9), RangeError, "Cannot build FanOut as num must be an integer of at most 1024: current value is 1000000000"],
  [() => k(Dense(1), { pattern: [[[[1, 0], [0, 1]], [[1, 0], [0, 1]]]] }), TypeError, "Cannot compute a kernel as pattern must be null without Aggregate(): current value is edges that no layer reads"],
  [() => FanOut(0), RangeError, "Cannot build FanOut as num must be an integer of at least 1: current value is 0"],
  [() => FanInConcat({ axis: untyped("x") }), RangeError, 'Cannot build FanInConcat as axis must be an integer: current value is "x"'],
  [() => stax.repeat(Relu(), -1), RangeError, "Cannot build repeat as n must be an integer of at least 0: current value is -1"],
  [() => parallel(), RangeError, "Cannot build parallel as the number of layers must be an integer of at least 1: current value is 0"],
  [() => Relu({ doStabilize: untyped("yes") }), TypeError, 'Cannot build Relu as doStabilize must be true or false: current value is "yes"'],
  [() => Relu(untyped({ alpha: 0.1 })), TypeError, "Cannot build Relu as its options must be among doStabilize: current value is alpha"],
  [() => stax.Gabor(untyped({ a: 1 })), TypeError, "Cannot build Gabor as its options must be among none: current value is a"],
  [() => stax.ABRelu(1, untyped(undefined)), TypeError, "Cannot build ABRelu as b must be a finite number: current value is undefined"],
  [() => stax.LeakyRelu(NaN), RangeError, "Cannot build LeakyRelu as alpha must be a finite number: current value is NaN"],
  [() => Erf({ a: Infinity }), RangeError, "Cannot build Erf as a must be a finite number: current value is Infinity"],
  [() => stax.Rbf({ gamma: -1 }), RangeError, "Cannot build Rbf as gamma must be a non-negative number: current value is -1"],
  [() => stax.Monomial(-1), RangeError, "Cannot build Monomial as degree must be a non-negative integer: current value is -1"],
  [() => stax.Hermite(1.5), RangeError, "Cannot build Hermite as degree must be a non-negative integer: current value is 1.5"],
  [() => stax.Polynomial([1, NaN]), RangeError, "Cannot build Polynomial as coef[1] must be a finite number: current value is NaN"],
  [() => stax.Elementwise({}), TypeError, "Cannot build Elementwise as fn or nngp must be a function: current value is null for both"],
  [() => stax.Elementwise({ nngp: untyped(3) }), TypeError, "Cannot build Elementwise as nngp must be a function of moments: current value is 3"],
  [() => stax.Elementwise({ nngp: () => x }), TypeError, "Cannot build a nonlinearity as the variables of nngp must be among cov, var1, var2, det, rootDet, angle, distance, apart: current value is x"],
  [() => stax.ElementwiseNumerical(untyped(3)), TypeError, "Cannot build ElementwiseNumerical as fn must be a function: current value is 3"],
  [() => stax.ElementwiseNumerical(Math.tanh, { tolerance: 0 }), RangeError, "Cannot build ElementwiseNumerical as tolerance must be positive and less than 1: current value is 0"],
  [() => stax.ElementwiseNumerical(Math.tanh, { deg: 0 }), RangeError, "Cannot build ElementwiseNumerical as deg must be an integer from 1 to 200: current value is 0"],
  [() => stax.ElementwiseNumerical(Math.tanh, { kinks: untyped("0") }), TypeError, 'Cannot build ElementwiseNumerical as kinks must be a list of numbers: current value is "0"'],
  [() => stax.ElementwiseNumerical(Math.tanh, { warn: untyped(1) }), TypeError, "Cannot build ElementwiseNumerical as warn must be true or false: current value is 1"],
  [() => stax.ElementwiseNumerical(Math.tanh, { df: untyped(1) }), TypeError, "Cannot use a nonlinearity as df must be a function: current value is 1"],
  [() => stax.ElementwiseNumerical(Math.tanh, { df: untyped(0) }), TypeError, "Cannot use a nonlinearity as df must be a function: current value is 0"],
  [() => stax.ElementwiseNumerical(Math.tanh, { kinks: [0, NaN] }), RangeError, "Cannot build ElementwiseNumerical as kinks must be finite numbers: current value is NaN"],
  [() => stax.ElementwiseNumerical((u: number) => 1 / u), RangeError, "Cannot build ElementwiseNumerical as fn(0) must be finite: current value is Infinity"],
  [() => stax.ElementwiseNumerical(untyped((u: expr.Expr) => u.add(expr.variable("y")))), TypeError, "Cannot use a nonlinearity as fn must depend on its argument alone: current value is add(x, y)"],
  [() => stax.toJSON(stax.ElementwiseNumerical(Math.tanh)), UnsupportedError, "Cannot serialise a network as fn must be an expression: current value is an ordinary function, write it with the methods of Expr, as in (x) => x.tanh()"],
  [() => stax.fromJSON(untyped({ type: "ElementwiseNumerical", fn: { nodes: [["zig", 1]] } })), TypeError, 'Cannot read an expression as every node must be a number, a name or an operation with earlier arguments: current value is ["zig",1]'],
  [() => polynomials.hermitePolfit((u: number) => u > 30 ? NaN : u, 3), RangeError, "Cannot fit a Hermite series as fn(x) must be finite for |x| < 39: current value is NaN at x = 30.00136806907526"],
  [() => stax.ElementwiseNumerical(Math.tanh, untyped({ degree: 3 })), TypeError, "Cannot build ElementwiseNumerical as its options must be among tolerance, deg, df, kinks, warn: current value is degree"],
  [() => dual.dualActivation(stax.ElementwiseNumerical((u: number) => Math.exp(u * u / 4)), { cov: 1, var1: 1, var2: 1 }), RangeError, "Cannot average a nonlinearity as E[f(u)²] must be finite: current value is Infinity at variance 1"],
  [() => dual.dualActivation(stax.ElementwiseNumerical((u: number) => Math.exp(0.2495 * u * u)), { cov: 1, var1: 1, var2: 1 }), RangeError, "Cannot average a nonlinearity as f(x)² must be negligible beside the density of x before f overflows: current value is 0.001 of E[f(u)²] at x = 50.9 and variance 1, lower the variance"],
  [() => k(serial(Dense(1), LayerNorm({ axis: [0, 1] }))), UnsupportedError, "Cannot compute the kernel of LayerNorm as axis must not have the examples, axis 0: current value is 0, 1, which makes the kernel of two examples depend on all others of their batches, leave it out"],
  [() => k(serial(Dense(1), LayerNorm({ axis: 0 }))), UnsupportedError, "Cannot compute the kernel of LayerNorm as axis must have the features, axis 1: current value is 0, and no other mean has a limit in wide networks"],
  [() => stax.ImageResize([-1, 3, -1], { method: untyped("bicubic") }), RangeError, 'Cannot build ImageResize as method must be one of nearest, linear, cubic, lanczos3, lanczos5: current value is "bicubic"'],
  [() => stax.Conv(1, []).kernelFn([[[1], [2]]], null), TypeError, "Cannot apply Conv as filterShape must have 1 entries, one for each axis of positions [2]: current value is []"],
  // Finite networks
  [() => stax.Index("0").applyFn(null, [[[1]], [[2]]], { maskConstant: 2 }), UnsupportedError, "Cannot apply Index with maskConstant as idx must keep the axis of the examples: current value is 0, write 0:1"],
  [() => serial(stax.GlobalAvgPool(), LayerNorm({ batchAxis: 1, channelAxis: 0 })).applyFn([null, null], [[[1]], [[2]]], { maskConstant: 2 }), TypeError, "Cannot apply LayerNorm as its batchAxis and channelAxis must be 0 and 1, as in its input: current value is 1 and 0"],
  [() => network.initFn(untyped(0), [-1, 2]), TypeError, "Cannot draw random numbers as key must be a key, such as random.key(0): current value is 0"],
  [() => network.initFn(random.key(0), [2]), TypeError, "Cannot initialise a network as the input shape must be [batch, features] or [batch, …positions, features], with −1 for any batch size: current value is [2]"],
  [() => network.initFn(random.key(0), [-2, 2]), TypeError, "Cannot initialise a network as the input shape must be [batch, features] or [batch, …positions, features], with −1 for any batch size: current value is [-2,2]"],
  [() => network.initFn(random.key(0), [2, -1]), TypeError, "Cannot initialise a network as the input shape must be [batch, features] or [batch, …positions, features], with −1 for any batch size: current value is [2,-1]"],
  [() => serial(branches(Dense(1), Dense(2)), FanInSum()).initFn(random.key(0), [-1, 2]), TypeError, "Cannot apply FanInSum as the shapes of its branches must be equal: current value is [-1, 1], [-1, 2]"],
  [() => network.applyFn(null, vectors), TypeError, "Cannot apply a network as params must be a list of 3 entries, as initFn returns: current value has none"],
  [() => Dense(1).applyFn(null, vectors), TypeError, "Cannot apply Dense as params must be [weights, bias], as initFn returns: current value is null"],
  [() => Dense(1).applyFn([null, array([1])], vectors), TypeError, "Cannot apply Dense as params must be [weights, bias], as initFn returns: current value is a list of length 2"],
  [() => Dense(1).applyFn([array([[1], [1], [1]]), null], vectors), TypeError, "Cannot apply Dense as its input must have 3 features, as for initFn: current value is 2"],
  [() => Relu().applyFn(null, [1, 2]), TypeError, `Cannot apply a network as inputs ${shapes}: current value is [2], write [x] for a batch of one`],
  [() => Dense(1).applyFn([array([[1e300], [0]]), null], [[1e300, 0]]), RangeError, "Cannot apply a network as outputs[0][0] must be finite: current value is Infinity, lower wStd, the parameters or the inputs"],
  [() => k(serial(Dense(1, { wStd: 1e-50 }), stax.Polynomial([0, 0, 0, 0, 1e307]))), RangeError, "Cannot compute the NTK of Polynomial as the mean square of the slope of every row must be finite in float64: current value is Infinity at row 0, lower wStd or put LayerNorm() before it"],
  [() => serial(Dense(1), stax.Sin({ a: 1, b: 2 ** 29, c: 0 }), Dense(1), stax.Sin({ a: 1, b: 2 ** 29, c: 0 })).kernelFn([[32]], null, "ntk", { dtype: "float32", backend: "reference" }), RangeError, "Cannot compute an NTK as that of every row with itself must be below 1e+37 in every layer, where sums of NTKs overflow in float32: current value is 2.1267647932558654e+37 at row 0, lower wStd or the slopes of nonlinearities"],
  [() => serial(stax.Conv(1, [1]), stax.Sin({ a: 1, b: 2 ** 29, c: 0 }), stax.Conv(1, [1]), stax.Sin({ a: 1, b: 2 ** 29, c: 0 }), stax.Flatten()).kernelFn([[[128]]], null, "ntk", { dtype: "float32", backend: "reference" }), RangeError, "Cannot compute an NTK as every entry must be finite in float32: current value is Infinity at row 0, lower wStd or the slopes of nonlinearities"],
  [() => Relu().applyFn(null, [[1, NaN]]), RangeError, "Cannot use inputs as inputs[0][1] must be finite: current value is NaN"],
  [() => Relu().applyFn(null, vectors, untyped({ key: 0 })), TypeError, "Cannot build a finite network as its options must be among rng, pattern, maskConstant: current value is key"],
  [() => Dropout(0.5).applyFn(null, vectors), TypeError, "Cannot apply Dropout in train mode as rng must be a random key: current value is undefined, pass { rng: random.key(0) }"],
  [() => stax.ExpNormalized().applyFn(null, vectors), UnsupportedError, "Cannot apply ExpNormalized to arrays as its forward function must be known: current value is a kernel without one, use kernelFn, or give fn"],
  [() => FanOut(2).applyFn(null, vectors), TypeError, "Cannot apply a network as it must end in one branch: current value is 2 branches, add FanInSum()"],
  // Arrays and files
  [() => array([1], { dtype: untyped<"float32">("int8") }), TypeError, 'Cannot make an array as dtype must be "float64" or "float32": current value is "int8"'],
  [() => array([1], [0]), RangeError, "Cannot make an array as shape[0] must be a positive integer: current value is 0"],
  [() => new NdArray(untyped<Float64Array>([1]), [1]), TypeError, "Cannot make an array as data must be a Float64Array or a Float32Array: current value is a list of length 1"],
  [() => array([[1]]).at(0), TypeError, "Cannot read an entry as the number of indices must be 2, one an axis: current value is 1"],
  [() => array([[1]]).at(0, 3), RangeError, "Cannot read an entry as index 1 must be an integer from -1 to 0: current value is 3"],
  [() => readNpy(untyped("a.npy")), TypeError, 'Cannot read a .npy file as its content must be a Uint8Array: current value is "a.npy"'],
  [() => readNpy(new Uint8Array(20)), TypeError, "Cannot read a .npy file as its first 6 bytes must be 147,78,85,77,80,89: current value is 0,0,0,0,0,0"],
  [() => readNpy(npy.subarray(0, 150)), TypeError, "Cannot read a .npy file as the number of bytes must be 160, as its header says: current value is 150"],
  [() => readNpy(complexNpy), TypeError, "Cannot read a .npy file as the dtype must be one of b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4, f8: current value is '<c8'"],
  [() => writeNpy(untyped([1, 2])), TypeError, "Cannot write a .npy file as its content must be an NdArray: current value is a list of length 2"],
  [() => readNpy(npyWith("'shape': (-1, 4), ")), TypeError, `Cannot read a .npy file as the header must be a dictionary with descr, fortran_order and shape: current value is "{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 4),  }"`],
  [() => writeNpy(gone()), TypeError, "Cannot read a as its memory must be here: current value was detached, send a copy of it elsewhere (data.slice())"],
  [() => call(gone()), TypeError, "Cannot read x1 as its memory must be here: current value was detached, send a copy of it elsewhere (data.slice())"],
  [() => call(gone().data), TypeError, "Cannot read x1 as its memory must be here: current value was detached, send a copy of it elsewhere (data.slice())"],
  [() => call({ data: [1, 2, 3, 4], shape: [2, 2], stride: [2, 2] }), TypeError, "Cannot read x1 as its stride and offset must stay within the 4 entries of x1.data: current value reaches entry 4"],
  [() => call({ data: [1, 2, 3, 4], shape: [2, 2], stride: [2] }), TypeError, "Cannot read x1 as x1.stride must be a list of 2 integers, one an axis: current value is [2]"],
  [() => call({ data: [1, 2, 3, 4], shape: [2, 2], stride: [2, 1], offset: -1 }), TypeError, "Cannot read x1 as x1.offset must be a non-negative integer: current value is -1"],
  [() => call({ data: [1, 2, 3, 4], shape: [2, 2], strides: [2, 1] }), TypeError, "Cannot read x1 as its strides must be called stride and count entries: current value has strides, write { data, shape, stride, offset }"],
  [() => call({ data: [1, "2"], shape: [1, 2], stride: [2, 1] }), TypeError, 'Cannot read x1 as x1.data[1] must be a number: current value is "2"'],
  // Random numbers
  [() => random.key(untyped("a")), TypeError, 'Cannot make a key as seed must be an integer, a bigint beyond 2^53: current value is "a"'],
  [() => random.normal(random.key(0), [-1, 2]), RangeError, "Cannot make an array as shape[0] must be a positive integer: current value is -1"],
  [() => random.normal(random.key(0), untyped(3)), TypeError, "Cannot make an array as shape must be a list of integers: current value is 3"],
  [() => random.split(random.key(0), 0), RangeError, "Cannot split a key as num must be a positive integer: current value is 0"],
  // Evidence
  [() => predict.evidence(untyped({}), vectors, labels), TypeError, "Cannot compute the evidence as network must be a layer or a network, such as stax.Dense(1): current value is a value of type Object"],
  [() => predict.evidence(serial(Dense(1), Relu()), vectors, labels), UnsupportedError, "Cannot predict as the outputs of the network must be Gaussian: current value is not, end the network with Dense(…)"],
  [() => predict.evidence(network, vectors, [1]), TypeError, "Cannot compute the evidence as the shape of y must be [2] or [2, outputs] to match x: current value is [1]"],
  [() => predict.evidence(network, vectors, [1, NaN]), RangeError, "Cannot compute the evidence as y[1] must be finite: current value is NaN"],
  [() => predict.evidence(network, [[1, NaN], [0, 1]], labels), RangeError, "Cannot compute the evidence as x[0][1] must be finite: current value is NaN"],
  [() => predict.evidence(network, [1, 2], labels), TypeError, "Cannot compute the evidence as the shape of x must be [n, features] or [n, …positions, features]: current value is [2]"],
  [() => predict.evidence(network, vectors, labels, { noise: -1 }), RangeError, "Cannot compute the evidence as noise must be a non-negative number: current value is -1"],
  [() => predict.evidence(network, vectors, labels, { outputScale: 0 }), RangeError, "Cannot compute the evidence as outputScale must be a positive number: current value is 0"],
  [() => predict.evidence(network, vectors, labels, { kernel: untyped("foo") }), RangeError, 'Cannot compute the evidence as kernel must be one of nngp, ntk: current value is "foo"'],
  [() => predict.evidence(network, vectors, labels, { gradient: untyped("foo") }), RangeError, 'Cannot compute the evidence as gradient must be one of auto, exact, differences: current value is "foo"'],
  [() => predict.evidence(network, vectors, labels, { free: ["0.wstd"] }), TypeError, "Cannot compute the evidence as the names in free must be among 0.wStd, 2.wStd, noise, outputScale: current value is 0.wstd, did you mean 0.wStd?"],
  [() => predict.evidence(network, vectors, labels, { free: untyped("noise") }), TypeError, 'Cannot compute the evidence as free must be a list of names, or groups of them by name: current value is "noise"'],
  [() => predict.evidence(network, vectors, labels, { free: untyped({ a: "noise" }) }), TypeError, 'Cannot compute the evidence as free.a must be a list of names: current value is "noise"'],
  [() => predict.evidence(network, vectors, labels, { free: { a: ["noise"], b: ["noise"] } }), TypeError, "Cannot compute the evidence as free must have each name once: current value has noise in a and b"],
  [() => predict.evidence(network, vectors, labels, { free: { a: ["noise", "0.wStd"] } }), RangeError, "Cannot compute the evidence as the members of free.a must have one value: current value is 0.01 for noise and 1 for 0.wStd"],
  [() => predict.evidence(network, [[1, 2], [1, 2]], labels, { noise: 0 }), NotPositiveDefiniteError, "Cannot compute the evidence as the nngp kernel with its noise must be positive definite: current value is singular to rounding with noise 0, raise noise"],
  [() => predict.evidence(serial(Dense(1), stax.Softplus(), Dense(1)), vectors, labels), UnsupportedError, 'Cannot differentiate a kernel as every nonlinearity must have a closed form: current value is Softplus, use { gradient: "differences" }'],
  [() => predict.evidence(serial(stax.Conv(1, [1]), Relu(), stax.Flatten(), Dense(1)), [[[1], [2]]], [1]), UnsupportedError, 'Cannot differentiate a kernel as inputs must be vectors: current value is inputs with positions [2], use { gradient: "differences" }'],
  [() => predict.evidence(stax.Conv(1, [1]), [[[1], [2]]], [1], { free: ["noise"] }), UnsupportedError, "Cannot compute the evidence as the kernel must have shape [1, 1]: current value is [1, 1, 2, 2], end the network with Flatten() or GlobalAvgPool()"],
  [() => predict.fit(network, vectors, labels, { noise: 0, free: ["noise"] }), RangeError, "Cannot fit a network as noise must be above 0 to be free: current value is 0, leave it out of free"],
  [() => predict.fit(Dense(1, { wStd: -1 }), vectors, labels), RangeError, "Cannot fit a network as wStd must be above 0 to be free: current value is -1, leave it out of free"],
  [() => predict.fit(network, vectors, labels, { bounds: { nose: [1, 2] } }), TypeError, "Cannot fit a network as the names in bounds must be among 0.wStd, 2.wStd, noise, outputScale: current value is nose, did you mean noise?"],
  [() => predict.fit(network, vectors, labels, { bounds: untyped([]) }), TypeError, "Cannot fit a network as bounds must be an object of pairs, such as { noise: [1e-4, 1] }: current value is a list of length 0"],
  [() => predict.fit(network, vectors, labels, { bounds: { noise: untyped(1) } }), TypeError, 'Cannot fit a network as bounds["noise"] must be two finite numbers: current value is 1'],
  [() => predict.fit(network, vectors, labels, { bounds: { noise: [1, 2] } }), RangeError, "Cannot fit a network as the start of noise must be within its bounds, 1 to 2: current value is 0.01"],
  [() => predict.fit(network, vectors, labels, { bounds: { noise: [2, 1] } }), RangeError, "Cannot fit a network as the bounds of noise must be the lower before the higher: current value is 2 and 1"],
  [() => predict.fit(network, vectors, labels, { bounds: { noise: [0, 1] } }), RangeError, "Cannot fit a network as the bounds of noise must be above 0: current value is 0"],
  [() => predict.fit(serial(Dense(1), Relu(), Dropout(0.5), Dense(1)), vectors, labels, { bounds: { "2.rate": [0.1, 2] } }), RangeError, "Cannot fit a network as the bounds of 2.rate must be at most 1: current value is 2"],
  [() => predict.fit(network, vectors, labels, { restarts: -1 }), RangeError, "Cannot fit a network as restarts must be an integer of at least 0: current value is -1"],
  [() => predict.fit(network, vectors, labels, { key: untyped(1) }), TypeError, "Cannot fit a network as key must be a random key, such as random.key(0): current value is 1"],
  [() => predict.fit(network, vectors, labels, { objective: untyped("loo") }), RangeError, 'Cannot fit a network as objective must be one of evidence, leaveOneOut: current value is "loo"'],
  [() => predict.fit(network, vectors, labels, { standardize: untyped(1) }), TypeError, "Cannot fit a network as standardize must be true or false: current value is 1"],
  [() => predict.fit(network, vectors, labels, { maxIterations: 0.5 }), RangeError, "Cannot fit a network as maxIterations must be an integer of at least 0: current value is 0.5"],
  [() => predict.fit(network, vectors, labels, { tolerance: 0 }), RangeError, "Cannot fit a network as tolerance must be a positive number: current value is 0"],
  [() => predict.fit(network, vectors, labels, { onProgress: untyped(1) }), TypeError, "Cannot fit a network as onProgress must be a function: current value is 1"],
  [() => predict.fit(network, vectors, labels, { signal: untyped(1) }), TypeError, "Cannot fit a network as signal must be an AbortSignal: current value is 1"],
  // Inference
  [() => predict.gpInference([[1, 2]], [[1]]), TypeError, "Cannot predict as the column axes of kTrainTrain must be [1]: current value is [2]"],
  [() => predict.gpInference([[1, NaN], [0, 1]], labels), RangeError, "Cannot use kTrainTrain as kTrainTrain[0][1] must be finite: current value is NaN"],
  [() => predict.gpInference(eye, [[1]]), TypeError, "Cannot predict as the shape of yTrain must be [2, channels] to match kTrainTrain: current value is [1, 1]"],
  [() => predict.gpInference(eye, labels, { diagReg: -1 }), RangeError, "Cannot predict as diagReg must be a non-negative number: current value is -1"],
  [() => predict.gpInference(eye, labels, { traceAxes: [0] }), UnsupportedError, "Cannot predict as traceAxes must be [-1]: current value is [0]; move the channels of yTrain to its last axis"],
  [() => predict.gpInference(eye, labels)({ get: untyped("foo"), kTestTrain: eye }), RangeError, 'Cannot predict as get must be one of "nngp", "ntk", "ntkgp": current value is "foo"'],
  [() => predict.gpInference({ nngp: eye }, labels)({ get: "ntk", kTestTrain: eye }), TypeError, 'Cannot predict as kTrainTrain must contain "ntk": current value has "nngp"'],
  [() => predict.gpInference(eye, labels)({ get: "nngp", kTestTrain: [[1, 1, 1]] }), TypeError, "Cannot predict as the column axes of kTestTrain must be [2]: current value is [3]"],
  [() => predict.gpInference([[1, 1], [1, 1]], labels, { maxJitter: 0 })({ get: "nngp", kTestTrain: eye }), NotPositiveDefiniteError, "Cannot factor kTrainTrain as its smallest pivot must exceed its rounding error 4.44e-16: current value is 0.00 at index 1 without jitter; raise diagReg"],
  [() => predict.gpInference([[1, 2], [2, 1]], labels)({ get: "nngp", kTestTrain: eye }), NotPositiveDefiniteError, "Cannot predict as the eigenvalues of kTrainTrain must not be negative: current value is -1.00, and rounding explains 1.33e-15; raise diagReg"],
  [() => predict.gpInference(nearlySingular, [[1], [1], [1]], { maxJitter: 0 })({ get: "nngp", kTestTrain: [[1, 0, 0]] }), NotPositiveDefiniteError, "Cannot predict as all 3 eigenvalues of kTrainTrain must exceed their rounding error 1.33e-15 with maxJitter 0: current value is 2 of them; raise diagReg"],
  [() => predict.gpInference(array(Float32Array.from(smooth), [8, 8]), smoothLabels)({ get: "nngp" }), NotPositiveDefiniteError, "Cannot predict as the share of the targets along eigenvalues of kTrainTrain within its rounding errors in float32 (6.74e-7) must be at most 0.001: current value is 0.0129; compute the kernel in float64, or raise diagReg"],
  [() => predict.gpInference([[0, 0], [0, 2]], labels)({ get: "nngp", kTestTrain: [[1, 0]] }), NotPositiveDefiniteError, "Cannot predict at infinite time as kTestTrain must be 0 in the directions in which kTrainTrain is: current value is 1.00 for test output 0; compute both with one network"],
  [() => predict.gpInference([[1]], [[1]])({ get: "nngp", kTestTrain: [[3]], kTestTest: [[1]] }), RangeError, "Cannot predict as the variance of test output 0 must not be negative beyond rounding (9.95e-14): current value is -8.00; take all kernels from one network, or raise diagReg"],
  [() => predict.gpInference([[1]], [[1e308]])({ get: "nngp", kTestTrain: [[2]] }), RangeError, "Cannot predict as the mean must stay below 1.8e308: current value is Infinity; scale targets and kernels down"],
  [() => predict.maxLearningRate([[-1]]), NotPositiveDefiniteError, "Cannot predict as the eigenvalues of kTrainTrain must not be negative for any learning rate to converge: current value is -1.00, and rounding explains 2.22e-16"],
  [() => predict.maxLearningRate([[0]], { eps: 0 }), RangeError, "Cannot predict as the largest eigenvalue of kTrainTrain plus eps must be a number with an inverse: current value is 0; scale the kernel, or raise eps"],
  [() => predict.gradientDescentMse(eye, labels, { learningRate: 0 }), RangeError, "Cannot predict as learningRate must be a positive number: current value is 0"],
  [() => predict.gradientDescentMse(eye, labels)({ t: -1 }), RangeError, "Cannot predict as t must be non-negative: current value is -1"],
  [() => predict.regression(network, vectors, [1]), TypeError, "Cannot fit a regression as the shape of y must be [2] or [2, outputs] to match x: current value is [1]"],
  [() => predict.regression(network, vectors, [1, NaN]), RangeError, "Cannot fit a regression as y[1] must be finite: current value is NaN"],
  [() => predict.regression(network, vectors, labels, { noise: -1 }), RangeError, "Cannot fit a regression as noise must be a variance, finite and at least 0: current value is -1"],
  [() => predict.regression(network, vectors, labels, { noise: [1] }), TypeError, "Cannot fit a regression as noise must be a number or an array of shape [2]: current value is of shape [1]"],
  [() => predict.regression(network, [[1, 1], [1, 1]], labels, { noise: 0 }), NotPositiveDefiniteError, "Cannot fit a regression as the nngp kernel with its noise must be positive definite: current value depends on earlier rows in row 1; add 2e-15 to the noise"],
  [() => predict.regression(network, vectors, labels, { solver: untyped("lu") }), RangeError, 'Cannot fit a regression as solver must be one of auto, cholesky, conjugateGradients: current value is "lu"'],
  [() => predict.regression(network, vectors, labels, { tiles: "k" }), UnsupportedError, 'Cannot fit a regression as tiles must be null with a Cholesky factor, which 2 points have: current value is "k", give solver "conjugateGradients"'],
  [() => predict.regression(serial(Dense(1), Erf()), vectors, labels), UnsupportedError, "Cannot predict as the outputs of the network must be Gaussian: current value is not, end the network with Dense(…)"],
  [() => predict.prior(network, untyped({ output: 2 })).sample(vectors, random.key(0)), TypeError, "Cannot draw from a prior as its options must be among kernel, backend, dtype, outputs: current value is output, did you mean outputs?"],
  [() => predict.prior(network).sample(vectors, random.key(0), 0), RangeError, "Cannot draw from a prior as count must be an integer of at least 1: current value is 0"],
  [() => predict.load(untyped(1)), TypeError, "Cannot load a model as path must be the path of a folder: current value is 1"],
  [() => predict.load("/nowhere"), TypeError, `Cannot load the model in "/nowhere" as model.json must be there, as JSON: current value is No such file or directory (os error 2): readfile '/nowhere/model.json'`],
  [() => predict.gradientDescentMseEnsemble(network.kernelFn, vectors, [[1]]), TypeError, "Cannot predict as the first axis of yTrain must be 2, as that of xTrain: current value is 1"],
  // Ridge regression
  [() => predict.ridge(untyped(null)), TypeError, "Cannot fit ridge regression as batches must be an iterable of { features, targets }, or a function that gives one: current value is null"],
  [() => predict.ridge(untyped("x")), TypeError, 'Cannot fit ridge regression as batches must be an iterable of { features, targets }, or a function that gives one: current value is "x"'],
  [() => predict.ridge(untyped(() => 3), single), TypeError, "Cannot fit ridge regression as batches(0) must be an iterable of { features, targets }: current value is 3"],
  [() => predict.ridge([], single), RangeError, "Cannot fit ridge regression as batches must have at least one batch: current value is none"],
  [() => predict.ridge([points], { validation: [] }), RangeError, "Cannot fit ridge regression as validation must have at least one batch: current value is none"],
  [() => predict.ridge([points], { validation: untyped(0.2) }), TypeError, "Cannot fit ridge regression as validation must be an iterable of { features, targets }, or a function that gives one: current value is 0.2"],
  [() => predict.ridge(untyped([3]), single), TypeError, "Cannot fit ridge regression as batches[0] must be an object of features and targets: current value is 3"],
  [() => predict.ridge(untyped([{ ...points, target: labels }]), single), TypeError, "Cannot fit ridge regression as the names in batches[0] must be among features, targets: current value is target, did you mean targets?"],
  [() => predict.ridge([{ features: [1, 2], targets: labels }], single), TypeError, "Cannot fit ridge regression as the shape of batches[0].features must be [rows, features]: current value is [2]"],
  [() => predict.ridge([{ features: vectors, targets: [1, 2] }], single), TypeError, "Cannot fit ridge regression as the shape of batches[0].targets must be [2, outputs]: current value is [2]"],
  [() => predict.ridge([points, { features: [[1, 2, 3]], targets: [[1]] }], single), TypeError, "Cannot fit ridge regression as the shape of batches[1].features must be [rows, 2], as of batches[0]: current value is [1, 3]"],
  [() => predict.ridge([points, { features: [[1, 2]], targets: labels }], single), TypeError, "Cannot fit ridge regression as the shape of batches[1].targets must be [1, 1], as of batches[0]: current value is [2, 1]"],
  [() => predict.ridge([points, { features: [[1, 2]], targets: [[1, 2]] }], single), TypeError, "Cannot fit ridge regression as the shape of batches[1].targets must be [1, 1], as of batches[0]: current value is [1, 2]"],
  [() => predict.ridge([points], { validation: [{ features: [[1]], targets: [[1]] }] }), TypeError, "Cannot fit ridge regression as the shape of batches[0].features must be [rows, 1], as of validation[0]: current value is [2, 2]"],
  [() => predict.ridge([points, { features: [[1, NaN]], targets: [[1]] }], single), RangeError, "Cannot use batches[1].features as batches[1].features[0][1] must be finite: current value is NaN"],
  [() => predict.ridge([{ features: vectors, targets: [[1], [Infinity]] }], single), RangeError, "Cannot use batches[0].targets as batches[0].targets[1][0] must be finite: current value is Infinity"],
  [() => predict.ridge([{ features: [[1e200]], targets: [[1]] }], single), RangeError, "Cannot fit ridge regression as sums of squares of features and targets must stay below 1.8e308: current value is Infinity, scale both down"],
  [() => predict.ridge([{ features: [[0]], targets: [[1]] }], single), RangeError, "Cannot fit ridge regression as the mean of the diagonal of ΦᵀΦ must be at least 1e-290: current value is 0, scale the features up"],
  [() => predict.ridge([{ features: [[1e-140]], targets: [[1e150]] }], { ...single, validation: [{ features: [[1e100]], targets: [[0]] }] }), RangeError, "Cannot fit ridge regression as outputs[0][0] must be finite: current value is Infinity, scale the features of validation down"],
  [async () => (await predict.ridge([{ features: [[1e-140]], targets: [[1e150]] }], single)).predict([[1e100]]), RangeError, "Cannot predict as outputs[0][0] must be finite: current value is Infinity, scale the features down"],
  [() => predict.ridge([points], { regularizations: 0 }), RangeError, "Cannot fit ridge regression as regularizations must be a positive number: current value is 0"],
  [() => predict.ridge([points], { regularizations: [1, -1], validation: [points] }), RangeError, "Cannot fit ridge regression as regularizations[1] must be a positive number: current value is -1"],
  [() => predict.ridge([points], { regularizations: [NaN] }), RangeError, "Cannot fit ridge regression as regularizations[0] must be a positive number: current value is NaN"],
  [() => predict.ridge([points], { regularizations: [] }), TypeError, "Cannot fit ridge regression as regularizations must be a number or a list of numbers: current value is a list of length 0"],
  [() => predict.ridge([points]), RangeError, "Cannot fit ridge regression as regularizations must be a single number without validation: current value is a list of length 20, give validation to choose by"],
  [() => predict.ridge([points], untyped({ regularization: 1 })), TypeError, "Cannot fit ridge regression as its options must be among regularizations, absoluteScale, validation, checkpoint, checkpointSeconds, onProgress, signal: current value is regularization, did you mean regularizations?"],
  [() => predict.ridge([points], { ...single, absoluteScale: untyped(1) }), TypeError, "Cannot fit ridge regression as absoluteScale must be true or false: current value is 1"],
  [() => predict.ridge([points], { ...single, checkpointSeconds: -1 }), RangeError, "Cannot fit ridge regression as checkpointSeconds must be a non-negative number: current value is -1"],
  [() => predict.ridge([points], { ...single, onProgress: untyped(3) }), TypeError, "Cannot fit ridge regression as onProgress must be a function: current value is 3"],
  [() => predict.ridge([points], { ...single, signal: untyped({}) }), TypeError, "Cannot fit ridge regression as signal must be an AbortSignal: current value is a value of type Object"],
  [() => predict.ridge([points], { ...single, checkpoint: untyped(3) }), TypeError, "Cannot fit ridge regression as checkpoint must be the path of a file: current value is 3"],
  [() => predict.ridge(untyped(() => { throw new Error("asked for batches"); }), { ...single, checkpoint: "tests/nowhere/sums" }), RangeError, 'Cannot fit ridge regression as the folder of checkpoint must exist: current value is "tests/nowhere/sums"'],
  [() => predict.ridge([points], { ...single, checkpoint: "tests" }), RangeError, 'Cannot fit ridge regression as checkpoint must be the path of a file, not of a folder: current value is "tests"'],
  [() => withoutDeno(() => predict.ridge([points], { ...single, checkpoint: "sums" })), UnsupportedError, 'Cannot fit ridge regression as checkpoint must be null where there is no Deno: current value is "sums"'],
  [async () => (await predict.ridge([points], single)).predict([[1]]), TypeError, "Cannot predict as the shape of features must be [n, 2], as of the batches: current value is [1, 1]"],
  [async () => (await predict.ridge([points], single)).predict([[1, NaN]]), RangeError, "Cannot use features as features[0][1] must be finite: current value is NaN"],
  // Names that are none
  [() => predict.gpInference(eye, labels, untyped({ diag_reg: 1 })), TypeError, "Cannot predict as its options must be among diagReg, diagRegAbsoluteScale, maxJitter, traceAxes: current value is diag_reg, did you mean diagReg?"],
  [() => predict.gradientDescentMse(eye, labels, untyped({ learnignRate: 1 })), TypeError, "Cannot predict as its options must be among get, learningRate, diagReg, diagRegAbsoluteScale, maxJitter, traceAxes: current value is learnignRate, did you mean learningRate?"],
  [() => predict.gradientDescent("mse", eye, labels, untyped({ diagReg: 1 })), TypeError, "Cannot predict as its options must be among get, learningRate, momentum, rtol, atol, traceAxes: current value is diagReg"],
  [() => predict.maxLearningRate(eye, untyped({ y_train_size: 1 })), TypeError, "Cannot predict as its options must be among get, yTrainSize, momentum, eps: current value is y_train_size, did you mean yTrainSize?"],
  [() => predict.gradientDescentMseEnsemble(network.kernelFn, vectors, labels, untyped({ bakend: "reference" })), TypeError, "Cannot predict as its options must be among learningRate, diagReg, diagRegAbsoluteScale, maxJitter, traceAxes, backend, dtype, pattern, maskConstant, onProgress, signal: current value is bakend, did you mean backend?"],
  [() => predict.gradientDescentMseEnsemble(network.kernelFn, vectors, labels)(untyped<never>({ x_test: vectors })), TypeError, "Cannot predict as its query must be among t, xTest, pattern, get, computeCov: current value is x_test, did you mean xTest?"],
  [() => predict.gpInference(eye, labels)(untyped<never>({ k_test_train: eye })), TypeError, "Cannot predict as its query must be among get, kTestTrain, kTestTest: current value is k_test_train, did you mean kTestTrain?"],
  [() => predict.gradientDescentMse(eye, labels)(untyped<never>(0.01)), TypeError, "Cannot predict as its query must be an object of t, fxTrain0, fxTest0, kTestTrain: current value is 0.01"],
  [() => predict.gradientDescent("mse", eye, labels)(untyped<never>(0.01)), TypeError, "Cannot predict as its query must be an object of t, fxTrain0, fxTest0, kTestTrain, qxTrain0, qxTest0, signal: current value is 0.01"],
  [() => predict.gpInference(eye, labels)(untyped<never>("ntk")), TypeError, 'Cannot predict as its query must be an object of get, kTestTrain, kTestTest: current value is "ntk"'],
  [() => predict.gpInference(eye, labels, untyped(0.1)), TypeError, "Cannot predict as its options must be an object: current value is 0.1"],
  [() => predict.gpInference(eye, labels, untyped(new Map([["diagReg", 1]]))), TypeError, "Cannot predict as its options must be an object: current value is a value of type Map"],
  [() => predict.gpInference(untyped({ nngp: eye, nkt: eye }), labels), TypeError, `Cannot predict as the names in kTrainTrain must be among ${fields}: current value is nkt, did you mean ntk?`],
  [() => random.uniform(random.key(0), [2], untyped<never>({ min_val: -1 })), TypeError, "Cannot draw numbers as its options must be among minval, maxval, dtype: current value is min_val, did you mean minval?"],
  [() => random.uniform(random.key(0), [2], untyped<never>(-1)), TypeError, "Cannot draw numbers as its options must be an object: current value is -1"],
  [() => random.normal(random.key(0), [2], untyped("float32")), TypeError, 'Cannot draw numbers as its options must be an object: current value is "float32"'],
  [() => random.bernoulli(random.key(0), 0.5, [2], untyped({ type: "float32" })), TypeError, "Cannot draw numbers as its options must be among dtype: current value is type, did you mean dtype?"],
  [() => random.randint(random.key(0), [2], 0, 2, untyped({ Dtype: "int32" })), TypeError, "Cannot draw integers as its options must be among dtype: current value is Dtype, did you mean dtype?"],
  [() => random.choice(random.key(0), 2, [2], untyped({ replace: false })), TypeError, "Cannot draw integers as its options must be among dtype: current value is replace"],
  [() => array([1], untyped({ d_type: "float32" })), TypeError, "Cannot make an array as its options must be among dtype: current value is d_type, did you mean dtype?"],
  [() => array([1], untyped("float32")), TypeError, 'Cannot make an array as its options must be an object: current value is "float32"'],
  [() => array([1, 2], untyped(Int32Array.of(1, 2))), TypeError, "Cannot make an array as its options must be an object: current value is a value of type Int32Array"],
  [() => dual.dualKernelExact(vectors, "relu", untyped({ is_x_matrix: true })), TypeError, "Cannot build a dual kernel as its options must be among backend, dtype, onProgress, signal, isXMatrix: current value is is_x_matrix, did you mean isXMatrix?"],
  [() => dual.dualKernelExact(vectors, "relu", { isXMatrix: untyped(1) }), TypeError, "Cannot compute a dual kernel as isXMatrix must be true or false: current value is 1"],
  [() => dual.dualKernelExact(vectors, "relu", { signal: untyped({}) }), TypeError, "Cannot compute a dual kernel as signal must be an AbortSignal: current value is a value of type Object"],
  [() => dual.dualKernelExact(vectors, "relu", { onProgress: untyped(3) }), TypeError, "Cannot compute a dual kernel as onProgress must be a function: current value is 3"],
  [() => dual.dualActivation(Relu(), untyped({ cov: 0, var1: 1, var_2: 1 })), TypeError, "Cannot take a dual as its moments must be among cov, var1, var2: current value is var_2, did you mean var2?"],
  [() => polynomials.hermitePolfit("relu", 2, untyped({ convert_to_mono: true })), TypeError, "Cannot build Hermite coefficients as its options must be among convertToMono: current value is convert_to_mono, did you mean convertToMono?"],
  [() => stax.fromJSON({ type: "Monomial", degree: 2, deg: 3 }), TypeError, "Cannot build Monomial as its options must be among degree: current value is deg"],
  [() => stax.fromJSON({ type: "FanInSum", axis: 1 }), TypeError, "Cannot build FanInSum as its options must be among none: current value is axis"],
  // Arguments of predictions
  [() => predict.gpInference(eye, labels, { traceAxes: untyped(1) }), TypeError, "Cannot predict as traceAxes must be a list of axes, such as [-1]: current value is 1"],
  [() => predict.gradientDescentMseEnsemble(network.kernelFn, vectors, labels, { traceAxes: untyped(-1) }), TypeError, "Cannot predict as traceAxes must be a list of axes, such as [-1]: current value is -1"],
  [() => predict.gpInference(eye, labels, { diagRegAbsoluteScale: untyped(1) }), TypeError, "Cannot predict as diagRegAbsoluteScale must be true or false: current value is 1"],
  [() => predict.gradientDescentMseEnsemble(network.kernelFn, vectors, labels)({ computeCov: untyped(1) }), TypeError, "Cannot predict as computeCov must be true or false: current value is 1"],
  [() => predict.gpInference(eye, labels)({ get: "nngp", kTestTest: eye }), TypeError, "Cannot predict as kTestTest must be true at the training points, where kTestTrain is left out: current value is a kernel, give kTestTrain to predict at other points"],
  [() => predict.gradientDescentMse(eye, labels)({ kTestTrain: eye }), TypeError, "Cannot predict as fxTest0 must be given with kTestTrain: current value is null, write 0 for the mean of networks"],
  [() => predict.gradientDescentMse({ nngp: eye }, labels), TypeError, 'Cannot predict as kTrainTrain must contain "ntk": current value has "nngp", choose it with { get: "nngp" }'],
  [() => predict.maxLearningRate(eye, { get: untyped("ntkgp") }), RangeError, 'Cannot predict as get must be one of "nngp", "ntk": current value is "ntkgp"'],
  [() => predict.gpInference(untyped({ ...kernel, isGaussian: false }), labels), UnsupportedError, "Cannot predict as the outputs of kTrainTrain must be Gaussian: current value is not, end the network with Dense(…), or give its arrays as { nngp, ntk } for regression with a kernel as it is"],
  [() => predict.gpInference(untyped({ ...spatial, diagonalSpatial: true }), [[[1]], [[1]]]), UnsupportedError, "Cannot predict as kTrainTrain must relate all positions to each other: current value is diagonalSpatial true, compute it without that option"],
  [() => predict.gradientDescentMseEnsemble(serial(Dense(1), Erf()).kernelFn, vectors, labels), UnsupportedError, "Cannot predict as the outputs of the network must be Gaussian: current value is not, end the network with Dense(…)"],
  [() => predict.gradientDescentMseEnsemble(network.kernelFn, vectors, labels, { pattern: untyped([1, 2, 3]) }), TypeError, "Cannot predict as pattern must be a list of one array, [pattern]: current value is a list of length 3"],
  [() => predict.gradientDescentMseEnsemble(network.kernelFn, vectors, labels, { pattern: [eye] })({ xTest: vectors }), TypeError, "Cannot predict as the query must have a pattern, of xTest, where the options have one of xTrain: current value is null"],
  [() => predict.gradientDescentMseEnsemble(network.kernelFn, vectors, labels)({ xTest: vectors, pattern: [eye] }), TypeError, "Cannot predict as the options must have a pattern, of xTrain, where the query has one of xTest: current value is null"],
  [() => predict.gradientDescentMseEnsemble(network.kernelFn, vectors, labels, { pattern: [eye] })({ pattern: [eye] }), TypeError, "Cannot predict as xTest must be given with pattern: current value is null, write the pattern of xTrain among the options"],
  // Dual kernels and polynomials
  [() => dual.dualActivation(Dense(1), { cov: 0, var1: 1, var2: 1 }), TypeError, "Cannot take the dual of a layer as it must be a nonlinearity: current value is Dense"],
  [() => dual.dualActivation(Relu(), untyped(undefined)), TypeError, "Cannot take a dual as its moments must be { cov, var1, var2 }: current value is undefined"],
  [() => dual.dualActivation(Relu(), { cov: 2, var1: 1, var2: 1 }), RangeError, "Cannot take a dual as |cov| must be at most √(var1·var2) = 1: current value is 2 at entry 0"],
  [() => dual.dualActivation(Relu(), { cov: 0, var1: -1, var2: 1 }), RangeError, "Cannot take a dual as a variance must be non-negative: current value is -1 at entry 0"],
  [() => dual.dualActivation(Relu(), { cov: [0, 1], var1: [1], var2: 1 }), TypeError, "Cannot take a dual as cov, var1 and var2 must be numbers or have the same shape, [2]: current value is [1]"],
  [() => dual.getAct(1, "tan"), RangeError, `Cannot find an activation as its name must be one of ${activations}: current value is "tan"`],
  [() => dual.getAct(1, "glu"), UnsupportedError, "Cannot use glu as an activation must act on each entry alone: current value is a gate that halves the last axis, apply sigmoid to one half and multiply"],
  [() => dual.dualKernelExact(vectors, "elu"), UnsupportedError, 'Cannot compute the exact dual of elu as act must be one of relu, leaky_relu, gelu, sin, cos, erf, gaussian, abs, which have a closed form: current value is "elu", give the layer stax.ElementwiseNumerical(fn) instead, which integrates to a tolerance'],
  [() => polynomials.hermitePolvalSingle(1, -1), RangeError, "Cannot evaluate a Hermite polynomial as degree must be an integer from 0 to 256: current value is -1"],
  [() => polynomials.hermitePolval(1, [[1]]), TypeError, "Cannot evaluate a Hermite series as coeffs must have shape (degree + 1): current value is [1, 1]"],
  [() => polynomials.hermitePolfit(untyped(3), 3), TypeError, "Cannot fit a Hermite series as fn must be a name or a function: current value is 3"],
  [() => polynomials.hermite2mono([]), TypeError, "Cannot read coeffs as the length of coeffs must be at least 1: current value is 0"],
  [() => polynomials.hermite2mono([0, 0, 0, 0, 1e308]), RangeError, "Cannot convert a Hermite series to monomials as every result must be below 1.8e308: current value is Infinity at degree 0, divide coeffs by their largest"],
  [() => polynomials.hermitePolval(1e10, [...Array(31).fill(0), 1]), RangeError, "Cannot evaluate a Hermite series as its value must be below 1.8e308: current value of t is 10000000000"],
  [() => k(serial(Dense(1), stax.Polynomial([0, 0, 0, 0, 1e308]))), RangeError, "Cannot compute the kernel of Polynomial as its Hermite coefficients must be below 1.8e308: current value is Infinity from coef[4], divide coef by its largest and multiply wStd of the next layer by it"],
  // Expressions
  [() => untyped<number>(x) * 2, TypeError, arithmetic],
  [() => untyped<number>(x) < 0, TypeError, arithmetic],
  [() => untyped<number>(x) + 1, TypeError, arithmetic],
  [() => Math.exp(untyped(x)), TypeError, arithmetic],
  [() => stax.Elementwise({ nngp: ({ cov }) => untyped(2 * untyped<number>(cov)) }), TypeError, arithmetic],
  [() => x.add(untyped("2")), TypeError, 'Cannot build an expression as an operand must be an Expr or a number: current value is "2"'],
  [() => x.pow(0.5), RangeError, "Cannot raise to a power as it must be a non-negative integer: current value is 0.5"],
  [() => expr.constant(untyped("2")), TypeError, 'Cannot build a constant as it must be a number: current value is "2"'],
  [() => expr.variable(untyped(3)), TypeError, "Cannot build a variable as its name must be a string: current value is 3"],
  [() => expr.evaluate(untyped(3)), TypeError, "Cannot evaluate an expression as it must be an Expr: current value is 3"],
  [() => expr.evaluate(x, untyped({ x: "2" })), TypeError, 'Cannot evaluate as variable x must be a number: current value is "2"'],
  [() => expr.differentiate(x, untyped("x")), TypeError, 'Cannot differentiate as wrt must be a variable, such as expr.variable("x"): current value is "x"'],
  [() => expr.differentiate(x.mul(2), x.mul(2)), TypeError, 'Cannot differentiate as wrt must be a variable, such as expr.variable("x"): current value is mul(x, 2)'],
  [() => expr.differentiate(untyped(3), x), TypeError, "Cannot differentiate an expression as it must be an Expr: current value is 3"],
  [() => expr.constant(NaN), RangeError, "Cannot build a constant as it must be a number: current value is NaN"],
  [() => expr.evaluate(x), TypeError, "Cannot evaluate as variable x must be a number: current value is undefined"],
];

refused.forEach(([call, type, message], i) => {
  Deno.test(`refused ${i}: ${message}`, () => assertThrows(call, type, message));
});

Deno.test("every message says what cannot be done, what must hold and what is", () => {
  assert(refused.length >= 60);
  for (const [, , message] of refused) {
    assertMatch(message, /^Cannot .+ as .+ must .+: current value /);
    assert(!message.endsWith("."), message);
  }
});

Deno.test("what is no layer is refused with the types there are", async () => {
  const values: [unknown, string][] = [[null, "null"], [3, "3"], [[Relu()], "a list of length 1"], [
    Relu,
    "a function, write Relu()",
  ]];
  for (const [value, shown] of values) {
    let message = "";
    await assertThrows(() => {
      try {
        serial(untyped(value));
      } catch (error) {
        message = (error as Error).message;
        throw error;
      }
    }, TypeError);
    assertMatch(
      message,
      /^Cannot use a layer as its type must be one of ABRelu, Abs, .*, parallel, serial: current value is /,
    );
    assert(message.endsWith(`: current value is ${shown}`), message);
  }
});

const available = await backends();
const names = ["auto", ...available.map(({ name }) => name)].join(", ");

Deno.test("an unknown backend is refused with the names there are", () =>
  assertThrows(
    () => k(network, { backend: "cuda" }),
    RangeError,
    `Cannot compute a kernel as the backend must be one of ${names}: current value is "cuda"`,
  ));

for (const { name, dtypes, reason } of available) {
  for (const dtype of (["float64", "float32"] as const).filter((dtype) => !dtypes.includes(dtype))) {
    Deno.test(`${name} says why it has no ${dtype} here`, async () => {
      assert(reason !== "");
      await assertThrows(
        () => k(network, { backend: name, dtype }),
        BackendUnavailableError,
        `Cannot compute a ${dtype} kernel on ${name} as ${reason}`,
      );
    });
  }
}

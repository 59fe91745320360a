/** Bad layers on positions and bad inputs for them: each is refused with the class that fits and exactly this text. */
import { expr, random, stax, UnsupportedError } from "../../mod.ts";
import { assertThrows } from "../assert.ts";

const {
  Aggregate,
  AvgPool,
  Conv,
  ConvLocal,
  ConvTranspose,
  Dense,
  DotGeneral,
  Erf,
  FanInConcat,
  FanInSum,
  FanOut,
  Flatten,
  GlobalAvgPool,
  GlobalSelfAttention,
  ImageResize,
  Index,
  LayerNorm,
  parallel,
  Relu,
  serial,
  SumPool,
} = stax;

/** What a caller without a type checker passes. */
const untyped = <T>(value: unknown): T => value as T;

const image = random.normal(random.key(0), [2, 4, 3, 2]);
const other = random.normal(random.key(1), [2, 5, 3, 2]);
const tokens = random.normal(random.key(2), [2, 3, 2]);
const vectors = [[1, 2], [3, 4]];
const reference = { backend: "reference" };
const k = (layer: stax.Network, x: unknown = image, options: stax.KernelOptions = {}, x2: unknown = null) =>
  (layer.kernelFn as (...args: unknown[]) => unknown)(x, x2, "ntk", { ...reference, ...options });
const sizes = { nChanKey: 1, nChanVal: 1, nHeads: 1 };
const [, heads] = GlobalSelfAttention(1, sizes).initFn(random.key(0), [-1, 3, 2]);
const whole = await Conv(1, [3, 3]).kernelFn(image, null, null, reference);
const diagonal = await Conv(1, [2, 2]).kernelFn(image, null, null, { ...reference, diagonalSpatial: true });
const nngpOnly = await Conv(1, [2, 2]).kernelFn(image, null, null, reference).then((kernel) => ({
  ...kernel,
  ntk: null,
}));
const vector =
  "as its input must have positions, (batch, …positions, features): current value is a vector, " +
  "put it before Flatten() or global pooling";
const numbers =
  'must name every axis once and the 2 axes of filterShape in each, such as ["NHWC", "HWIO", "NHWC"]';
const index =
  'Cannot build Index as idx must be numbers and slices with at most one "...", such as "::2, 0, ..."';

type Refused = readonly [call: () => unknown, type: new (...args: never[]) => Error, message: string];

// deno-fmt-ignore
const refused: readonly Refused[] = [
  // Images
  [() => k(Conv(1, [3, 3]), image, {}, other), TypeError, "Cannot compute a kernel as inputs must have equal shapes: current value is [4, 3, 2] in x1 and [5, 3, 2] in x2"],
  [() => k(Conv(1, [3, 3]), image, {}, tokens), TypeError, "Cannot compute a kernel as inputs must have equal shapes: current value is [4, 3, 2] in x1 and [3, 2] in x2"],
  [() => k(Conv(1, [3, 3]), image, {}, random.normal(random.key(1), [2, 4, 3, 5])), TypeError, "Cannot compute a kernel as inputs must have equal shapes: current value is [4, 3, 2] in x1 and [4, 3, 5] in x2"],
  [() => k(Conv(1, [1, 1]), [[[[1]], [[2]]], [[[1]]]]), TypeError, "Cannot read x1 as the length of x1[1] must be 2: current value is 1"],
  [() => k(Conv(1, [3, 3]), vectors), TypeError, `Cannot apply Conv ${vector}`],
  [() => Conv(1, [3, 3]).initFn(random.key(0), [-1, 3]), TypeError, `Cannot apply Conv ${vector}`],
  [() => k(serial(Flatten(), Conv(1, [3, 3]))), TypeError, `Cannot apply Conv ${vector}`],
  [() => k(serial(GlobalAvgPool(), AvgPool([2]))), TypeError, `Cannot apply AvgPool ${vector}`],
  [() => k(GlobalSelfAttention(1, sizes), vectors), TypeError, `Cannot apply GlobalSelfAttention ${vector}`],
  [() => k(serial(Flatten(), GlobalSelfAttention(1, sizes))), TypeError, `Cannot apply GlobalSelfAttention ${vector}`],
  [() => GlobalSelfAttention(1, sizes).initFn(random.key(0), [-1, 3]), TypeError, `Cannot apply GlobalSelfAttention ${vector}`],
  [() => GlobalSelfAttention(1, sizes).applyFn(heads, vectors), TypeError, `Cannot apply GlobalSelfAttention ${vector}`],
  [() => k(Conv(1, [3]), image), TypeError, "Cannot apply Conv as filterShape must have 2 entries, one for each axis of positions [4, 3]: current value is [3]"],
  [() => k(AvgPool([2, 2, 2]), image), TypeError, "Cannot apply AvgPool as windowShape must have 2 entries, one for each axis of positions [4, 3]: current value is [2, 2, 2]"],
  [() => k(ConvTranspose(1, [3]), image), TypeError, "Cannot apply ConvTranspose as filterShape must have 2 entries, one for each axis of positions [4, 3]: current value is [3]"],
  // Windows
  [() => k(Conv(1, [5, 3])), RangeError, 'Cannot apply Conv as filterShape must fit into the positions [4, 3]: current value is [5, 3], use padding "SAME"'],
  [() => k(ConvLocal(1, [3, 4])), RangeError, 'Cannot apply ConvLocal as filterShape must fit into the positions [4, 3]: current value is [3, 4], use padding "SAME"'],
  [() => k(SumPool([5, 5])), RangeError, 'Cannot apply SumPool as windowShape must fit into the positions [4, 3]: current value is [5, 5], use padding "SAME"'],
  [() => Conv(1, [5, 3]).initFn(random.key(0), [-1, 4, 3, 2]), RangeError, 'Cannot apply Conv as filterShape must fit into the positions [4, 3]: current value is [5, 3], use padding "SAME"'],
  [() => AvgPool([5, 3]).applyFn(null, image), RangeError, 'Cannot apply AvgPool as windowShape must fit into the positions [4, 3]: current value is [5, 3], use padding "SAME"'],
  [() => Conv(1, untyped(3)), TypeError, "Cannot build Conv as filterShape must be a list of one number an axis: current value is 3"],
  [() => Conv(1, [3, 0]), RangeError, "Cannot build Conv as filterShape[1] must be an integer of at least 1: current value is 0"],
  [() => Conv(1, [3, 3], { strides: [0, 1] }), RangeError, "Cannot build Conv as strides[0] must be an integer of at least 1: current value is 0"],
  [() => ConvTranspose(1, [3], { strides: [1.5] }), RangeError, "Cannot build ConvTranspose as strides[0] must be an integer of at least 1: current value is 1.5"],
  [() => Conv(1, [1e9, 1e9], { padding: "SAME" }), RangeError, "Cannot build Conv as filterShape[0] must be an integer of at most 65536: current value is 1000000000"],
  [() => k(Aggregate(), tokens, { pattern: untyped([]) }), TypeError, "Cannot compute a kernel as pattern must be a pair of arrays, one a batch: current value is a list of length 0"],
  [() => AvgPool([2, 2], { strides: [1, 0] }), RangeError, "Cannot build AvgPool as strides[1] must be an integer of at least 1: current value is 0"],
  [() => Conv(1, [3, 3], { strides: [2] }), TypeError, "Cannot build Conv as strides must have 2 entries, as filterShape has: current value is 1"],
  [() => AvgPool([2], { strides: [2, 2] }), TypeError, "Cannot build AvgPool as strides must have 1 entries, as windowShape has: current value is 2"],
  [() => Conv(1, [3, 3], { padding: untyped("FULL") }), RangeError, 'Cannot build Conv as padding must be one of SAME, VALID, CIRCULAR: current value is "FULL"'],
  [() => SumPool([2], { padding: untyped("same") }), RangeError, 'Cannot build SumPool as padding must be one of SAME, VALID, CIRCULAR: current value is "same"'],
  [() => AvgPool([2], { normalizeEdges: untyped("no") }), TypeError, 'Cannot build AvgPool as normalizeEdges must be true or false: current value is "no"'],
  [() => SumPool([2], untyped({ normalizeEdges: true })), TypeError, "Cannot build SumPool as its options must be among strides, padding, batchAxis, channelAxis: current value is normalizeEdges"],
  [() => Conv(1, [3, 3], { s: [1, 0] }), RangeError, "Cannot build Conv as s[1] must be an integer of at least 1: current value is 0"],
  [() => Conv(0, [3]), RangeError, "Cannot build Conv as outChan must be an integer of at least 1: current value is 0"],
  [() => Conv(1, [3], { parameterization: untyped("mup") }), RangeError, 'Cannot build Conv as parameterization must be one of ntk, standard: current value is "mup"'],
  [() => Conv(1, [3, 3]).applyFn(null, image), TypeError, "Cannot apply Conv as params must be [weights, bias], as initFn returns: current value is null"],
  [() => GlobalSelfAttention(1, sizes).applyFn(untyped([tokens]), tokens), TypeError, "Cannot apply GlobalSelfAttention as params must be [queries, keys, values, out, bias, embedding], as initFn returns: current value is a list of length 1"],
  // Axes
  [() => Conv(1, [3, 3], { dimensionNumbers: untyped("NHWC") }), TypeError, `Cannot build Conv as dimensionNumbers ${numbers}: current value is "NHWC"`],
  [() => Conv(1, [3, 3], { dimensionNumbers: ["NHWC", "HWIO", "NHC"] }), TypeError, `Cannot build Conv as dimensionNumbers ${numbers}: current value is ["NHWC","HWIO","NHC"]`],
  [() => Conv(1, [3, 3], { dimensionNumbers: ["NHWC", "HVIO", "NHWC"] }), TypeError, `Cannot build Conv as dimensionNumbers ${numbers}: current value is ["NHWC","HVIO","NHWC"]`],
  [() => Conv(1, [3, 3], { dimensionNumbers: ["NHHC", "HHIO", "NHHC"] }), TypeError, `Cannot build Conv as dimensionNumbers ${numbers}: current value is ["NHHC","HHIO","NHHC"]`],
  [() => Conv(1, [3, 3], { dimensionNumbers: ["HWC", "HWIO", "NHWC"] }), TypeError, `Cannot build Conv as dimensionNumbers ${numbers}: current value is ["HWC","HWIO","NHWC"]`],
  [() => Conv(1, [3, 3], { dimensionNumbers: ["NHC", "HIO", "NHC"] }), TypeError, `Cannot build Conv as dimensionNumbers ${numbers}: current value is ["NHC","HIO","NHC"]`],
  [() => Dense(1, { channelAxis: 0.5 }), RangeError, "Cannot build Dense as channelAxis must be an integer: current value is 0.5"],
  [() => k(Dense(1, { channelAxis: 0 })), TypeError, "Cannot apply a network as batchAxis and channelAxis must be two of the 4 axes of its input: current value is 0 and 0"],
  [() => k(Dense(1, { channelAxis: 4 })), TypeError, "Cannot apply a network as batchAxis and channelAxis must be two of the 4 axes of its input: current value is 0 and 4"],
  [() => k(serial(Dense(1), AvgPool([2, 2], { channelAxis: 1 }))), TypeError, "Cannot apply AvgPool as its batchAxis and channelAxis must be 0 and 3, as in its input: current value is 0 and 1"],
  [() => k(serial(Dense(1, { batchAxis: 1 }), Flatten())), TypeError, "Cannot apply Flatten as its batchAxis must be 1, as in its input: current value is 0"],
  [() => Flatten({ batchAxisOut: 2 }), RangeError, "Cannot build Flatten as batchAxisOut must be one of 0, 1, -1, -2: current value is 2"],
  [() => Flatten({ batchAxis: 5 }).applyFn(null, image), TypeError, "Cannot apply Flatten as batchAxis must be one of the 4 axes of its input: current value is 5"],
  [() => GlobalAvgPool({ channelAxis: 7 }).applyFn(null, image), TypeError, "Cannot apply GlobalAvgPool as batchAxis and channelAxis must be two of the 4 axes of its input: current value is 0 and 7"],
  // Gaussian inputs
  [() => k(serial(Conv(1, [3, 3]), Flatten(), Relu())), UnsupportedError, "Cannot apply Relu as its input must be Gaussian: current value is not a layer with weights, put Dense(…) before it"],
  [() => k(serial(Dense(1), Relu(), AvgPool([2, 2]), Erf())), UnsupportedError, "Cannot apply Erf as its input must be Gaussian: current value is not a layer with weights, put Dense(…) before it"],
  // Layer normalisation
  [() => k(serial(Dense(1), LayerNorm({ axis: [1, 2] }))), UnsupportedError, "Cannot compute the kernel of LayerNorm as axis must have the features, axis 3: current value is 1, 2, and no other mean has a limit in wide networks"],
  [() => k(serial(Dense(1), LayerNorm({ axis: [0, 3] }))), UnsupportedError, "Cannot compute the kernel of LayerNorm as axis must not have the examples, axis 0: current value is 0, 3, which makes the kernel of two examples depend on all others of their batches, leave it out"],
  [() => k(serial(Dense(1), LayerNorm({ axis: 4 }))), TypeError, "Cannot apply LayerNorm as axis must be among the 4 axes of its input: current value is 4"],
  [() => LayerNorm({ axis: [1.5] }), RangeError, "Cannot build LayerNorm as axis[0] must be an integer: current value is 1.5"],
  // Attention
  [() => k(GlobalSelfAttention(1, { ...sizes, linearScaling: false })), UnsupportedError, "Cannot build GlobalSelfAttention with square-root scaling as attentionMechanism must be IDENTITY: current value is SOFTMAX, for which no closed form is known, use linearScaling: true"],
  [() => k(GlobalSelfAttention(1, { ...sizes, posEmbType: "SUM", nChanPosEmb: 3 })), TypeError, "Cannot apply GlobalSelfAttention as nChanPosEmb must be null or 2 with posEmbType SUM: current value is 3"],
  [() => GlobalSelfAttention(1, untyped({ nChanKey: 1, nChanVal: 1 })), RangeError, "Cannot build GlobalSelfAttention as nHeads must be an integer of at least 1: current value is undefined"],
  [() => GlobalSelfAttention(1, { ...sizes, attentionMechanism: untyped("TANH") }), RangeError, 'Cannot build GlobalSelfAttention as attentionMechanism must be one of SOFTMAX, IDENTITY, ABS, RELU: current value is "TANH"'],
  [() => GlobalSelfAttention(1, { ...sizes, posEmbType: untyped("MUL") }), RangeError, 'Cannot build GlobalSelfAttention as posEmbType must be one of NONE, SUM, CONCAT: current value is "MUL"'],
  [() => GlobalSelfAttention(1, { ...sizes, posEmbDecayFn: untyped(3) }), TypeError, "Cannot build GlobalSelfAttention as posEmbDecayFn must be a function of expressions: current value is 3"],
  [() => GlobalSelfAttention(1, { ...sizes, posEmbPNorm: -1 }), RangeError, "Cannot build GlobalSelfAttention as posEmbPNorm must be positive: current value is -1"],
  [() => GlobalSelfAttention(1, { ...sizes, posEmbDecayFn: (d) => d.add(expr.variable("y")) }), TypeError, "Cannot build GlobalSelfAttention as posEmbDecayFn must be an expression of the distance: current value has y"],
  [() => k(GlobalSelfAttention(1, { ...sizes, posEmbType: "SUM", posEmbDecayFn: (d) => d.log() })), RangeError, "Cannot apply GlobalSelfAttention as posEmbDecayFn must give a covariance of positions, finite and positive semi-definite: current value is -Infinity at distance 0, use one such as (d) => d.neg().exp()"],
  // Aggregation
  [() => k(Aggregate(), tokens, { pattern: [[[[1, 0, 0], [0, 1, 0], [0, 0, 1]]]] }), TypeError, "Cannot compute a kernel as pattern[0] must have the shape (2, …), one pattern an example: current value is [1, 3, 3]"],
  [() => k(Aggregate(), tokens, { pattern: [random.normal(random.key(0), [2, 3, 4])] }), TypeError, "Cannot apply Aggregate as a dense pattern must have the shape (batch, 3, 3): current value is (batch, 3, 4)"],
  [() => k(Aggregate({ implementation: "SPARSE" }), tokens, { pattern: [random.normal(random.key(0), [2, 4, 3])] }), TypeError, "Cannot apply Aggregate as a sparse pattern must have the shape (batch, edges, 1, 2): current value is (batch, 4, 3)"],
  [() => k(Aggregate({ implementation: "SPARSE" }), tokens, { pattern: [[[[0, 3]], [[0, 1]]]] }), RangeError, "Cannot apply Aggregate as coordinates of a sparse pattern must be integers below 3: current value is 3"],
  [() => k(Aggregate(), tokens, { pattern: untyped([1, 2, 3]) }), TypeError, "Cannot compute a kernel as pattern must be a pair of arrays, one a batch: current value is a list of length 3"],
  [() => k(Aggregate(), tokens, { pattern: [null, tokens] }, tokens), TypeError, "Cannot compute a kernel as pattern must have an array for x1 and x2: current value is null for x1"],
  [() => k(Aggregate(), tokens, { pattern: [tokens, image] }), TypeError, "Cannot compute a kernel as pattern must have one array where x2 is null: current value is two, write [pattern1]"],
  [() => k(Aggregate({ aggregateAxis: 2 }), tokens, { pattern: [tokens] }), TypeError, "Cannot apply Aggregate as aggregateAxis must be among the axes of positions: current value is 2"],
  [() => k(Aggregate({ aggregateAxis: [1, -2] }), tokens, { pattern: [tokens] }), TypeError, "Cannot apply Aggregate as each axis must be named once: current value is 1, -2 of 3 axes"],
  [() => Aggregate({ aggregateAxis: untyped("1") }), TypeError, 'Cannot build Aggregate as aggregateAxis must be an integer, a list of integers or null: current value is "1"'],
  [() => Aggregate({ aggregateAxis: [] }), TypeError, "Cannot build Aggregate as aggregateAxis must have an axis: current value is an empty list"],
  [() => Aggregate({ implementation: untyped("COO") }), RangeError, 'Cannot build Aggregate as implementation must be one of DENSE, SPARSE: current value is "COO"'],
  // Resizing
  [() => ImageResize(untyped(3)), TypeError, "Cannot build ImageResize as shape must be a list of positive integers and −1 for axes that stay: current value is 3"],
  [() => ImageResize([-1, 0, -1]), TypeError, "Cannot build ImageResize as shape must be a list of positive integers and −1 for axes that stay: current value is [-1, 0, -1]"],
  [() => ImageResize([-1, 3, -1], { method: untyped("bicubic") }), RangeError, 'Cannot build ImageResize as method must be one of nearest, linear, cubic, lanczos3, lanczos5: current value is "bicubic"'],
  [() => k(ImageResize([-1, 3, -1])), TypeError, "Cannot apply ImageResize as shape must have 4 entries, one an axis of its input: current value is [-1, 3, -1]"],
  [() => k(ImageResize([-1, 3, 3, 4])), UnsupportedError, "Cannot compute the kernel of ImageResize as shape must be −1 for examples and features: current value is [-1, 3, 3, 4]"],
  // Indexing
  [() => Index("a"), TypeError, `${index}: current value is a`],
  [() => Index("..., ..."), TypeError, `${index}: current value is ..., ...`],
  [() => Index("::0"), TypeError, `${index}: current value is ::0`],
  [() => Index(untyped([{ begin: 1 }])), TypeError, `${index}: current value is a list of length 1`],
  [() => Index([1.5]), TypeError, `${index}: current value is a list of length 1`],
  [() => Index(""), TypeError, `${index}: current value is `],
  [() => k(Index("0:1, 0, 0, :, 0")), TypeError, "Cannot apply Index as idx must have at most 4 entries, one an axis: current value is 0:1, 0, 0, :, 0"],
  [() => k(Index(":, 4")), RangeError, "Cannot apply Index as its entries must be within their axes: current value is 4 for an axis of 4"],
  [() => k(Index(":, 3:3")), RangeError, "Cannot apply Index as its entries must be within their axes: current value is 3:3 for an axis of 4"],
  [() => k(Index("2:")), RangeError, "Cannot apply Index as its slice of the batch must keep an example: current value is 2: of 2"],
  [() => k(Index("0")), UnsupportedError, "Cannot compute the kernel of Index as idx must keep the axis of the examples: current value is 0, write 0:1"],
  [() => k(Index("-1")), UnsupportedError, "Cannot compute the kernel of Index as idx must keep the axis of the examples: current value is -1, write -1:"],
  [() => k(Index("..., 0")), UnsupportedError, "Cannot compute the kernel of Index as idx must keep all features, of which there are infinitely many: current value is 0 for them"],
  [() => Index("1:").initFn(random.key(0), [-1, 3]), RangeError, "Cannot initialise Index as the length of every axis that it indexes must be known: current value is −1 for axis 0"],
  // Constant products
  [() => DotGeneral({ lhs: 1, rhs: 2 }), TypeError, "Cannot build DotGeneral as one of lhs and rhs must be null: current value is an array for both"],
  [() => DotGeneral({ rhs: 1, dimensionNumbers: untyped([[1], [0]]) }), TypeError, "Cannot build DotGeneral as dimensionNumbers must be [[summed left, summed right], [in step left, in step right]]: current value is [[1],[0]]"],
  [() => k(DotGeneral({ rhs: [1, 2, 3], dimensionNumbers: [[[1], [0]], [[], []]] })), TypeError, "Cannot apply DotGeneral as the axes in dimensionNumbers must have equal lengths: current value is [4] on the left and [3] on the right"],
  [() => k(DotGeneral({ rhs: [1, 2], dimensionNumbers: [[[3], [0]], [[], []]] })), UnsupportedError, "Cannot compute the kernel of DotGeneral as dimensionNumbers must not name the axis of the examples or features: current value is 3"],
  [() => k(DotGeneral({ rhs: [1, 2], dimensionNumbers: [[[0], [0]], [[], []]] })), UnsupportedError, "Cannot compute the kernel of DotGeneral as dimensionNumbers must not name the axis of the examples or features: current value is 0"],
  [() => k(DotGeneral({ rhs: [1, 2], dimensionNumbers: [[[5], [0]], [[], []]] })), TypeError, "Cannot apply DotGeneral as dimensionNumbers must name each of 4 axes of the left factor at most once: current value is [5]"],
  [() => k(DotGeneral({ rhs: [1, 2] }), vectors), UnsupportedError, "Cannot compute the kernel of DotGeneral as its input must have positions: current value is vectors and a factor of shape [2], use a number"],
  // Branches
  [() => k(serial(FanOut(2), parallel(Conv(1, [3, 3]), Conv(1, [2, 2])), FanInSum())), TypeError, "Cannot join branches as their positions must be equal: current value is [2, 1], [3, 2]"],
  [() => k(serial(FanOut(2), parallel(Dense(1), serial(Index("1:"), Dense(1))), FanInSum())), TypeError, 'Cannot join branches as their batches must be equal: current value is {"kind":"all"}, {"kind":"slice","of":{"kind":"all"},"slice":{"start":1,"stop":null,"step":null}}'],
  [() => k(serial(FanOut(2), parallel(Conv(1, [3, 3]), Conv(1, [2, 2])), FanInConcat({ axis: 1 }))), TypeError, "Cannot join branches as their other positions must be equal: current value is [1], [2]"],
  [() => k(serial(FanOut(2), parallel(Dense(1), Dense(1)), FanInConcat({ axis: 4 }))), TypeError, "Cannot apply FanInConcat as axis must be one of the 4 axes of its branches: current value is 4"],
  [() => k(serial(FanOut(2), parallel(Dense(1), serial(Dense(1), Erf())), FanInConcat({ axis: 2 }))), UnsupportedError, "Cannot apply FanInConcat along another axis than the features as every branch must be Gaussian with mean 0: current value is branch 1 after a nonlinearity, end it with Dense(…)"],
  // Masks
  [() => k(Dense(1), image, { maskConstant: untyped("9") }), TypeError, 'Cannot compute a kernel as maskConstant must be a number or null: current value is "9", write that number where the inputs are padding'],
  [() => k(Dense(1), vectors, { maskConstant: untyped([[0, 1], [1, 0]]) }), TypeError, "Cannot compute a kernel as maskConstant must be a number or null: current value is a list of length 2, write that number where the inputs are padding"],
  [() => Relu().applyFn(null, vectors, { maskConstant: untyped(image) }), TypeError, "Cannot apply a network as maskConstant must be a number or null: current value is a value of type NdArray, write that number where the inputs are padding"],
  [() => k(GlobalAvgPool(), [[[1, 9], [2, 3]]], { maskConstant: 9 }), UnsupportedError, "Cannot apply GlobalAvgPool as the mask must be the same for all features of a position: current value differs, put Dense(…) or Conv(…) before it"],
  [() => AvgPool([1]).applyFn(null, [[[1, 9], [2, 3]]], { maskConstant: 9 }), UnsupportedError, "Cannot apply AvgPool as the mask must be the same for all features of a position: current value differs, put Dense(…) or Conv(…) before it"],
  [() => k(Dense(1), [[NaN, 1]], { maskConstant: 9 }), RangeError, "Cannot use x1 as x1[0][0] must be finite: current value is NaN"],
  [() => k(Dense(1), whole, { maskConstant: 9 }), UnsupportedError, "Cannot continue a kernel as maskConstant must be null: current value is 9, compute the kernel of both networks in one"],
  [() => Index("0").applyFn(null, tokens, { maskConstant: 9 }), UnsupportedError, "Cannot apply Index with maskConstant as idx must keep the axis of the examples: current value is 0, write 0:1"],
  // Continued kernels
  [() => k(serial(Relu(), GlobalAvgPool()), diagonal), TypeError, "Cannot continue a kernel as diagonalSpatial must be false: current value is true, compute it without that option"],
  [() => k(Relu(), nngpOnly), TypeError, "Cannot continue an NTK as kernel.ntk must be an array: current value is null, compute it with get null"],
  [() => k(Index("1:"), whole), UnsupportedError, "Cannot continue a kernel as the network must keep the batch: current value has Index or FanInConcat on its axis, compute the kernel of both networks in one"],
  [() => k(Conv(1, [3, 3]), whole), RangeError, 'Cannot apply Conv as filterShape must fit into the positions [2, 1]: current value is [3, 3], use padding "SAME"'],
];

for (const [i, [call, type, message]] of refused.entries()) {
  Deno.test(`refused ${i}: ${message}`, () => assertThrows(call, type, message));
}

/** A kernel that was computed before, as the input of another network. */
import { rowCount } from "../pairs.ts";
import { type ArrayInput, type DType, NdArray } from "../array/mod.ts";
import type { Values } from "../array/dtype.ts";
import { UnsupportedError } from "../errors.ts";
import type { InputOptions, Prepared } from "./prepared.ts";
import { positionsOf, requireKernel } from "./given_kernel.ts";
import type { Kernel } from "./kernel.ts";
import { patternsOf } from "./patterns.ts";
import { separated } from "./position_order.ts";
import { indices, rounded } from "./rounding.ts";
import type { Steps } from "../steps.ts";

/** The inputs of a network that continues `kernel`. */
export function* continued(
  kernel: Kernel,
  x2: ArrayInput | null,
  { dtype, pattern, maskConstant }: Pick<InputOptions, "dtype" | "pattern" | "maskConstant">,
): Steps<Prepared> {
  if (maskConstant !== null) {
    throw new UnsupportedError(
      `Cannot continue a kernel as maskConstant must be null: current value is ${maskConstant}, ` +
        "compute the kernel of both networks in one",
    );
  }
  if (x2 !== null) {
    throw new TypeError("Cannot continue a kernel as x2 must be null: current value is an array");
  }
  if (!kernel.diagonalBatch) {
    throw new TypeError(
      "Cannot continue a kernel as diagonalBatch must be true: current value is false, compute it without that option",
    );
  }
  yield* requireKernel(kernel);
  const { nngp, shape1, batchAxis, channelAxis } = kernel;
  const symmetric = kernel.x1IsX2;
  const [n1, n2] = nngp.shape;
  const counts = symmetric ? [n1] : [n1, n2];
  const count = rowCount({ n1, n2, symmetric });
  const positions = positionsOf(kernel);
  return {
    source: yield* given(kernel, positions, dtype),
    n1,
    n2,
    symmetric,
    width: shape1[channelAxis],
    positions,
    batchAxis,
    channelAxis,
    kernel,
    array1: null,
    array2: null,
    rowVariables: { index: { values: indices(count), positions: 1 } },
    facts: {
      count,
      labels: {},
      masks: [],
      patterns: patternsOf(pattern, counts).flat(),
    },
  };
}

const covariances = ({ x1IsX2, cov1, cov2 }: Kernel) => x1IsX2 ? [cov1] : [cov1, cov2!];

/** The numbers of arrays one after the other. */
function joined(parts: readonly NdArray[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { size }) => sum + size, 0));
  parts.forEach(({ data }, k) => all.set(data, k && parts[0].size));
  return all;
}

/** The covariances in the precision, over (P, Q) or P; of vectors, one a pair. */
function* given(
  kernel: Kernel,
  positions: readonly number[],
  dtype: DType,
): Steps<Prepared["source"]> {
  const { nngp, ntk } = kernel;
  const isDiagonal = kernel.diagonalSpatial || positions.length === 0;
  const values = function* (a: NdArray): Steps<Values> {
    const inPrecision = rounded(a, dtype);
    return isDiagonal ? inPrecision : yield* separated(inPrecision, positions);
  };
  const own = joined(covariances(kernel));
  return {
    kind: "given",
    layout: isDiagonal ? "diagonal" : "full",
    cov: yield* values(nngp),
    ntk: ntk && (yield* values(ntk)),
    own: yield* values(new NdArray(own, [own.length])),
  };
}

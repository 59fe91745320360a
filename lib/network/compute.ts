/** From a network and checked inputs to its kernel: compiled, executed on a backend, and described. */
import { type ArrayInput, type DType, NdArray } from "../array/mod.ts";
import type { Backend } from "../backends/backend.ts";
import { answering, breather } from "../pause.ts";
import { Ledger } from "../expr/table.ts";
import { inTurns } from "../steps.ts";
import { restoredShape, usualAxes } from "./axes.ts";
import { chooseFor, inPrecision } from "./close_inputs.ts";
import { type Compiled, compileNetwork } from "./compile.ts";
import { execute } from "./execute.ts";
import { alone, gathered, prepare } from "./inputs.ts";
import type { Field, Kernel, KernelOptions } from "./kernel.ts";
import type { KernelExpr } from "./kernel_expr.ts";
import { type Layer } from "./layer.ts";
import { ruleOf } from "./rule.ts";
import { warnOfMissedTolerance } from "./missed_tolerance.ts";
import type { Measured, NumericalErrors } from "./numerical_errors.ts";
import type { Prepared } from "./prepared.ts";

/** A network, and what is made of the backend that computes its kernels. */
export interface Computed {
  readonly layer: Layer;
  readonly adapt: (backend: Backend) => Backend | Promise<Backend>;
}

/** The kernel of a network between two batches: the `wanted` entries, `cov1` and `cov2`, and all that describes it. */
export async function computeKernel(
  network: Computed,
  inputs: readonly [ArrayInput | Kernel, ArrayInput | null],
  wanted: readonly Field[],
  o: Required<KernelOptions>,
): Promise<Kernel> {
  const axes = ruleOf(network.layer).axes?.(network.layer) ?? usualAxes;
  const input = await answering(prepare(...inputs, { ...o, axes }), o);
  if (input.kernel && !o.diagonalBatch) {
    throw new TypeError(
      "Cannot continue a kernel as diagonalBatch must be true: current value is false, " +
        "compute the kernel of both networks in one",
    );
  }
  o.signal.throwIfAborted();
  const kernel = await compute(network, input, measured(wanted), o);
  return isOfCopies(input, inputs[1]) ? { ...kernel, cov2: copyOf(kernel.cov1) } : kernel;
}

/** Errors are those of what is computed: asked for alone, of all of it. */
function measured(wanted: readonly Field[]): readonly Field[] {
  const asks = (...fields: Field[]) => wanted.some((field) => fields.includes(field));
  return asks("numericalError", "numericalErrors") && !asks("nngp", "ntk")
    ? ["nngp", "ntk", ...wanted]
    : wanted;
}

/** True if x2 was given and is a copy of x1, here or when the kernel was computed that is continued. */
const isOfCopies = ({ symmetric, kernel }: Prepared, x2: ArrayInput | null): boolean =>
  symmetric && (kernel ? kernel.cov2 : x2) !== null;

/** An array of its own, which can be disposed of alone. */
const copyOf = ({ data, shape }: NdArray): NdArray => new NdArray(data.slice(), shape);

async function compute(
  network: Computed,
  prepared: Prepared,
  wanted: readonly Field[],
  o: Required<KernelOptions>,
): Promise<Kernel> {
  const breathe = breather(o);
  const compiled = await compileNetwork(
    network.layer,
    prepared,
    wanted,
    o.diagonalSpatial ? "diagonal" : "full",
    o.signal,
  );
  const { output } = compiled;
  const input = await inTurns(gathered(prepared, output.batch, o.dtype), breathe);
  const { backend: chosen, dtype } = await chooseFor(compiled, input, o);
  const backend = await network.adapt(chosen);
  const computed = async (given: Prepared, dtype: DType) => {
    const ledger = new Ledger(dtype);
    const entries = await execute(compiled, given, backend, { ...o, dtype }, ledger);
    return { entries, ledger };
  };
  const { entries, ledger } = await inPrecision(dtype, o.dtype, input, computed);
  warnOfMissedTolerance(compiled.numerical, ledger);
  const numericalErrors = errorsOf(
    output,
    { ledger, given: errorsGiven(prepared.kernel) },
    entries.ntk !== null,
  );
  const full = async (second: boolean) => {
    if (o.diagonalBatch || !(second ? prepared.array2 : prepared.array1)) return null;
    const own = await inTurns(alone(prepared, second, o.dtype), breathe);
    return (await compute(network, own, ["nngp"], { ...o, diagonalBatch: true })).nngp;
  };
  return {
    ...attributes(compiled, input, o),
    ...entries,
    cov1: await full(false) ?? entries.cov1,
    cov2: await full(true) ?? entries.cov2,
    numericalError: Math.max(numericalErrors.nngp, numericalErrors.ntk ?? 0),
    numericalErrors,
  };
}

/** The errors of a kernel that is continued; one made by hand may say nothing of them. */
function errorsGiven(kernel: Kernel | null) {
  const { nngp = kernel?.numericalError ?? 0, ntk = nngp } = kernel?.numericalErrors ?? {};
  return { nngp, ntk: ntk ?? 0 };
}

function errorsOf({ errors }: KernelExpr, measured: Measured, withNtk: boolean): NumericalErrors {
  const { nngp = 0, ntk = 0 } = errors?.(measured) ?? {};
  return { nngp, ntk: withNtk ? Math.max(nngp, ntk) : null };
}

function attributes({ output }: Compiled, { n1, n2, symmetric }: Prepared, o: Required<KernelOptions>) {
  const { isGaussian, isInput, positions, width, batchAxis, channelAxis } = output;
  const shape = (count: number) => restoredShape("a network", output, [count, ...positions, width]);
  return {
    x1IsX2: symmetric,
    isGaussian,
    isReversed: false,
    isInput,
    diagonalBatch: o.diagonalBatch,
    diagonalSpatial: o.diagonalSpatial || positions.length === 0,
    shape1: shape(n1),
    shape2: shape(n2),
    batchAxis,
    channelAxis,
  };
}

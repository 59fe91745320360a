/** `kernelFn`: from a network and two batches to its kernel. */
import { type ArrayInput, type DataOf, type DType, NdArray } from "../array.ts";
import { show } from "../array/dtype.ts";
import { choose } from "../backends/mod.ts";
import type { Progress } from "../backends/backend.ts";
import { type Compiled, compileNetwork } from "./compile.ts";
import { restoredShape, usualAxes } from "./axes.ts";
import { flag, withDefaults } from "./check.ts";
import { alone, gathered, prepare, type Prepared } from "./inputs.ts";
import { type Kernel, kernelFields } from "./kernel.ts";
import { type Layer, ruleOf } from "./layer.ts";
import { execute } from "./execute.ts";
import { executeSpatial } from "./execute_spatial.ts";
import type { PatternPair } from "./patterns.ts";

/** Options of `kernelFn`. */
export interface KernelOptions<T extends DType = DType> {
  /** `auto` (default): the fastest backend that delivers `dtype` here; or its name, see `backends()` */
  readonly backend?: string;
  /** Precision; default `"float64"` */
  readonly dtype?: T;
  /** False: `cov1` and `cov2` are full covariances (n, n) instead of their diagonals; default true */
  readonly diagonalBatch?: boolean;
  /** True: covariances of outputs with positions hold only P = Q; default false. Vectors have no positions */
  readonly diagonalSpatial?: boolean;
  /** The edges of `Aggregate`, one array for x1 and one for x2; see there. Default null: it does nothing */
  readonly pattern?: PatternPair | null;
  /** Entries of the inputs that are padding have this value, which may be NaN; default null: none */
  readonly maskConstant?: number | null;
  /** Called now and then with the number of pairs done and of all pairs */
  readonly onProgress?: (progress: Progress) => void;
  /** Stops the computation when aborted: the promise rejects with the signal's reason */
  readonly signal?: AbortSignal;
}

/** The name of an entry of a `Kernel`. */
export type Field = keyof Kernel;

/**
 * The kernel of a network between two batches, or the whole `Kernel` when nothing in particular is asked for.
 *
 * `x1` and `x2` have shape (n, features) or (n, …positions, features), `x2 = null` stands for x1, and so does a copy of x1.
 * A `Kernel` in place of x1 is continued.
 *
 * `get` is the name of an entry of `Kernel`, a list of names, or null (default) for all of it. The promise rejects with a
 * `TypeError` or `RangeError` for bad input, with an `UnsupportedError` for a network that has no kernel in closed form, and
 * with a `BackendUnavailableError` where the backend cannot run.
 */
export interface KernelFn {
  /** One entry of the kernel. */
  <F extends Field, T extends DType = "float64">(
    x1: ArrayInput | Kernel,
    x2: ArrayInput | null,
    get: F,
    options?: KernelOptions<T>,
  ): Promise<NonNullable<Kernel<DataOf<T>>[F]>>;
  /** Several entries, by name. */
  <F extends Field, T extends DType = "float64">(
    x1: ArrayInput | Kernel,
    x2: ArrayInput | null,
    get: readonly F[],
    options?: KernelOptions<T>,
  ): Promise<{ readonly [K in F]: NonNullable<Kernel<DataOf<T>>[K]> }>;
  /** All of it. */
  <T extends DType = "float64">(
    x1: ArrayInput | Kernel,
    x2?: ArrayInput | null,
    get?: null,
    options?: KernelOptions<T>,
  ): Promise<Kernel<DataOf<T>> & { readonly ntk: NdArray<DataOf<T>> }>;
}

const defaults: Required<KernelOptions> = {
  backend: "auto",
  dtype: "float64",
  diagonalBatch: true,
  diagonalSpatial: false,
  pattern: null,
  maskConstant: null,
  onProgress: () => {},
  signal: new AbortController().signal,
};

/** The `kernelFn` of a network. */
export function kernelFnOf(layer: Layer): KernelFn {
  const kernelFn = async (
    x1: ArrayInput | Kernel,
    x2: ArrayInput | null = null,
    get: Field | readonly Field[] | null = null,
    options: KernelOptions = {},
  ) => {
    const o = checked(options);
    const wanted = fieldsOf(get);
    const input = prepare(x1, x2, { ...o, axes: ruleOf(layer).axes?.(layer) ?? usualAxes });
    if (input.kernel && !o.diagonalBatch) {
      throw new TypeError(
        "Cannot continue a kernel as diagonalBatch must be true: current value is false, " +
          "compute the kernel of both networks in one",
      );
    }
    o.signal.throwIfAborted();
    const kernel = await compute(layer, input, wanted, o);
    if (get === null) return kernel;
    if (typeof get === "string") return kernel[get];
    return Object.fromEntries(wanted.map((field) => [field, kernel[field as keyof Kernel]]));
  };
  return kernelFn as unknown as KernelFn;
}

async function compute(
  layer: Layer,
  prepared: Prepared,
  wanted: readonly Field[],
  o: Required<KernelOptions>,
): Promise<Kernel> {
  const compiled = compileNetwork(layer, prepared, wanted, o.diagonalSpatial ? "diagonal" : "full");
  const { program, spatial, output, variables } = compiled;
  const input = gathered(prepared, output.batch, o.dtype);
  const backend = await choose(o.backend, o.dtype, program ?? spatial!, prepared.n1 * prepared.n2);
  const entries = program
    ? await execute(program, withVariables(input, variables), backend, o)
    : await executeSpatial(spatial!, compiled, input, backend, o);
  const full = async (second: boolean) => {
    if (o.diagonalBatch || !(second ? prepared.array2 : prepared.array1)) return null;
    const own = alone(prepared, second, o.dtype);
    return (await compute(layer, own, ["nngp"], { ...o, diagonalBatch: true })).nngp;
  };
  return {
    ...attributes(compiled, input, o),
    ...entries,
    cov1: await full(false) ?? entries.cov1,
    cov2: await full(true) ?? entries.cov2,
    numericalError: Math.max(entries.numericalError, prepared.kernel?.numericalError ?? 0),
  };
}

/** The input with the row variables of its program. */
function withVariables(input: Prepared, variables: Compiled["variables"]): Prepared {
  const more = Object.entries(variables).map(([name, of]) => [name, () => of(input.facts).values]);
  return { ...input, rows: { ...input.rows, ...Object.fromEntries(more) } };
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

function fieldsOf(get: Field | readonly Field[] | null): readonly Field[] {
  const fields = get === null ? ["nngp", "ntk"] as const : typeof get === "string" ? [get] : get;
  if (!Array.isArray(fields) || fields.length === 0) {
    throw new TypeError(
      `Cannot compute a kernel as get must be a name, a list of names or null: current value is ${show(get)}`,
    );
  }
  for (const field of fields) {
    if (!kernelFields.includes(field)) {
      throw new RangeError(
        `Cannot compute a kernel as get must be among ${kernelFields.join(", ")}: current value is ${
          show(field)
        }`,
      );
    }
  }
  return fields;
}

function checked(options: KernelOptions): Required<KernelOptions> {
  const o = withDefaults("a kernel", defaults, options);
  if (o.dtype !== "float64" && o.dtype !== "float32") {
    throw new RangeError(
      `Cannot compute a kernel as dtype must be one of float64, float32: current value is ${show(o.dtype)}`,
    );
  }
  flag("a kernel", "diagonalBatch", o.diagonalBatch);
  flag("a kernel", "diagonalSpatial", o.diagonalSpatial);
  if (typeof o.onProgress !== "function") {
    throw new TypeError(
      `Cannot compute a kernel as onProgress must be a function: current value is ${show(o.onProgress)}`,
    );
  }
  if (typeof o.signal?.throwIfAborted !== "function") {
    throw new TypeError(
      `Cannot compute a kernel as signal must be an AbortSignal: current value is ${show(o.signal)}`,
    );
  }
  return o;
}

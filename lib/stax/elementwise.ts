/** Custom nonlinearities: from a kernel, from a function, or both. */
import { reads } from "../network/reading.ts";
import { type Activation, activation, type Forward, input } from "../network/activation.ts";
import {
  checkFinite,
  checkOptions,
  type NumericalOptions as QuadratureOptions,
} from "../../kernels/numerical/options.ts";
import { numericalDual } from "../../kernels/numerical/integrated.ts";
import { traceForward } from "../../kernels/numerical/trace.ts";
import { showPlain } from "../array/dtype.ts";
import { UnsupportedError } from "../errors.ts";
import { type Expr, toExpr } from "../expr/expr.ts";
import { fromGraph, type Graph, isGraph, toGraph } from "../expr/json.ts";
import { substitute, topological } from "../expr/graph.ts";
import { at, type Moments, symbols } from "../moments.ts";
import { roomForProducts } from "../room.ts";
import { flag, withDefaults, wrongType } from "../options.ts";
import type { Layer } from "../network/layer.ts";
import { type Network, network } from "../network/network.ts";
import { activationOf, registerNonlinearity } from "../network/nonlinearity.ts";

/** A kernel as a function of the moments of two Gaussian pre-activations. */
export type KernelOfMoments = (moments: Moments) => Expr;

/** What `Elementwise` takes. */
export interface ElementwiseOptions {
  /** φ, for `applyFn`: over expressions, or an ordinary function */
  readonly fn?: Forward;
  /** E[φ(u)φ(v)], for `kernelFn` */
  readonly nngp?: KernelOfMoments;
  /** E[φ′(u)φ′(v)]; default: the derivative of `nngp` in cov */
  readonly dNngp?: KernelOfMoments;
}

/** What `ElementwiseNumerical` takes besides the function. */
export interface NumericalOptions {
  /** Error of the kernel relative to √(k(u, u)·k(v, v)); default 1e-8 */
  readonly tolerance?: number;
  /** Exactly so many quadrature nodes and coefficients, as in the Python library, instead of a tolerance */
  readonly deg?: number;
  /** φ′, for `deg`-node quadrature; not needed, as the coefficients of φ give the NTK */
  readonly df?: Forward;
  /** Where φ or its derivative jumps; default: found automatically */
  readonly kinks?: readonly number[];
  /** Whether a tolerance that is missed is said on the console, once; default true */
  readonly warn?: boolean;
}

/** The description of `Elementwise`: expressions as data, or an ordinary function. */
export interface Elementwise extends Layer {
  /** The name of the layer */
  readonly type: "Elementwise";
  /** φ; null if it was not given */
  readonly fn: Graph | ((x: number) => number) | null;
  /** E[φ(u)φ(v)] as an expression in `Moments`; null if it was not given */
  readonly nngp: Graph | null;
  /** E[φ′(u)φ′(v)] likewise; null: the derivative of `nngp` */
  readonly dNngp: Graph | null;
}

/** The description of `ElementwiseNumerical`. */
export interface ElementwiseNumerical extends Layer {
  /** The name of the layer */
  readonly type: "ElementwiseNumerical";
  /** φ */
  readonly fn: Graph | ((x: number) => number);
  /** The tolerance asked for; null: 1e-8 */
  readonly tolerance: number | null;
  /** The number of nodes asked for; null: as many as the tolerance needs */
  readonly deg: number | null;
  /** φ′ if it was given */
  readonly df: Graph | ((x: number) => number) | null;
  /** The kinks that were given; null: they are found */
  readonly kinks: readonly number[] | null;
  /** Whether a tolerance that is missed is said on the console */
  readonly warn: boolean;
}

/**
 * A nonlinearity given by its kernel `nngp`, its forward function `fn`, or both; the NTK follows by differentiating `nngp`.
 *
 * At a point of variance 0, `nngp` sees a tiny variance instead, so that cov/√(v₁v₂) stays defined.
 *
 * @param options `nngp`, E[φ(u)φ(v)] in the moments of u and v; `dNngp`, E[φ′(u)φ′(v)] where differentiation would cancel; `fn`
 * @throws {TypeError} if neither is given, or one does not return an expression.
 *
 * @example The normalised exponential kernel and its NTK
 * ```ts
 * import * as stax from "./mod.ts";
 * const custom = stax.Elementwise({
 *   nngp: ({ cov, var1, var2 }) => var1.mul(var2).sqrt().mul(cov.div(var1.mul(var2).sqrt()).sub(1).exp()),
 * });
 * const x = [[1, 2], [3, -1]];
 * const a = await stax.serial(stax.Dense(1), custom).kernelFn(x, null, "ntk");
 * const b = await stax.serial(stax.Dense(1), stax.ExpNormalized()).kernelFn(x, null, "ntk");
 * if (!a.data.every((value, i) => Math.abs(value - b.data[i]) < 1e-14)) throw new Error("both NTKs must agree");
 * ```
 */
export function Elementwise(options: ElementwiseOptions): Network<Elementwise> {
  const { fn, nngp, dNngp } = withDefaults<Partial<ElementwiseOptions>>(
    "build Elementwise",
    { fn: undefined, nngp: undefined, dNngp: undefined },
    options ?? {},
  );
  return checked<Elementwise>({
    type: "Elementwise",
    fn: fn ? forwardData(fn) : null,
    nngp: nngp ? kernelData("nngp", nngp) : null,
    dNngp: dNngp ? kernelData("dNngp", dNngp) : null,
  });
}

/**
 * A nonlinearity given only by its function: E[φφ] = Σₖ aₖ(σ₁)aₖ(σ₂)ρᵏ with Hermite coefficients aₖ(σ) of x ↦ φ(σx), to a
 * tolerance; symmetric, and without a derivative of φ.
 *
 * The errors that were reached are `kernel.numericalErrors`, of `nngp` and of `ntk` apart and carried through the layers that
 * follow; a tolerance that is missed is also said on the console, once a layer, unless `warn` is false. Kinks and jumps, at 0 or
 * elsewhere, are summed in closed form.
 *
 * φ is known by its values alone: features narrower than |x|/700 (or 10⁻⁴ near 0) may be missed, as by any sampling, and beyond
 * |x| = 1100 those narrower than a fiftieth of the standard deviation. Name them as `kinks`.
 *
 * @param fn an expression, `(x) => x.tanh()`, or any ordinary function of a number, `Math.tanh`
 * @param options `tolerance` (default 1e-8) or `deg`; `df`, `kinks`, `warn`
 * @throws {TypeError} if `fn` is not a function, `warn` is not true or false, or for an unknown option.
 * @throws {RangeError} for a tolerance that is not positive, or a `deg` outside 1…200.
 * @see Daniely et al. 2016 (arXiv:1602.05897), §4.2; Han et al. 2022 (arXiv:2209.04121), §3.
 *
 * @example A function for which a closed form is known
 * ```ts
 * import * as stax from "./mod.ts";
 * const x = [[1, 2], [3, -1]];
 * const a = await stax.serial(stax.Dense(1), stax.ElementwiseNumerical(Math.sin)).kernelFn(x, null, "ntk");
 * const b = await stax.serial(stax.Dense(1), stax.Sin()).kernelFn(x, null, "ntk");
 * if (!a.data.every((value, i) => Math.abs(value - b.data[i]) < 1e-8)) throw new Error("both NTKs must agree");
 * ```
 */
export function ElementwiseNumerical(
  fn: Forward,
  options: NumericalOptions = {},
): Network<ElementwiseNumerical> {
  const o = withDefaults<NumericalOptions>(
    "build ElementwiseNumerical",
    { tolerance: undefined, deg: undefined, df: undefined, kinks: undefined, warn: true },
    options,
  );
  if (typeof fn !== "function") {
    throw new TypeError(
      `Cannot build ElementwiseNumerical as fn must be a function: current value is ${showPlain(fn)}`,
    );
  }
  return checked<ElementwiseNumerical>({
    type: "ElementwiseNumerical",
    fn: forwardData(fn),
    tolerance: o.tolerance ?? null,
    deg: o.deg ?? null,
    df: o.df === undefined ? null : forwardData(o.df, "df"),
    kinks: o.kinks ?? null,
    warn: flag("build ElementwiseNumerical", "warn", o.warn ?? true),
  });
}

registerNonlinearity<Elementwise>("Elementwise", ({ fn, nngp, dNngp }) => {
  if (fn === null && nngp === null) {
    throw new TypeError(
      "Cannot build Elementwise as fn or nngp must be a function: current value is null for both",
    );
  }
  return { ...forwardOf(fn), ...dualOf(nngp, dNngp) };
});

registerNonlinearity<ElementwiseNumerical>("ElementwiseNumerical", (layer) => {
  const [fn, options] = [forwardFunction(layer.fn), numericalOptions(layer)];
  checkOptions(options);
  checkFinite(traceForward(fn).call);
  // With `deg` there is no tolerance, only the error that is reached.
  const warns = layer.deg === null && layer.warn !== false;
  return {
    ...forwardOf(layer.fn),
    ...numericalDual(fn, options),
    tolerance: warns ? layer.tolerance ?? 1e-8 : undefined,
  };
});

/** The options of a layer as its dual takes them. */
function numericalOptions({ tolerance, deg, df, kinks }: ElementwiseNumerical): QuadratureOptions {
  return {
    tolerance: tolerance ?? undefined,
    deg: deg ?? undefined,
    df: df === null ? undefined : traceForward(forwardFunction(df), "df").call,
    kinks: kinks === null ? undefined : kinkList(kinks),
  };
}

/** The kinks if they are a list. */
function kinkList(values: readonly number[]): readonly number[] {
  if (!Array.isArray(values)) {
    throw wrongType("build ElementwiseNumerical", "kinks", "a list of numbers", values);
  }
  return values;
}

function checked<L extends Layer>(layer: L): Network<L> {
  activationOf(layer);
  return network(layer);
}

/** An expression as data; an ordinary function stays one. */
function forwardData(fn: Forward, name?: string): Graph | ((x: number) => number) {
  const { expr, call } = traceForward(fn, name);
  return expr ? toGraph(expr) : call;
}

/** The forward function of a description. */
function forwardFunction(fn: Graph | ((x: number) => number)): Forward {
  if (!isGraph(fn)) return fn;
  const expr = read("fn", fn, [input]);
  return (x: Expr) => substitute([expr], new Map([[input, x]]))[0];
}

/** The expression of a graph, which may have no variables but these: it may come from anywhere. */
function read(name: string, graph: Graph, allowed: readonly Expr[]): Expr {
  const expr = fromGraph(graph);
  const stranger = topological([expr]).find((node) => node.kind === "variable" && !allowed.includes(node));
  if (stranger) {
    throw new TypeError(
      `Cannot build a nonlinearity as the variables of ${name} must be among ${allowed.join(", ")}: ` +
        `current value is ${stranger}`,
    );
  }
  return expr;
}

function forwardOf(fn: Graph | ((x: number) => number) | null): Pick<Activation, "fn" | "call"> {
  if (fn === null) return {};
  return isGraph(fn) ? { fn: forwardFunction(fn) as (x: Expr) => Expr } : { call: fn };
}

function kernelData(name: string, kernel: KernelOfMoments): Graph {
  if (typeof kernel !== "function") {
    throw new TypeError(
      `Cannot build Elementwise as ${name} must be a function of moments: current value is ${
        showPlain(kernel)
      }`,
    );
  }
  return toGraph(toExpr(kernel(symbols)));
}

function dualOf(nngp: Graph | null, dNngp: Graph | null): Pick<Activation, "nngp" | "dNngp" | "room"> {
  const missing = () => {
    throw new UnsupportedError(
      "Cannot compute the kernel of Elementwise as nngp must be given: current value is undefined, " +
        "give nngp or use ElementwiseNumerical(fn)",
    );
  };
  if (nngp === null) return { nngp: missing, dNngp: missing };
  const of = (name: string, graph: Graph) => {
    const expr = read(name, graph, Object.values(symbols));
    return (moments: Moments) => at(expr, moments);
  };
  const dual = activation({ nngp: of("nngp", nngp), ...(dNngp !== null && { dNngp: of("dNngp", dNngp) }) });
  const readsDet = [nngp, dNngp].some((graph) => isGraph(graph) && graph.nodes.includes("det"));
  return {
    room: readsDet ? roomForProducts(1) : undefined,
    nngp: (moments) => dual.nngp(apart(moments)),
    dNngp: (moments) => dual.dNngp(apart(moments)),
  };
}

/** Below any variance that means something, and large enough for its square to be a float32. */
const TINY = 1e-18;

/** The moments with variances away from 0, for expressions that divide by them. */
function apart(moments: Moments): Moments {
  const positive = (variance: Expr) => variance.gt(0).select(variance, TINY);
  return { ...moments, var1: positive(moments.var1), var2: positive(moments.var2) };
}

reads(
  "Elementwise",
  [],
  (fields: object) => custom("Elementwise", { fn: null, nngp: null, dNngp: null }, fields),
);

reads("ElementwiseNumerical", [], (fields: object) =>
  custom(
    "ElementwiseNumerical",
    { fn: null, tolerance: null, deg: null, df: null, kinks: null, warn: true },
    fields,
  ));

/** A custom layer, whose graphs are read when its activation is built. */
const custom = (type: string, defaults: object, fields: object): Network =>
  checked({ type, ...withDefaults(`build ${type}`, defaults, fields) });

/** From a network to its program: the layers' rules applied to symbolic inputs. */
import { UnsupportedError } from "../errors.ts";
import type { Activation } from "./activation.ts";
import { answering } from "../pause.ts";
import { type Check, compileSteps } from "../program/entrywise.ts";
import { type Steps, stepsOf } from "../steps.ts";
import type { Prepared } from "./prepared.ts";
import type { Kernel } from "./kernel.ts";
import {
  type Context,
  givenKernel,
  inputKernel,
  isBranches,
  type KernelExpr,
  type RowFacts,
  spatialInput,
  withGaps,
} from "./kernel_expr.ts";
import { countOf } from "../array/dtype.ts";
import { compileProgram, type Layout, type Program, vectorProgram } from "../program/program.ts";
import type { Layer } from "./layer.ts";
import { layersIn, loadKernels, ruleOf } from "./rule.ts";
import { kernelOf } from "./masked_kernel.ts";
import { OwnNtk } from "../rows/own_ntk.ts";

/** A network's program, and what its output is. */
export interface Compiled extends Pick<Context, "variables" | "matrices" | "numerical"> {
  readonly program: Program;
  /** Whether all NTKs have to be finite */
  readonly hasFiniteNtk: boolean;
  /** What is lost of inputs that lie close together, by the program of near pairs if there is one */
  readonly loss: (signal?: AbortSignal) => Promise<Loss>;
  readonly output: KernelExpr;
}

/**
 * What nonlinearities lose that form gaps from rounded moments, of pairs with a correlation ρ: a share ε/√(1 − |ρ|) of the kernel's
 * size where they depend on "angles" alone, and ε/(1 − |ρ|) where on "distances".
 */
export type Loss = "nothing" | "angles" | "distances";

function lossOf(cancelling: readonly Activation[]): Loss {
  if (cancelling.length === 0) return "nothing";
  return cancelling.every(({ dependsOnAngles }) => dependsOnAngles) ? "angles" : "distances";
}

const cache = new WeakMap<Layer, Map<string, Compiled>>();

/** What of the inputs a program depends on. */
export interface Kind
  extends Pick<Prepared, "symmetric" | "width" | "positions" | "batchAxis" | "channelAxis"> {
  readonly hasPattern: boolean;
  readonly hasMasks: boolean;
  /** The kernel that is continued, or null */
  readonly kernel:
    | { readonly isGaussian: boolean; readonly isInput: boolean; readonly hasNtk: boolean }
    | null;
}

/** The kind of the inputs, without the inputs: it stays as long as the network. */
export function kindOf(
  { symmetric, width, positions, batchAxis, channelAxis, facts, kernel }: Prepared,
): Kind {
  return {
    symmetric,
    width,
    positions,
    batchAxis,
    channelAxis,
    hasPattern: facts.patterns.length > 0,
    hasMasks: facts.masks.length > 0,
    kernel: kernel &&
      { isGaussian: kernel.isGaussian, isInput: kernel.isInput, hasNtk: kernel.ntk !== null },
  };
}

/**
 * The program that computes the wanted entries of the kernel; compiled once a network and kind of input, in turns with timers. Calls
 * that need it at the same time compile it twice, and go on with the same one.
 */
export async function compileNetwork(
  layer: Layer,
  input: Prepared,
  wanted: readonly (keyof Kernel)[],
  layout: Layout,
  signal?: AbortSignal,
): Promise<Compiled> {
  const pairs = wanted.filter((field) => field === "nngp" || field === "ntk");
  const kind = kindOf(input);
  const key = JSON.stringify([pairs, kind, layout]);
  if (!cache.has(layer)) cache.set(layer, new Map());
  const known = cache.get(layer)!;
  if (known.has(key)) return known.get(key)!;
  await loadKernels(layer);
  return kept(known, key, await answering(compileFresh(layer, kind, pairs, layout), { signal }));
}

/** Whether some layer reads the edges of a call. */
const readsPattern = (network: Layer): boolean =>
  layersIn(network).some((layer) => ruleOf(layer).readsPattern === true);

/** What a map has for a key; `value` from now on if it has nothing. */
function kept<T>(known: Map<string, T>, key: string, value: T): T {
  if (!known.has(key)) known.set(key, value);
  return known.get(key)!;
}

/** What a network of which no layer has been seen adds to. */
export const contextOf = (hasPattern: boolean): Context => ({
  checks: [],
  ntks: [],
  numerical: [],
  cancelling: [],
  nodes: [],
  variables: {},
  matrices: new Map(),
  hasPattern,
  maskNames: new Map(),
  batchNames: new Map(),
});

/** A network's kernel as expressions of the inputs' covariances, and what its layers add to its program. */
interface Symbolic {
  readonly output: KernelExpr;
  readonly context: Context;
}

/** What the rules of the layers make of the kernel of the inputs, which `first` may change. */
export function* symbolicKernel(
  layer: Layer,
  input: Kind,
  pairs: readonly ("nngp" | "ntk")[],
  first: (input: KernelExpr) => KernelExpr = (input) => input,
): Steps<Symbolic> {
  const context = contextOf(input.hasPattern);
  const masks = input.hasMasks ? (rows: RowFacts) => stepsOf(rows.masks) : null;
  const output = yield* kernelOf(layer, { ...first(start(input, pairs)), masks }, context);
  if (isBranches(output)) {
    throw new UnsupportedError(
      `Cannot compute a kernel as the network must end in one branch: current value is ${output.length}, ` +
        "add FanInSum() or FanInConcat(), or use one network a branch",
    );
  }
  if (context.hasPattern && !readsPattern(layer)) {
    throw new TypeError(
      "Cannot compute a kernel as pattern must be null without Aggregate(): current value is edges that no layer reads",
    );
  }
  return { output, context };
}

function* compileFresh(
  layer: Layer,
  input: Kind,
  pairs: readonly ("nngp" | "ntk")[],
  layout: Layout,
  first?: (input: KernelExpr) => KernelExpr,
): Steps<Compiled> {
  const { output, context } = yield* symbolicKernel(layer, input, pairs, first);
  const withNtk = pairs.includes("ntk");
  const checks = [...context.checks, ...checksOfOutput(output, context)]
    .filter(({ isSlope }) => !isSlope || withNtk);
  const { variables, matrices, numerical, cancelling } = context;
  const compiled = {
    hasFiniteNtk: withNtk && !context.checks.some(({ limit }) => limit),
    loss: () => Promise.resolve(lossOf(cancelling)),
    ...{ output, variables, matrices, numerical },
  };
  const exact = { nngp: output.same.select(output.var1, output.nngp), ntk: output.ntk };
  const maps = (names: readonly ("nngp" | "ntk")[]) =>
    Object.fromEntries(names.map((name) => [name, exact[name]]));
  const { positions, var1: variance } = output;
  if (input.positions.length > 0) {
    const program = yield* compileProgram(
      { positions: input.positions, continues: input.kernel !== null },
      context.nodes,
      {
        // Every input's own NNGP is needed for the variances, so it is always among the outputs.
        maps: maps(withNtk ? ["nngp", "ntk"] : ["nngp"]),
        variance,
        checks,
        positions,
        layout: positions.length === 0 ? "diagonal" : layout,
      },
    );
    return { ...compiled, program };
  }
  const map = yield* compileSteps(maps(pairs), { cov: variance }, checks);
  if (input.kernel || first === withGaps) return { ...compiled, program: vectorProgram(map) };
  let known: Compiled | undefined;
  const near = async (signal?: AbortSignal): Promise<Compiled> => {
    if (known) return known;
    const made = await answering(compileFresh(layer, input, pairs, layout, withGaps), { signal });
    return known ??= made;
  };
  return {
    ...compiled,
    program: vectorProgram(map, {
      near: async (signal) => (await near(signal)).program.output,
      ownNtk: compiled.hasFiniteNtk ? yield* OwnNtk.of([...context.ntks, output.ntk], output.same) : null,
    }),
    loss: async (signal) => await (await near(signal)).loss(),
  };
}

/**
 * Covariances are no larger than variances, so that finite ones leave no room for NaN. Only after a nonlinearity whose kernel
 * diverges somewhere may a variance be infinite, and covariances not.
 */
export function checksOfOutput({ var1, positions }: KernelExpr, { checks }: Context): Check[] {
  if (checks.some(({ limit }) => limit)) return [];
  return [{ layer: "the output", variance: var1, positions: countOf(positions) }];
}

function start(input: Kind, pairs: readonly ("nngp" | "ntk")[]): KernelExpr {
  const { symmetric, width, kernel, positions, batchAxis, channelAxis } = input;
  if (kernel?.hasNtk === false && pairs.includes("ntk")) {
    throw new TypeError(
      "Cannot continue an NTK as kernel.ntk must be an array: current value is null, compute it with get null",
    );
  }
  if (positions.length > 0) return spatialInput({ positions, width, batchAxis, channelAxis, kernel });
  const axes = { batchAxis, channelAxis };
  if (!kernel) return { ...inputKernel(width, symmetric), ...axes };
  const { isGaussian, isInput } = kernel;
  return { ...givenKernel({ width, symmetric, isGaussian, isInput }), ...axes };
}

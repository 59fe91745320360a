/** From a network to its program: the layers' rules applied to symbolic inputs. */
import { UnsupportedError } from "../errors.ts";
import { type Check, compile, type Program } from "../program.ts";
import type { Prepared } from "./inputs.ts";
import type { Kernel } from "./kernel.ts";
import {
  type Context,
  givenKernel,
  inputKernel,
  isBranches,
  type KernelExpr,
  type RowFacts,
  spatialInput,
} from "./kernel_expr.ts";
import { compileSpatial, type Layout, type SpatialProgram } from "../spatial/program.ts";
import type { Layer } from "./layer.ts";
import { kernelOf } from "./masked_kernel.ts";
import "./numerical_dual.ts";

/** A network's program, for vectors or with positions, and what its output is. */
export interface Compiled extends Pick<Context, "variables" | "matrices" | "numerical"> {
  readonly program: Program | null;
  readonly spatial: SpatialProgram | null;
  readonly output: KernelExpr;
}

const cache = new WeakMap<Layer, Map<string, Compiled>>();

/** The program that computes the wanted entries of the kernel; compiled once a network and kind of input. */
export function compileNetwork(
  layer: Layer,
  input: Prepared,
  wanted: readonly (keyof Kernel)[],
  layout: Layout,
): Compiled {
  const pairs = wanted.filter((field) => field === "nngp" || field === "ntk");
  const { symmetric, width, kernel, positions, batchAxis, channelAxis, facts } = input;
  const key = [
    pairs,
    symmetric,
    width,
    positions,
    batchAxis,
    channelAxis,
    layout,
    facts.patterns.length > 0,
    facts.masks.length > 0,
    kernel?.isGaussian,
    kernel?.isInput,
    kernel?.ntk === null,
  ].join(";");
  if (!cache.has(layer)) cache.set(layer, new Map());
  const known = cache.get(layer)!;
  if (!known.has(key)) known.set(key, compileFresh(layer, input, pairs, layout));
  return known.get(key)!;
}

function compileFresh(
  layer: Layer,
  input: Prepared,
  pairs: readonly ("nngp" | "ntk")[],
  layout: Layout,
): Compiled {
  const context: Context = {
    checks: [],
    numerical: [],
    nodes: [],
    variables: {},
    matrices: new Map(),
    hasPattern: input.facts.patterns.length > 0,
    maskNames: new Map(),
  };
  const masks = input.facts.masks.length > 0 ? (rows: RowFacts) => rows.masks : null;
  const output = kernelOf(layer, { ...start(input, pairs), masks }, context);
  if (isBranches(output)) {
    throw new UnsupportedError(
      `Cannot compute a kernel as the network must end in one branch: current value is ${output.length}, ` +
        "add FanInSum() or FanInConcat(), or use one network a branch",
    );
  }
  const { nodes, variables, matrices, numerical } = context;
  if (context.hasPattern && matrices.size === 0) {
    throw new TypeError(
      "Cannot compute a kernel as pattern must be null without Aggregate(): current value is edges that no layer reads",
    );
  }
  const checks = [...context.checks, ...checksOfOutput(output, context)];
  const exact = { nngp: output.same.select(output.var1, output.nngp), ntk: output.ntk };
  const maps = (names: readonly ("nngp" | "ntk")[]) =>
    Object.fromEntries(names.map((name) => [name, exact[name]]));
  if (input.positions.length === 0) {
    const program = compile(maps(pairs), { cov: output.var1 }, checks);
    return { program, spatial: null, output, variables, matrices, numerical };
  }
  const { positions, var1: variance } = output;
  const spatial = compileSpatial({ positions: input.positions, continues: input.kernel !== null }, nodes, {
    // Every input's own NNGP is needed for the variances, so it is always among the outputs.
    maps: maps(pairs.includes("ntk") ? ["nngp", "ntk"] : ["nngp"]),
    variance,
    checks,
    positions,
    layout: positions.length === 0 ? "diagonal" : layout,
  });
  return { program: null, spatial, output, variables, matrices, numerical };
}

/**
 * Covariances are no larger than variances, so that finite ones leave no room for NaN. Only after a nonlinearity whose kernel
 * diverges somewhere may a variance be infinite, and covariances not.
 */
function checksOfOutput({ var1 }: KernelExpr, { checks }: Context): Check[] {
  return checks.some(({ limit }) => limit) ? [] : [{ layer: "the output", variance: var1 }];
}

function start(input: Prepared, pairs: readonly ("nngp" | "ntk")[]): KernelExpr {
  const { symmetric, width, kernel, positions, batchAxis, channelAxis } = input;
  if (kernel?.ntk === null && pairs.includes("ntk")) {
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

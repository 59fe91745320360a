/**
 * Derivatives of a network's kernel in options of its layers.
 *
 * In: a network with parameters (`lib/expr/parameter.ts`) in the places of options. Its kernel, by the rules of its layers, is an
 * expression of the inputs' covariances and of the parameters, which is differentiated in each of them. Out: a program whose outputs
 * `d0, d1, …` are the derivatives of every pair, for any backend.
 */
import { UnsupportedError } from "../errors.ts";
import { differentiateSteps } from "../expr/differentiate.ts";
import { constant, type Expr } from "../expr/expr.ts";
import { substituteSteps } from "../expr/graph.ts";
import { numberOf } from "../expr/parameter.ts";
import { answering } from "../pause.ts";
import { compileSteps, type Entrywise } from "../program/entrywise.ts";
import { type Program, vectorProgram } from "../program/program.ts";
import type { Steps } from "../steps.ts";
import { type Kind, kindOf, symbolicKernel } from "./compile.ts";
import { type KernelExpr, withGaps } from "./kernel_expr.ts";
import type { Layer } from "./layer.ts";
import type { Prepared } from "./prepared.ts";
import { loadKernels } from "./rule.ts";

/** What to differentiate. */
export interface Differentiated {
  /** The network, with parameters among its options */
  readonly layer: Layer;
  readonly kernel: "nngp" | "ntk";
  readonly parameters: readonly Expr[];
}

/** The program of the derivatives at the parameters' values. */
export async function derivativesOf(
  differentiated: Differentiated,
  input: Prepared,
  signal?: AbortSignal,
): Promise<Program> {
  await loadKernels(differentiated.layer);
  const kind = kindOf(input);
  const compiled = (first?: (input: KernelExpr) => KernelExpr, signal?: AbortSignal) =>
    answering(compileDerivatives(differentiated, kind, first), { signal });
  let known: Entrywise | undefined;
  const near = async (signal?: AbortSignal) => known ??= await compiled(withGaps, signal);
  return vectorProgram(await compiled(undefined, signal), { near });
}

function* compileDerivatives(
  { layer, kernel, parameters }: Differentiated,
  input: Kind,
  first?: (input: KernelExpr) => KernelExpr,
): Steps<Entrywise> {
  if (input.positions.length > 0) {
    throw notDifferentiable(
      "inputs must be vectors",
      `inputs with positions [${input.positions.join(", ")}]`,
    );
  }
  const { output, context } = yield* symbolicKernel(layer, input, [kernel], first);
  if (context.numerical.length > 0) {
    throw notDifferentiable("every nonlinearity must have a closed form", context.numerical[0].type);
  }
  if (output.batch.kind !== "all") {
    throw notDifferentiable("the network must keep the batch", "Index or FanInConcat on its axis");
  }
  const exact = kernel === "nngp" ? output.same.select(output.var1, output.nngp) : output.ntk;
  const slopes: Expr[] = [];
  for (const parameter of parameters) slopes.push(yield* differentiateSteps(exact, parameter));
  const values = new Map(parameters.map((parameter) => [parameter, constant(numberOf(parameter))]));
  const atValues = yield* substituteSteps(slopes, values);
  return yield* compileSteps(Object.fromEntries(atValues.map((slope, k) => [`d${k}`, slope])), {}, []);
}

const notDifferentiable = (must: string, value: string) =>
  new UnsupportedError(
    `Cannot differentiate a kernel as ${must}: current value is ${value}, use { gradient: "differences" }`,
  );

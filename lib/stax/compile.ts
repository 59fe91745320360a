/** From a network to its program: the layers' rules applied to symbolic inputs. */
import { UnsupportedError } from "../errors.ts";
import { compile, type Program } from "../program.ts";
import type { Prepared } from "./inputs.ts";
import type { Kernel } from "./kernel.ts";
import { type Context, givenKernel, inputKernel, isBranches, type KernelExpr } from "./kernel_expr.ts";
import { type Layer, ruleOf } from "./layer.ts";

/** A network's program, and what its output is. */
export interface Compiled {
  readonly program: Program;
  readonly output: KernelExpr;
}

const cache = new WeakMap<Layer, Map<string, Compiled>>();

/** The program that computes the wanted entries of the kernel; compiled once a network and kind of input. */
export function compileNetwork(layer: Layer, input: Prepared, wanted: readonly (keyof Kernel)[]): Compiled {
  const pairs = wanted.filter((field) => field === "nngp" || field === "ntk");
  const { symmetric, width, kernel } = input;
  const key = [pairs, symmetric, width, kernel?.isGaussian, kernel?.isInput, kernel?.ntk === null].join(";");
  if (!cache.has(layer)) cache.set(layer, new Map());
  const known = cache.get(layer)!;
  if (!known.has(key)) known.set(key, compileFresh(layer, input, pairs));
  return known.get(key)!;
}

function compileFresh(
  layer: Layer,
  { symmetric, width, kernel }: Prepared,
  pairs: readonly ("nngp" | "ntk")[],
): Compiled {
  if (kernel && kernel.ntk === null && pairs.includes("ntk")) {
    throw new TypeError(
      "Cannot continue an NTK as kernel.ntk must be an array: current value is null, compute it with get null",
    );
  }
  const start = kernel
    ? givenKernel({ width, symmetric, isGaussian: kernel.isGaussian, isInput: kernel.isInput })
    : inputKernel(width, symmetric);
  const context: Context = { checks: [] };
  const output = ruleOf(layer).kernel(layer, start, context);
  if (isBranches(output)) {
    throw new UnsupportedError(
      `Cannot compute a kernel as the network must end in one branch: current value is ${output.length}, ` +
        "add FanInSum() or FanInConcat(), or use one network a branch",
    );
  }
  const exact = { nngp: output.same.select(output.var1, output.nngp), ntk: output.ntk };
  const map = Object.fromEntries(pairs.map((name) => [name, exact[name]]));
  return { program: compile(map, { cov: output.var1 }, context.checks), output };
}

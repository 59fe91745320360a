/**
 * From a network and the shape of an image to the steps of its features. Each layer's rule says what becomes of kernels; where that is
 * a sum of kernels at other positions, features are gathered so; nonlinearities, norms and products have steps of their own.
 */
import { countOf } from "../../array/mod.ts";
import { UnsupportedError } from "../../errors.ts";
import type { Expr } from "../../expr/expr.ts";
import type { Context, KernelExpr, KernelTree } from "../../network/kernel_expr.ts";
import { isBranches, spatialInput } from "../../network/kernel_expr.ts";
import type { Layer } from "../../network/layer.ts";
import { isNonlinearity, requireGaussian } from "../../network/nonlinearity.ts";
import { kernelRuleOf } from "../../network/rule.ts";
import { branchesFor } from "../../network/traits.ts";
import { isMixing, nodeVariables } from "../../program/nodes.ts";
import type { Key } from "../../random/mod.ts";
import { identity } from "../../spatial/axis.ts";
import { axesOf, type NormLayer } from "../../stax/layer_norm_axes.ts";
import { finished, stepsOf } from "../../steps.ts";
import { affineOf } from "./affine.ts";
import { Drawing, type Part, type Sum } from "./draw.ts";
import { forwardOf } from "./forward.ts";
import { linksOf, ownTaps } from "./links.ts";
import type { FeatureProgram, Value } from "./steps.ts";

/** The shape of an image. */
export interface ImageShape {
  readonly positions: readonly number[];
  readonly width: number;
}

/** The steps of both kernels' features, with `columns` in between and `outColumns` at most in the end. */
export function featureProgram(
  layer: Layer,
  { positions, width }: ImageShape,
  { key, columns, outColumns }: { readonly key: Key; readonly columns: number; readonly outColumns: number },
): FeatureProgram {
  const walk = new Walk(new Drawing(key, columns), layer.type);
  const { drawing } = walk;
  const input = drawing.value(countOf(positions), width, true);
  walk.leaves.set("cov0", [{ value: input, links: null, factor: 1 / Math.sqrt(width) }]);
  const start = spatialInput({
    positions,
    width,
    batchAxis: 0,
    channelAxis: positions.length + 1,
    kernel: null,
  });
  const output = walk.after(layer, start);
  if (isBranches(output)) {
    throw new UnsupportedError(
      `Cannot map features as the network must end in one branch: current value is ${output.length}, ` +
        "add FanInSum() or FanInConcat(), or use one network a branch",
    );
  }
  if (output.positions.length > 0) {
    throw new UnsupportedError(
      "Cannot map features as the network must have one output a row: current value is an output at positions, " +
        "add Flatten() or GlobalAvgPool()",
    );
  }
  const { nngp, ntk } = walk.sums(output);
  const of = (sum: Sum) => drawing.gathered(sum, 1, outColumns);
  return { input, nngp: of(nngp), ntk: of(ntk), steps: drawing.steps };
}

/** The features of both kernels. */
interface Sums {
  readonly nngp: Sum;
  readonly ntk: Sum;
}

/** Follows the kernel through the layers. */
class Walk {
  /** The kernels that expressions have variables for */
  readonly leaves = new Map<string, Sum>();
  readonly #context: Context = {
    ...{ checks: [], ntks: [], numerical: [], cancelling: [], nodes: [], variables: {}, matrices: new Map() },
    ...{ hasPattern: false, maskNames: new Map(), batchNames: new Map() },
  };

  constructor(readonly drawing: Drawing, readonly network: string) {}

  /** The kernel after a layer. */
  after(layer: Layer, input: KernelTree): KernelTree {
    const { type, layers = [] } = layer as { type: string; layers?: readonly Layer[] };
    if (type === "serial") return layers.reduce((k, next) => this.after(next, k), input);
    if (type === "parallel") {
      const branches = branchesFor<KernelTree>(isBranches(input), input, layers.length);
      return branches.map((k, i) => this.after(layers[i], k));
    }
    if (type === "FanInProd" && isBranches(input)) return this.#multiplied(input as readonly KernelExpr[]);
    if (!isBranches(input) && isNonlinearity(layer)) return this.#forward(layer, input);
    if (!isBranches(input) && type === "LayerNorm") return this.#normalised(layer as NormLayer, input);
    return this.#linear(layer, input);
  }

  /** A layer that makes sums of kernels of kernels, as its rule shows. */
  #linear(layer: Layer, input: KernelTree): KernelTree {
    const { nodes } = this.#context;
    let done = nodes.length;
    const output = finished(stepsOf(kernelRuleOf(layer)(layer, input, this.#context)));
    for (; done < nodes.length; done++) {
      const { nngp, ntk, map } = nodes[done];
      if (isMixing(map)) throw refusal(layer, "which weighs positions by what an input has there");
      const links = linksOf(map);
      const positions = map.axes.reduce((count, { size }) => count * size, 1);
      const names = namesOf(done + 1);
      for (const [name, expr] of [[names.nngp, nngp], [names.ntk, ntk]] as const) {
        const sum = this.#sum(layer, expr, positions);
        this.leaves.set(name, sum.map((part) => ({ ...this.#unlinked(part, positions), links })));
      }
    }
    const outputs = isBranches(output) ? output as readonly KernelExpr[] : [output];
    for (const k of outputs) this.#requireSums(layer, k);
    return output;
  }

  /** Refuses a kernel that is no sum of kernels. */
  #requireSums(layer: Layer, k: KernelExpr): void {
    if (affineOf(k.nngp) && affineOf(k.ntk)) return;
    throw refusal(layer, "whose kernel is no sum of kernels");
  }

  /** A part whose positions are read as they are. */
  #unlinked(part: Part, positions: number): Part {
    if (part.links === null && part.value) return part;
    return { ...part, value: this.drawing.gathered([{ ...part, factor: 1 }], positions), links: null };
  }

  /** What the expression of a kernel is the sum of. */
  #sum(layer: Layer, expr: Expr, positions: number): Sum {
    const affine = affineOf(expr);
    if (!affine) throw refusal(layer, "whose kernel is no sum of kernels");
    const parts = [...affine.factors].flatMap(([name, factor]) =>
      this.leaves.get(name)!.map((part) => ({ ...part, factor: part.factor * Math.sqrt(factor) }))
    );
    if (affine.constant === 0) return parts;
    const links = affine.isLocal ? ownTaps(positions) : null;
    return [...parts, { value: null, links, factor: Math.sqrt(affine.constant) }];
  }

  /** The sums that the kernels of an output are. */
  sums({ nngp, ntk, positions }: KernelExpr, layer: Layer = { type: this.network }): Sums {
    const count = countOf(positions);
    return { nngp: this.#sum(layer, nngp, count), ntk: this.#sum(layer, ntk, count) };
  }

  /** The kernel whose features are these values. */
  #leaf(k: KernelExpr, nngp: Value, ntk: Value, isGaussian: boolean): KernelExpr {
    const { nodes } = this.#context;
    nodes.push({
      nngp: k.nngp,
      ntk: k.ntk,
      variance: k.var1,
      map: { axes: k.positions.map(identity), local: false },
    });
    const names = namesOf(nodes.length);
    this.leaves.set(names.nngp, [{ value: nngp, links: null, factor: 1 }]);
    this.leaves.set(names.ntk, [{ value: ntk, links: null, factor: 1 }]);
    return { ...k, ...nodeVariables(nodes.length, true), gaps: null, isGaussian };
  }

  /** K′ = E[φφ] has features φ(z), and Θ′ = Θ · E[φ′φ′] has φ′(z)·g, for projections z and g of the features of K and Θ. */
  #forward(layer: Layer, k: KernelExpr): KernelExpr {
    requireGaussian(layer.type, k);
    const { nngp, ntk } = this.sums(k, layer);
    const count = countOf(k.positions);
    const z = this.drawing.projected(nngp, count, true);
    const g = this.drawing.projected(ntk, count, false);
    this.drawing.steps.push({ kind: "nonlinearity", z, g, forward: forwardOf(layer) });
    return this.#leaf(k, z, g, false);
  }

  #normalised(layer: NormLayer, k: KernelExpr): KernelExpr {
    const over = axesOf(layer, k.positions.length + 2);
    if (over.length !== 1 || over[0] !== k.channelAxis) {
      throw refusal(layer, `over axes ${over.join(", ")}, not the features alone, axis ${k.channelAxis}`);
    }
    const { nngp, ntk } = this.sums(k, layer);
    const count = countOf(k.positions);
    const [z, g] = [nngp, ntk].map((sum) => this.drawing.copied(sum, count));
    this.drawing.steps.push({ kind: "normalise", z, g, eps: layer.eps });
    return this.#leaf(k, z, g, true);
  }

  /** Πᵢ Kᵢ has the products of projections of all factors as features, and Σᵢ Θᵢ Πⱼ≠ᵢ Kⱼ has those with one of Θᵢ. */
  #multiplied(ks: readonly KernelExpr[]): KernelExpr {
    const output = finished(
      stepsOf(kernelRuleOf({ type: "FanInProd" })({ type: "FanInProd" }, ks, this.#context)),
    );
    const k = output as KernelExpr;
    const count = countOf(k.positions);
    const { drawing } = this;
    const sums = ks.map((k) => this.sums(k));
    const product = (factors: readonly Sum[]): Value => {
      const projected = factors.map((sum) => drawing.projected(sum, count, false));
      const to = drawing.value(count);
      drawing.steps.push({ kind: "product", to, factors: projected });
      return to;
    };
    const nngp = product(sums.map(({ nngp }) => nngp));
    const terms = sums.map(({ ntk }, i) => product(sums.map(({ nngp }, j) => i === j ? ntk : nngp)));
    const ntk = drawing.gathered(terms.map((value) => ({ value, links: null, factor: 1 })), count);
    return this.#leaf(k, nngp, ntk, k.isGaussian);
  }
}

const namesOf = (node: number) => ({ nngp: `cov${node}`, ntk: `ntk${node}` });

const refusal = ({ type }: Layer, what: string) =>
  new UnsupportedError(
    `Cannot map features as every layer must be a nonlinearity or act on features as on inputs: current value has ${type}, ${what}; ` +
      "use kernelFn or nystrom",
  );

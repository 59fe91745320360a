/** Builds our network from the JSON form of the fixtures, which has the Python names. */
import { expr, stax } from "../mod.ts";

type Keywords = Record<string, unknown>;

/** A network in the fixtures' form: ["Layer", keywords], ["serial", […]], ["parallel", […]] or ["repeat", n, network]. */
export type Spec = readonly [string, ...unknown[]];

type Moments = Parameters<NonNullable<stax.ElementwiseOptions["nngp"]>>[0];

/** The kernels that the fixtures give to `Elementwise`, in the form of the Python script. */
const nngps: Record<string, (m: Moments) => expr.Expr> = {
  nngp_erf: ({ cov, var1, var2 }) => {
    const product = var1.mul(2).add(1).mul(var2.mul(2).add(1));
    return expr.asin(cov.mul(2).div(product.sqrt())).mul(2 / Math.PI);
  },
  nngp_relu: ({ cov, rootDet, angle }) =>
    rootDet.div(2 * Math.PI).add(angle.div(-Math.PI).add(1).div(2).mul(cov)),
  nngp_sin: ({ cov, var1, var2 }) => {
    const half = var1.add(var2).mul(-0.5);
    return half.add(cov).exp().sub(half.sub(cov).exp()).div(2);
  },
  nngp_expnorm: ({ cov, var1, var2 }) => {
    const scale = var1.sqrt().mul(var2.sqrt());
    return scale.mul(cov.div(scale).sub(1).exp());
  },
};

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

/** The functions that the fixtures give to `ElementwiseNumerical`. */
const functions: Record<string, (x: expr.Expr) => expr.Expr> = {
  gelu: (x) => x.mul(x.div(Math.SQRT2).erf().add(1)).div(2),
  gelu_tanh: (x) => x.mul(x.add(x.pow(3).mul(0.044715)).mul(SQRT_2_OVER_PI).tanh().add(1)).div(2),
  tanh: (x) => x.tanh(),
  erf: (x) => x.erf(),
  relu: (x) => x.max(0),
};

/** The functions that the fixtures give to `GlobalSelfAttention` for the decay of positional embeddings. */
const decays: Record<string, (distance: expr.Expr) => expr.Expr> = {
  exp_neg: (distance) => distance.neg().exp(),
};

/** The parameters that are positional here. */
const positional: Record<string, string[]> = {
  Dense: ["outDim"],
  ABRelu: ["a", "b"],
  LeakyRelu: ["alpha"],
  Monomial: ["degree"],
  RectifiedMonomial: ["degree"],
  Hermite: ["degree"],
  Polynomial: ["coef"],
  Dropout: ["rate"],
  FanOut: ["num"],
  Conv: ["outChan", "filterShape"],
  ConvLocal: ["outChan", "filterShape"],
  ConvTranspose: ["outChan", "filterShape"],
  AvgPool: ["windowShape"],
  SumPool: ["windowShape"],
  Index: ["idx"],
  ImageResize: ["shape"],
  GlobalSelfAttention: ["nChanOut"],
  ElementwiseNumerical: ["fn"],
};

const camel = (name: string) =>
  name.replace(/^W_/, "w_").replace(/nngp_fn$/, "nngp").replace(
    /_([a-z])/g,
    (_, letter) => letter.toUpperCase(),
  );

function argument(name: string, value: unknown): unknown {
  if (name === "nngp") return nngps[value as string];
  if (name === "fn") return functions[value as string];
  if (name === "posEmbDecayFn") return decays[value as string];
  return value;
}

/** The network of a specification. */
export function build(spec: Spec): stax.Network {
  const [name, ...rest] = spec;
  if (name === "serial" || name === "parallel") return stax[name](...(rest[0] as Spec[]).map(build));
  if (name === "repeat") return stax.repeat(build(rest[1] as Spec), rest[0] as number);
  const type = name === "Sigmoid_like" ? "SigmoidLike" : name;
  const keywords = Object.entries((rest[0] ?? {}) as Keywords).map(([key, value]) => {
    const own = key === "fn" && type === "ElementwiseNumerical" ? "fn" : camel(key);
    return [own, argument(own, value)] as const;
  });
  const options = Object.fromEntries(keywords.filter(([key]) => !positional[type]?.includes(key)));
  const first = (positional[type] ?? []).map((key) => Object.fromEntries(keywords)[key]);
  const constructor = stax[type as keyof typeof stax] as (...args: unknown[]) => stax.Network;
  if (typeof constructor !== "function") throw new TypeError(`No layer ${type}`);
  return Object.keys(options).length > 0 ? constructor(...first, options) : constructor(...first);
}

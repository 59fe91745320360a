/** The public names: adding, renaming or dropping one is a decision that shows here. */
import * as mod from "../mod.ts";
import { assertDeepEquals } from "./assert.ts";
import { nonlinearities } from "./nonlinearities.ts";

const lists: Record<string, string> = {
  mod:
    "BackendUnavailableError DeviceLostError KernelOperator NdArray NotPositiveDefiniteError UnsupportedError array backends " +
    "batch clearCache dual expr features kernelGradient polynomials predict random readNpy sketching stax tiles writeNpy",
  dual: "dualActivation dualKernelEmpirical dualKernelExact dualKernelHermite dualKernelPoly getAct",
  expr:
    "Expr abs acos asin atan atan2 constant cos cosh differentiate erf evaluate exp expm1 log log1p max min " +
    "select sigmoid sign sin sinh softplus sqrt tanh variable",
  features:
    "ActivationFeatures AvgPoolFeatures ConvFeatures DenseFeatures ExpNormalizedFeatures FlattenFeatures " +
    "fromNetwork nystrom randomFeatures serial",
  polynomials: "hermite2mono hermiteCoeffsRelu hermitePolfit hermitePolval hermitePolvalSingle",
  predict:
    "evidence fit gpInference gradientDescent gradientDescentMse gradientDescentMseEnsemble load maxLearningRate prior " +
    "regression ridge",
  random: "Key bernoulli bits choice foldIn key normal permutation randint split uniform",
  sketching: "PolyTensorSketch TensorSRHT",
  stax:
    "ABRelu Abs Aggregate AvgPool Conv ConvLocal ConvTranspose Cos Dense DotGeneral Dropout Elementwise " +
    "ElementwiseNumerical Erf Exp ExpNormalized FanInConcat FanInProd FanInSum FanOut Flatten Gabor Gaussian Gelu " +
    "GlobalAvgPool GlobalSelfAttention GlobalSumPool Hermite Identity ImageResize Index LayerNorm LeakyRelu Monomial " +
    "Polynomial Rbf RectifiedMonomial Relu SigmoidLike Sign Sin SumPool fromJSON parallel repeat serial toJSON",
};

const modules: Record<string, object> = { mod, ...mod };

for (const [name, list] of Object.entries(lists)) {
  Deno.test(`public names of ${name}`, () => {
    // A nonlinearity may be added by its file in `kernels/` and its line in `lib/stax/mod.ts` alone; none may go.
    const added = name === "stax" ? nonlinearities : [];
    assertDeepEquals(Object.keys(modules[name]).sort(), [...new Set([...list.split(" "), ...added])].sort());
  });
}

Deno.test("every namespace has its list", () => {
  const isNamespace = (value: object) => Reflect.get(value, Symbol.toStringTag) === "Module";
  const namespaces = Object.entries(mod).filter(([, value]) => isNamespace(value)).map(([name]) => name);
  assertDeepEquals(namespaces.sort(), Object.keys(lists).filter((name) => name !== "mod").sort());
});

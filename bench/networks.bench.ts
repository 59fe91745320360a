/** Kernels of three hidden layers on every backend that is worth choosing here, in both precisions. */
import { backends, type DType, random } from "../mod.ts";
import { build, type Spec } from "../tests/networks.ts";
import { hiddenLayers } from "./workloads.ts";

const SIZES = [250, 1000];
const activations: Record<string, Spec> = {
  ReLU: ["Relu", {}],
  GELU: ["Gelu", {}],
  Erf: ["Erf", {}],
  Gaussian: ["Gaussian", {}],
  "ElementwiseNumerical(gelu)": ["ElementwiseNumerical", { fn: "gelu" }],
};
const available = (await backends()).filter(({ fast }) => fast);

for (const [name, activation] of Object.entries(activations)) {
  const { kernelFn } = build(hiddenLayers(activation));
  for (const dtype of ["float64", "float32"] as DType[]) {
    for (const n of SIZES) {
      const x = random.normal(random.key(n), [n, 256], { dtype });
      for (const { name: backend } of available.filter(({ dtypes }) => dtypes.includes(dtype))) {
        Deno.bench({
          name: `${backend}`,
          group: `${name}, ${dtype}, n = ${n}`,
          baseline: backend === "reference",
          n: 5,
          warmup: 1,
          fn: async () => {
            await kernelFn(x, null, ["nngp", "ntk"], { backend, dtype });
          },
        });
      }
    }
  }
}

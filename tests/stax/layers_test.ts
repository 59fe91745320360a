/** Kernels of fully connected layers and their combinations against those of the Python library in `layers.json`. */
import type { stax } from "../../mod.ts";
import { assertClose, assertDeepEquals, assertEquals } from "../assert.ts";
import type { FixtureArray } from "../fixtures.ts";
import { build, type Spec } from "../networks.ts";
import { type Target, targets } from "../targets.ts";
import layers from "./layers.json" with { type: "json" };

type Matrices = Partial<Record<"nngp" | "ntk" | "cov1" | "cov2", FixtureArray>>;

interface Expected extends Matrices {
  isGaussian: boolean;
  shape1: number[];
  shape2: number[];
}

interface Case {
  name: string;
  net: Spec;
  x1_x2: Expected;
  x1_x1: Expected;
  /** x2 is a copy of x1 */
  copy?: Expected;
}

const { x1, x2 } = layers;
const cases = layers.cases as unknown as Case[];
const fields = ["nngp", "ntk", "cov1", "cov2"] as const;

function compare(kernel: stax.Kernel, expected: Expected, { scale }: Target, label: string) {
  for (const field of fields) {
    const [got, want] = [kernel[field], expected[field]];
    // Without an x2 there is no cov2.
    if (!want) assertEquals(got, null);
    else {
      const atol = (scale.scale ?? 0) * Math.max(...want.data.map(Math.abs));
      assertClose(got!.data, want.data, { rtol: scale.rtol, atol, message: `${label} ${field}` });
      assertDeepEquals(got!.shape, want.shape);
    }
  }
  const { isGaussian, shape1, shape2 } = kernel;
  assertDeepEquals({ isGaussian, shape1, shape2 }, {
    isGaussian: expected.isGaussian,
    shape1: expected.shape1,
    shape2: expected.shape2,
  });
}

/** A device compiles a shader a case, so it gets those that between them have every layer. */
const onDevices = [
  "width multipliers",
  "Dropout twice",
  "LayerNorm with eps",
  "FanInProd of three",
  "FanInConcat before standard Dense",
  "repeated residual blocks",
];

for (const target of targets) {
  const isDevice = target !== targets[0];
  for (const { name, net, x1_x2, x1_x1, copy } of cases.map(withExactDuplicates)) {
    if (isDevice && !onDevices.includes(name)) continue;
    target.test(name, async () => {
      const { kernelFn } = build(net);
      compare(await kernelFn(x1, x2, null, target.options), x1_x2, target, "x1, x2:");
      compare(await kernelFn(x1, null, null, target.options), x1_x1, target, "x1:");
      if (copy) compare(await kernelFn(x1, copyOf(x1), null, target.options), copy, target, "copy:");
    });
  }
}

function copyOf({ data, shape }: FixtureArray): FixtureArray {
  return { data: [...data], shape: [...shape] };
}

/** The reference's ReLU has the NTK of equal points to √ε only; there Θ follows K ← K + b², Θ ← K + Θ with σ_W² = 2. */
function withExactDuplicates(entry: Case): Case {
  if (entry.name !== "fifty hidden layers") return entry;
  const fix = (expected: Expected, other: FixtureArray): Expected => {
    const ntk = expected.ntk!;
    const data = ntk.data.map((value, i) => {
      const [a, b] = [row(x1, Math.floor(i / ntk.shape[1])), row(other, i % ntk.shape[1])];
      return String(a) === String(b) ? reluNtk(a) : value;
    });
    return { ...expected, ntk: { ...ntk, data } };
  };
  return { ...entry, x1_x2: fix(entry.x1_x2, x2), x1_x1: fix(entry.x1_x1, x1) };
}

function row({ data, shape }: FixtureArray, i: number): number[] {
  return data.slice(i * shape[1], (i + 1) * shape[1]);
}

/** Θ(x, x) of 50 × [Dense(σ_W = √2, σ_b = 0.1), Relu] and Dense(σ_W = 1.3, σ_b = 0.2), with E[φφ] = K/2 and E[φ′φ′] = 1/2. */
function reluNtk(x: readonly number[]): number {
  let nngp = 2 * x.reduce((sum, value) => sum + value ** 2, 0) / x.length + 0.01;
  let ntk = nngp;
  for (let layer = 1; layer < 50; layer++) {
    nngp += 0.01;
    ntk += nngp;
  }
  return 1.3 ** 2 * nngp / 2 + 0.04 + 1.3 ** 2 * ntk / 2;
}

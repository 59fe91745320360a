/** Every nonlinearity in small networks against the reference values of `activations.json`. */
import { type NdArray, stax } from "../../mod.ts";
import { assert, assertClose } from "../assert.ts";
import { fixture, type FixtureArray } from "../fixtures.ts";
import { build, type Spec } from "../networks.ts";
import { targets } from "../targets.ts";

type Kernels = Partial<Record<"nngp" | "ntk" | "cov1" | "cov2", FixtureArray>>;

interface Pairs {
  x1_x2: Kernels;
  x1_x1: Kernels;
}

interface Case extends Pairs {
  id: string;
  act: Spec;
  net: Spec;
  fn: FixtureArray | null;
  edge: Pairs & { net: Spec };
  /** Written where the reference gives NaN unless it is told that positions are diagonal. */
  diagonal_spatial?: Pairs;
}

interface Deep extends Pairs {
  act: Spec;
  net: Spec;
  diagonal_batch_false?: Kernels;
}

const data = fixture<{
  x1: FixtureArray;
  x2: FixtureArray;
  edge_x1: FixtureArray;
  edge_x2: FixtureArray;
  fn_grid: FixtureArray;
  cases: Case[];
  deep: Deep[];
}>("activations");

const numerical = ({ act }: { act: Spec }) => act[0] === "ElementwiseNumerical";
const named = (act: Spec) => JSON.stringify(act);
const fields = ["nngp", "ntk", "cov1", "cov2"] as const;

/** Compares the entries that the reference has; NaN in it is one of its known faults, where ours has to be finite. */
function compare(
  kernel: stax.Kernel,
  expected: Kernels,
  tolerances: { rtol?: number; atol?: number; scale?: number },
  label: string,
) {
  for (const field of fields) {
    const want = expected[field];
    const got = kernel[field];
    if (!want || !got) continue;
    const known = want.data.map((value, i) => [value, got.data[i]]).filter(([value]) =>
      Number.isFinite(value)
    );
    const largest = Math.max(...known.map(([value]) => Math.abs(value)), 0);
    assertClose(known.map(([, value]) => value), known.map(([value]) => value), {
      rtol: tolerances.rtol,
      atol: (tolerances.atol ?? 0) + (tolerances.scale ?? 0) * largest,
      message: `${label} ${field}`,
    });
    const unknown = Array.from(got.data).filter((_, i) => Number.isNaN(want.data[i]));
    assert(
      unknown.every(Number.isFinite),
      `${label} ${field}: must be finite where the reference is NaN, but is ${unknown}`,
    );
  }
}

for (const target of targets) {
  const { options, scale } = target;
  for (const { id, act, net, x1_x2, x1_x1 } of data.cases.filter((c) => !numerical(c))) {
    target.test(`activations ${id} ${named(act)}`, async () => {
      const { kernelFn } = build(net);
      // Where its kernel 1/√Q is finite, Q comes down to 0.1, which amplifies the rounding of float32 inputs by 1/Q.
      const tolerance = id === "032" && options.dtype === "float32" ? { scale: 2e-5 } : scale;
      compare(await kernelFn(data.x1, data.x2, null, options), x1_x2, tolerance, named(act));
      compare(await kernelFn(data.x1, null, null, options), x1_x1, tolerance, named(act));
    });
  }

  for (const { act, net, x1_x2, x1_x1, diagonal_batch_false } of data.deep.filter((c) => !numerical(c))) {
    target.test(`three hidden layers of ${named(act)}`, async () => {
      const { kernelFn } = build(net);
      compare(await kernelFn(data.x1, data.x2, null, options), x1_x2, scale, named(act));
      compare(await kernelFn(data.x1, null, null, options), x1_x1, scale, named(act));
      if (!diagonal_batch_false) return;
      const full = await kernelFn(data.x1, data.x2, null, { ...options, diagonalBatch: false });
      compare(full, diagonal_batch_false, scale, `${named(act)} diagonalBatch`);
    });
  }
}

/**
 * Rows of zeros, duplicates, near duplicates (1e-9 apart), opposite points, norms from 1e-6 to 100. The reference itself moves by
 * 1e-5 between versions here; entries far below the largest are rounding of it, where ours are exact.
 */
const edge = { rtol: 1e-5, scale: 1e-13 };

/** Entry (2, 1) of the edge inputs: points 1e-9 apart. The reference gives 2.38 for degree 1, and 1.342 for the same kernel as Relu. */
const NEAR_DUPLICATE = 13;

const reference = targets[0];

for (const { id, act, edge: { net, x1_x2, x1_x1 } } of data.cases.filter((c) => !numerical(c))) {
  const [type, { b = -1 }] = act as [string, { b?: number }];
  const reason = type === "Exp"
    ? /must be finite in float64/
    : type === "Gaussian" && b > 0
    ? /diverges/
    : null;
  if (reason) {
    // The inputs reach variances of 5000, where these kernels overflow or diverge.
    reference.test(`edge inputs ${id} ${named(act)} are refused`, async () => {
      const error = await build(net).kernelFn(data.edge_x1, null, null, reference.options).catch((error) =>
        error
      );
      assert(error instanceof RangeError && reason.test(error.message), String(error));
    });
    continue;
  }
  reference.test(`edge inputs ${id} ${named(act)}`, async () => {
    const { kernelFn } = build(net);
    const known = type === "RectifiedMonomial" && x1_x2.ntk ? without(x1_x2, "ntk", NEAR_DUPLICATE) : x1_x2;
    compare(await kernelFn(data.edge_x1, data.edge_x2, null, reference.options), known, edge, named(act));
    compare(await kernelFn(data.edge_x1, null, null, reference.options), x1_x1, edge, named(act));
  });
}

function without(kernels: Kernels, field: "ntk", index: number): Kernels {
  const { data, shape } = kernels[field]!;
  return { ...kernels, [field]: { shape, data: data.with(index, NaN) } };
}

/**
 * `ElementwiseNumerical`: the reference integrates with `deg` Gauss–Hermite points a dimension, which leaves these errors of the
 * largest entry (measured against 1e-8; the NTK of a point with itself is the worst). Ours is compared with closed forms below.
 */
const quadratureError: Record<string, number> = {
  gelu_tanh25: 3e-3,
  gelu25: 3e-3,
  tanh25: 6e-2,
  erf25: 6e-2,
  tanh7: 0.3,
};

for (const { id, act, net, x1_x2, x1_x1 } of data.cases.filter(numerical)) {
  const { fn, deg } = act[1] as { fn: string; deg: number };
  reference.test(`activations ${id} ${named(act)} to the reference's own error`, async () => {
    const tolerance = { scale: quadratureError[`${fn}${deg}`] };
    const { kernelFn } = build(["serial", withoutDegree(net)]);
    compare(await kernelFn(data.x1, data.x2, null, reference.options), x1_x2, tolerance, named(act));
    compare(await kernelFn(data.x1, null, null, reference.options), x1_x1, tolerance, named(act));
  });
}

const closedForms: [string, (x: number) => number, stax.Layer][] = [
  ["ReLU", (x) => Math.max(x, 0), stax.Relu()],
  ["|x|", Math.abs, stax.Abs()],
  ["sign", Math.sign, stax.Sign()],
  ["sin", Math.sin, stax.Sin()],
  ["x³", (x) => x ** 3, stax.Monomial(3)],
  ["exp(−x²)", (x) => Math.exp(-x * x), stax.Gaussian()],
];

for (const { name, options, test } of targets) {
  /** Fails unless both nonlinearities give the same kernels after a first layer. */
  const assertSame = async (first: stax.Layer, numerical: stax.Layer, layer: stax.Layer) => {
    const [actual, expected] = await Promise.all(
      [numerical, layer].map((nonlinearity) =>
        stax.serial(first, nonlinearity, stax.Dense(1)).kernelFn(data.x1, null, ["nngp", "ntk"], options)
      ),
    );
    for (const field of ["nngp", "ntk"] as const) {
      const largest = Math.max(...expected[field].data.map(Math.abs));
      const atol = (name.endsWith("float32") ? 2e-6 : 1e-8) * largest;
      assertClose(actual[field].data, expected[field].data, { atol, message: field });
    }
  };

  for (const [label, fn, layer] of closedForms) {
    test(`${label} by Hermite coefficients is its closed form`, () =>
      assertSame(stax.Dense(1, { wStd: 1.3, bStd: 0.1 }), stax.ElementwiseNumerical(fn), layer));
  }

  test("Hermite coefficients of a variance that is the same for all inputs", async () => {
    const rectified = stax.ElementwiseNumerical((x: number) => Math.max(x, 0));
    await assertSame(stax.serial(stax.Dense(1), stax.Rbf(), stax.Dense(1)), rectified, stax.Relu());
    await assertSame(stax.Dense(1, { wStd: 0, bStd: 0.5 }), rectified, stax.Relu());
  });
}

/** The layers of a serial network with `ElementwiseNumerical` to a tolerance instead of a degree. */
function withoutDegree(net: Spec): Spec[] {
  return (net[1] as Spec[]).map(([name, keywords]) => {
    const { deg: _, ...rest } = (keywords ?? {}) as Record<string, unknown>;
    return [name, rest];
  });
}

for (const { id, act, fn, net } of data.cases) {
  if (!fn) continue;
  Deno.test(`forward function ${id} ${named(act)}`, () => {
    const grid = data.fn_grid.data.map((x) => [x]);
    const layer = build((net[1] as Spec[])[1]);
    const outputs: NdArray = layer.applyFn(null, grid);
    assertClose(outputs.data, fn.data, { rtol: 1e-14, atol: 1e-15, message: named(act) });
  });
}

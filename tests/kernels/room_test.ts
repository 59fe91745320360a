/** Variances and parameters at the ends of the range: right values up to where a map would overflow, and an error from there. */
import { dual, stax } from "../../mod.ts";
import assert from "node:assert/strict";
import { assertClose, assertThrows } from "../assert.ts";
import { targets } from "../targets.ts";

/** Right-angled points of variances v/2 and v/2, and a third one at 45° to the first. */
const points = (scale: number) => [[scale, 0], [0, scale], [scale, scale]];

/** Scales whose variances are below and above what products of two variances leave room for. */
const SCALES = { float64: [1e75, 1e78], float32: [1e8, 4e9] } as const;

type Limit = (v1: number, v2: number, cov: number) => number;

/** The limits for large variances: of φ(x) → max(x, 0), sign(x), ½ + ½sign(x), and of a bell of area √π. */
const angle = (v1: number, v2: number, cov: number) =>
  Math.acos(Math.min(1, cov / Math.sqrt(v1) / Math.sqrt(v2)));
const sign: Limit = (...m) => 1 - 2 * angle(...m) / Math.PI;
const limits: Record<string, readonly [stax.Network, Limit]> = {
  Gelu: [
    stax.Gelu(),
    (v1, v2, cov) =>
      (Math.sqrt(v1) * Math.sqrt(v2) * Math.sin(angle(v1, v2, cov)) + (Math.PI - angle(v1, v2, cov)) * cov) /
      (2 * Math.PI),
  ],
  Erf: [stax.Erf(), sign],
  SigmoidLike: [stax.SigmoidLike(), (...m) => 1 / 4 + sign(...m) / 4],
  // P(u ≈ 0, v ≈ 0) = ∫φ · ∫φ / (2π√det)
  Gaussian: [
    stax.Gaussian(),
    (v1, v2, cov) => 1 / (2 * Math.sqrt(v1) * Math.sqrt(v2) * Math.sin(angle(v1, v2, cov))),
  ],
};

for (const { name, options, test } of targets) {
  const dtype = options.dtype!;
  const [large, tooLarge] = SCALES[dtype];
  const rtol = dtype === "float32" ? 1e-4 : 1e-12;

  test("near the end of the range kernels have their limits", async () => {
    for (const [type, [layer, limit]] of Object.entries(limits)) {
      const k = await stax.serial(stax.Dense(1), layer).kernelFn(points(large), null, "nngp", options);
      const v = large * large / 2;
      for (const [i, j, v1, v2, cov] of [[0, 1, v, v, 0], [0, 2, v, 2 * v, v]] as const) {
        const expected = limit(v1, v2, cov);
        const atol = type === "Erf" ? rtol : 0;
        assertClose(k.at(i, j), expected, { rtol, atol, message: `${type} (${i}, ${j}) on ${name}` });
      }
    }
  });

  test("beyond it rows are refused", async () => {
    for (const type of ["Gelu", "Erf", "SigmoidLike", "Gaussian", "Gabor"] as const) {
      const { kernelFn } = stax.serial(stax.Dense(1), stax[type]());
      for (const get of ["nngp", "ntk"] as const) {
        await assert.rejects(() => kernelFn(points(tooLarge), null, get, options), {
          name: "RangeError",
          message: new RegExp(
            `^Cannot compute ${type} as the variance of every row must be below 1[e0+]+[0-9]*, where products of`,
          ),
        });
      }
    }
  });
}

for (const { name, options, test } of targets) {
  test("near duplicates keep their kernel up to the ends of the range", async () => {
    const step = options.dtype === "float32" ? 2 ** -11 : 2 ** -27;
    const { kernelFn } = stax.serial(stax.Dense(1), stax.Relu(), stax.Dense(1), stax.Abs());
    const at = async (scale: number) => {
      const x = [[scale, scale / 4], [scale * (1 + step), scale / 4], [-scale, -scale / 4 * (1 + step)]];
      const { nngp, ntk } = await kernelFn(x, null, ["nngp", "ntk"], options);
      return [nngp, ntk].flatMap((k) => [...k!.data].map((entry) => entry / scale / scale));
    };
    const expected = await at(1);
    // Both functions are homogeneous.
    for (const k of options.dtype === "float32" ? [-20, 40, 60] : [-300, 300, 500]) {
      const message = `2^${k} on ${name}`;
      assertClose(await at(2 ** k), expected, { atol: options.dtype === "float32" ? 2e-6 : 1e-12, message });
    }
  });
}

Deno.test("a custom kernel that reads det has room for it", async () => {
  const layer = stax.Elementwise({ nngp: ({ det }) => det.add(1).sqrt() });
  const { kernelFn } = stax.serial(stax.Dense(1), layer);
  await assert.rejects(() => kernelFn(points(1e78), null, "nngp", { backend: "reference" }), /below 1e\+153/);
});

Deno.test("moments beyond the room of a dual are refused", async () => {
  const moments = { cov: 0, var1: 1e160, var2: 1e160 };
  await assert.rejects(
    () => dual.dualActivation(stax.Erf(), moments, { backend: "reference" }),
    {
      name: "RangeError",
      message:
        /^Cannot take the dual of Erf as var1 must be below 1e\+152, where products of variances overflow in float64: /,
    },
  );
});

const huge: Record<string, () => unknown> = {
  "Erf as b": () => stax.Erf({ b: 1e308 }),
  "Sin as c": () => stax.Sin({ c: 1e308 }),
  "Cos as a": () => stax.Cos({ a: -1e308 }),
  "Exp as b": () => stax.Exp({ b: 1e308 }),
  "Gaussian as b": () => stax.Gaussian({ b: -1e308 }),
  "Rbf as gamma": () => stax.Rbf({ gamma: 1e308 }),
  "ExpNormalized as gamma": () => stax.ExpNormalized({ gamma: 1e308 }),
  "ExpNormalized as shift": () => stax.ExpNormalized({ shift: -1e308 }),
  "ABRelu as b": () => stax.ABRelu(0, 1e308),
  "LeakyRelu as alpha": () => stax.LeakyRelu(1e308),
  "Erf as a": () => stax.fromJSON({ type: "Erf", a: 1e308 }),
};

for (const [what, build] of Object.entries(huge)) {
  Deno.test(`a parameter of 1e308 is refused: ${what}`, async () => {
    const value = what === "Gaussian as b" || what === "Cos as a" || what.endsWith("shift")
      ? "-1e+308"
      : "1e+308";
    await assertThrows(
      build,
      RangeError,
      `Cannot build ${what} must be at most 1e9 in size: current value is ${value}, ` +
        "change wStd of the layer before or after it",
    );
  });
}

/** The largest parameters that are accepted give numbers in every precision. */
const largest: Record<string, stax.Network> = {
  Erf: stax.Erf({ a: 1e9, b: 1e9 }),
  Sin: stax.Sin({ a: 1e9, b: 1e9, c: 1e9 }),
  Cos: stax.Cos({ a: 1e9, b: 1e9, c: 1e9 }),
  Gaussian: stax.Gaussian({ a: 1e9, b: -1e9 }),
  Rbf: stax.Rbf({ gamma: 1e9 }),
  ExpNormalized: stax.ExpNormalized({ gamma: 1e9, shift: -1e9 }),
  ABRelu: stax.ABRelu(-1e9, 1e9),
  LeakyRelu: stax.LeakyRelu(1e9),
};

for (const { options, test } of targets) {
  test("the largest parameters give numbers", async () => {
    for (const [type, layer] of Object.entries(largest)) {
      const { nngp, ntk } = await stax.serial(stax.Dense(1), layer)
        .kernelFn([[1, 0.5], [0.25, -1]], null, ["nngp", "ntk"], options);
      for (const k of [nngp, ntk]) assert(k!.data.every(Number.isFinite), `${type}: ${k!.data}`);
    }
    // 2/π·arcsin(ρ), as b → ∞
    const k = await stax.serial(stax.Dense(1), stax.Erf({ b: 1e9 })).kernelFn(
      [[1, 1], [0, 1]],
      null,
      "nngp",
      options,
    );
    assertClose(k.at(0, 1), 0.5, { rtol: 1e-6, message: "Erf({ b: 1e9 })" });
  });
}

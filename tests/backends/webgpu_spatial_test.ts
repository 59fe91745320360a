/** Networks with positions on the WebGPU backend: what the reference computes, in chains and outside of them. */
import type { stax } from "../../mod.ts";
import { fixture, type FixtureArray } from "../fixtures.ts";
import { build, type Spec } from "../networks.ts";
import { gpuTest } from "../webgpu.ts";
import { assertClose } from "./spatial_jobs.ts";

const dtypes = ["float32", "float64"] as const;
/** Bounds relative to the largest entry: a few roundings. */
const bounds = { float32: 1e-6, float64: 1e-14 };
const fields = ["nngp", "ntk", "cov1", "cov2"] as const;

interface Case {
  name: string;
  net: Spec;
  inputs: string;
  kwargs: { diagonal_spatial?: boolean; diagonal_batch?: boolean };
  pattern?: [FixtureArray, FixtureArray];
}

const { inputs, cases } = fixture<{ inputs: Record<string, FixtureArray>; cases: Case[] }>("conv");

// The reference backend is held to the values of conv.json by tests/stax/conv_test.ts.
for (const dtype of dtypes) {
  for (const { name, net, inputs: from, kwargs, pattern } of cases) {
    gpuTest(`webgpu ${dtype}: ${name}`, async () => {
      const { kernelFn } = build(net);
      const options = {
        diagonalSpatial: kwargs.diagonal_spatial,
        diagonalBatch: kwargs.diagonal_batch,
      };
      const compare = async (x2: FixtureArray | null) => {
        const patterns = pattern && (x2 ? pattern : [pattern[0]] as const);
        const o = patterns ? { ...options, pattern: patterns } : options;
        const compute = (target: stax.KernelOptions) =>
          kernelFn(inputs[`${from}1`], x2, null, { ...o, ...target });
        const actual: stax.Kernel = await compute({ backend: "webgpu", dtype });
        const expected: stax.Kernel = await compute({ backend: "reference" });
        for (const field of fields) {
          const [a, e] = [actual[field], expected[field]];
          if (a && e) assertClose(a.data, e.data, bounds[dtype], `${name} ${x2 ? "x2" : "null"} ${field}`);
        }
      };
      await Promise.all([compare(inputs[`${from}2`]), compare(null)]);
    }, dtype);
  }
}

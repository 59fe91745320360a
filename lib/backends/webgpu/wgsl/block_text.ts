/**
 * The shader of a network of vectors: tiles of covariances from shaders/*.wgsl, and `entry`, the program's map of one pair.
 *
 * In: a job, and where its features are (plan/features.ts). Out: a shader for blocks of pairs (plan/blocks.ts), such as
 *
 *     alias Real = f32;                                       sizes, the struct of uniforms
 *     …                                                       shaders/block.wgsl: the bindings
 *     fn entry(i: u32, j: u32, cov: Real, ntk: Real) {
 *       let t0 = features1[0u * block.rows + i] * cov;
 *       let at = i * block.cols + j;
 *       outputs[at + 0u * block.rows * block.cols] = t0;
 *     }
 *     …                                                       shaders/gram.wgsl: `main`, which calls `entries`, which calls `entry`
 *
 * `main` is in gram.wgsl where covariances are computed from inputs, in given.wgsl where they came with the job; `entries` is in
 * entries.wgsl, or in near.wgsl where the map reads gaps.
 */
import blockText from "../../../../shaders/block.wgsl" with { type: "text" };
import entriesText from "../../../../shaders/entries.wgsl" with { type: "text" };
import givenText from "../../../../shaders/given.wgsl" with { type: "text" };
import gramText from "../../../../shaders/gram.wgsl" with { type: "text" };
import nearText from "../../../../shaders/near.wgsl" with { type: "text" };
import type { DType } from "../../../array/dtype.ts";
import { topological } from "../../../expr/graph.ts";
import type { VectorJob } from "../../../program/job.ts";
import { featureIndex } from "../../../program/entrywise.ts";
import { wgslTypes } from "../../../render/wgsl.ts";
import { NEAR } from "../../near.ts";
import { SIDE, SLAB, TILE } from "../budget.ts";
import type { FeatureLayout } from "../plan/features.ts";
import { constants, mapOperations, renderMap, sizeOfMap } from "./text.ts";
import { blockStruct } from "./parameters.ts";

/** A shader and what it costs. */
interface Shader {
  readonly text: string;
  /** Arithmetic operations a pair, roughly */
  readonly operations: number;
  /** Turns of loops a pair: those of Hermite sums */
  readonly turns: number;
}

const tileTexts = { gram: gramText + entriesText, given: givenText };

/** The shader that computes all outputs of the job's program; `root`: it reads gaps, and this column of the features is √var. */
export function shaderOf(
  { program, source, dtype }: VectorJob,
  layout: FeatureLayout,
  root: number | null = null,
): Shader {
  const { offsets, widths } = layout;
  const { sums, statements, results, prelude } = renderMap(program, {
    dtype,
    name: "entry",
    parameters: ["i: u32", "j: u32"],
    pair: (name) => name,
    feature: (side, column) =>
      side === 1 ? `features1[${column} * block.rows + i]` : `features2[${column} * block.cols + j]`,
    column: (feature) => `${offsets[feature]}u`,
    table: (feature) => [`${offsets[feature]}u`, `${widths[feature]}u`],
  });
  const terms = termsOf(program, layout);
  const text = [
    `alias Real = ${wgslTypes[dtype]};`,
    constants({ SIDE, TILE, SLAB }),
    blockStruct.text,
    blockText,
    prelude,
    ...sums,
    entryText(statements, results, root !== null),
    root === null ? tileTexts[source.kind] : gramText + nearConstants(dtype, root) + nearText,
  ];
  const products = source.kind === "gram" ? 2 * source.depth : 0;
  return {
    text: text.filter(Boolean).join("\n"),
    operations: mapOperations(sizeOfMap(program), terms) + products,
    turns: terms,
  };
}

/** Terms of the Hermite sums of a pair together: each sum ends with the shorter of its two tables. */
function termsOf({ map }: VectorJob["program"], { widths }: FeatureLayout): number {
  const sums = topological(Object.values(map)).filter(({ kind }) => kind === "hermiteSum");
  return sums.reduce(
    (total, { args }) => total + Math.min(...args.slice(0, 2).map((leaf) => widths[featureIndex(leaf)!])),
    0,
  );
}

/** The leading half of the digits: products of two such numbers are exact, however the compiler arranges them. */
const leading: Record<DType, string> = {
  float32: "bitcast<vec4<f32>>(bitcast<vec4<u32>>(x) & vec4<u32>(0xfffff000u))",
  // Beyond the range of float32 the product is rounded.
  float64: "select(vec4<f64>(vec4<f32>(x)), x, abs(x) > vec4<f64>(1e38lf))",
};

/** What shaders/near.wgsl reads besides the entries. */
const nearConstants = (dtype: DType, root: number): string => `
const NEAR = Real(${NEAR[dtype]});
const ROOT = ${root}u;

fn leading(x: vec4<Real>) -> vec4<Real> {
  return ${leading[dtype]};
}

`;

/** The function that maps the covariance (with NTK, and gaps) of rows i and j of the block and stores all outputs. */
function entryText(statements: readonly string[], results: readonly string[], hasGaps: boolean): string {
  const stores = results.map((text, k) => `outputs[at + ${k}u * block.rows * block.cols] = ${text};`);
  const lines = [...statements, "let at = i * block.cols + j;", ...stores].map((line) => `  ${line}\n`);
  const gaps = hasGaps ? ", gap: Real, apart: Real" : "";
  return `fn entry(i: u32, j: u32, cov: Real, ntk: Real${gaps}) {\n${lines.join("")}}\n`;
}

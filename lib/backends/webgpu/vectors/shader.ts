/** The text of a program's shader: a tile of covariances from shaders/*.wgsl, and the program's map of one pair. */
import blockText from "../../../../shaders/block.wgsl" with { type: "text" };
import entriesText from "../../../../shaders/entries.wgsl" with { type: "text" };
import givenText from "../../../../shaders/given.wgsl" with { type: "text" };
import gramText from "../../../../shaders/gram.wgsl" with { type: "text" };
import nearText from "../../../../shaders/near.wgsl" with { type: "text" };
import type { DType } from "../../../array/mod.ts";
import type { Expr, HermiteOrder, Variable } from "../../../expr/expr.ts";
import { topological } from "../../../expr/graph.ts";
import { featureIndex } from "../../../program/program.ts";
import { renderWgsl, wgslTypes } from "../../../render/wgsl.ts";
import type { Job } from "../../../program/job.ts";
import { NEAR } from "../../near.ts";
import { OPERATIONS_PER_NODE, SIDE, SLAB, TILE } from "../budget.ts";
import { blockStruct } from "../wgsl/parameters.ts";
import { constants } from "../spatial/wgsl/text.ts";
import type { FeatureLayout } from "./features.ts";

/** A shader and what it costs. */
export interface Shader {
  readonly text: string;
  /** Arithmetic operations a pair, roughly */
  readonly operations: number;
  /** Turns of loops a pair: those of Hermite sums */
  readonly turns: number;
}

const tileTexts = { gram: gramText + entriesText, given: givenText };

/** The shader that computes all outputs of the job's program; `root`: it reads gaps, and this column of the features is √var. */
export function shaderOf(
  { program, source, dtype }: Job,
  layout: FeatureLayout,
  root: number | null = null,
): Shader {
  const sums = new Map<string, string>();
  const { prelude, statements, results } = renderWgsl(program.map, {
    precision: dtype,
    reference: (leaf) => {
      const index = featureIndex(leaf);
      return index === undefined
        ? (leaf.payload as Variable).name
        : feature(leaf, `${layout.offsets[index]}u`);
    },
    hermiteSum: (node, rho) => {
      const body = hermiteBody(node, layout);
      if (!sums.has(body)) sums.set(body, `hermite_sum_${sums.size}`);
      return `${sums.get(body)}(i, j, ${rho})`;
    },
  });
  const sumTexts = [...sums].map(([body, name]) =>
    `fn ${name}(i: u32, j: u32, rho: Real) -> Real {\n${body}\n}`
  );
  const parts = [
    blockText,
    prelude,
    ...sumTexts,
    entryText(statements, Object.values(results), root !== null),
  ];
  const operations = operationsOf(Object.values(program.map), layout);
  return {
    text: [
      `alias Real = ${wgslTypes[dtype]};`,
      constants({ SIDE, TILE, SLAB }),
      blockStruct.text,
      ...parts.filter(Boolean),
      root === null ? tileTexts[source.kind] : gramText + nearConstants(dtype, root) + nearText,
    ].join("\n"),
    operations: operations + (source.kind === "gram" ? 2 * source.depth : 0),
    turns: turnsOf(Object.values(program.map), layout),
  };
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
function entryText(statements: string, results: readonly string[], hasGaps: boolean): string {
  const stores = results.map((text, k) => `outputs[at + ${k}u * block.rows * block.cols] = ${text};`);
  const lines = [...statements.split("\n"), "let at = i * block.cols + j;", ...stores].filter(Boolean);
  const gaps = hasGaps ? ", gap: Real, apart: Real" : "";
  return [
    `fn entry(i: u32, j: u32, cov: Real, ntk: Real${gaps}) {`,
    ...lines.map((line) => `  ${line}`),
    "}",
    "",
  ]
    .join("\n");
}

/** The text of the value of a row's feature in this column. */
function feature(leaf: Expr, column: string): string {
  return (leaf.payload as Variable).scope === "row1"
    ? `features1[${column} * block.rows + i]`
    : `features2[${column} * block.cols + j]`;
}

/** Σₖ k!/(k−m)! · aₖ bₖ ρ^(k−m) by Horner's rule. */
function hermiteBody({ args: [a, b], payload }: Expr, layout: FeatureLayout): string {
  const { order } = payload as HermiteOrder;
  const coefficient = (leaf: Expr) => feature(leaf, `(${layout.offsets[featureIndex(leaf)!]}u + k)`);
  const falling = Array.from({ length: order }, (_, m) => ` * Real(k - ${m}u)`).join("");
  return `  var sum = Real(0);
  for (var k = ${terms(a, b, layout)}u; k > ${order}u;) {
    k--;
    sum = sum * rho + ${coefficient(a)} * ${coefficient(b)}${falling};
  }
  return sum;`;
}

const terms = (a: Expr, b: Expr, { widths }: FeatureLayout) =>
  Math.min(widths[featureIndex(a)!], widths[featureIndex(b)!]);

function operationsOf(roots: readonly Expr[], layout: FeatureLayout): number {
  return topological(roots).reduce((sum, node) => {
    const cost = node.kind === "hermiteSum" ? terms(node.args[0], node.args[1], layout) : 1;
    return sum + OPERATIONS_PER_NODE * cost;
  }, 0);
}

function turnsOf(roots: readonly Expr[], layout: FeatureLayout): number {
  const sums = topological(roots).filter((node) => node.kind === "hermiteSum");
  return sums.reduce((total, { args: [a, b] }) => total + terms(a, b, layout), 0);
}

/**
 * The shaders of feature maps: texts of shaders/features/ between their sizes and what is written out here, transforms of as many
 * columns as a thread has, and nonlinearities from their expressions.
 *
 * In: how the columns of a row are shared out, or a nonlinearity. Out: text. A transform of four columns of a thread is
 *
 *     { let a = (*x)[0]; let b = (*x)[2]; (*x)[0] = a + b; (*x)[2] = a - b; }
 *     { let a = (*x)[1]; let b = (*x)[3]; (*x)[1] = a + b; (*x)[3] = a - b; }
 *     { let a = (*x)[0]; let b = (*x)[1]; (*x)[0] = a + b; (*x)[1] = a - b; }
 *     { let a = (*x)[2]; let b = (*x)[3]; (*x)[2] = a + b; (*x)[3] = a - b; }
 */
import type { DType } from "../../../array/dtype.ts";
import { RUN } from "../../../backends/webgpu/budget.ts";
import { constants } from "../../../backends/webgpu/wgsl/text.ts";
import { input } from "../../../network/activation.ts";
import { renderWgsl, wgslLiteral, wgslTypes } from "../../../render/wgsl.ts";
import type { Forward } from "../forward.ts";
import { NONE, termStruct, workStruct } from "./structs.ts";
import acrossText from "../../../../shaders/features/across.wgsl" with { type: "text" };
import gatherText from "../../../../shaders/features/gather.wgsl" with { type: "text" };
import headText from "../../../../shaders/features/head.wgsl" with { type: "text" };
import nonlinearityText from "../../../../shaders/features/nonlinearity.wgsl" with { type: "text" };
import normaliseText from "../../../../shaders/features/normalise.wgsl" with { type: "text" };
import productText from "../../../../shaders/features/product.wgsl" with { type: "text" };
import segmentText from "../../../../shaders/features/segment.wgsl" with { type: "text" };
import squaresText from "../../../../shaders/features/squares.wgsl" with { type: "text" };

/** How a workgroup shares columns: so many a thread. */
export interface Share {
  readonly threads: number;
  readonly each: number;
}

/** What all shaders begin with. */
const head = (dtype: DType, sizes: Readonly<Record<string, number>>): string =>
  [
    `alias Real = ${wgslTypes[dtype]};`,
    constants({ NONE, ...sizes }),
    termStruct.text,
    workStruct.text,
    headText,
  ].join("\n");

/** A gather, with transforms of segments of `threads` · `each` columns or without. */
export const gatherShader = (share: Share, isProjected: boolean, dtype: DType): string =>
  [
    head(dtype, { RUN, ...sizesOf(share) }),
    ...isProjected
      ? [segmentText, segmentTransform(share)]
      : ["fn transform(x: ptr<function, Columns>, thread: u32) {}"],
    repeated(gatherText, share.each),
  ].join("\n");

/** A transform of `each` columns across segments. */
export const acrossShader = (share: Share, dtype: DType): string =>
  [
    head(dtype, sizesOf(share)),
    `fn transform(x: ptr<function, Columns>) {\n${ownLevels(share.each)}\n}`,
    repeated(acrossText, share.each),
  ].join("\n");

/** A nonlinearity of rows of so many columns. */
export function nonlinearityShader(
  { exprs, readsVariance }: Forward,
  columns: number,
  threads: number,
  dtype: DType,
): string {
  const reference = (leaf: unknown) => leaf === input ? "x" : "variance";
  const { statements, results, prelude } = renderWgsl({ ...exprs! }, { precision: dtype, reference });
  return [
    head(dtype, { THREADS: threads }),
    `const READS_VARIANCE = ${readsVariance};`,
    squaresText,
    prelude,
    `fn forward(x: Real, variance: Real) -> vec2<Real> {
  ${statements.replaceAll("\n", "\n  ")}
  return ${wgslLiteral(1 / Math.sqrt(columns), dtype)} * vec2<Real>(${results.value}, ${results.slope});
}`,
    nonlinearityText,
  ].join("\n");
}

/** A norm of rows. */
export const normaliseShader = (eps: number, threads: number, dtype: DType): string =>
  [
    head(dtype, { THREADS: threads }),
    `const EPS = ${wgslLiteral(eps, dtype)};`,
    squaresText,
    normaliseText,
  ].join("\n");

/** Products of rows of so many columns. */
export const productShader = (columns: number, threads: number, dtype: DType): string =>
  [
    head(dtype, { THREADS: threads }),
    `const FACTOR = ${wgslLiteral(1 / Math.sqrt(columns), dtype)};`,
    productText,
  ].join("\n");

const sizesOf = ({ threads, each }: Share) => ({ THREADS: threads, EACH: each });

/** The text with each line that has a # in it once for every number below `count`. */
const repeated = (text: string, count: number): string =>
  text.split("\n").flatMap((line) =>
    line.includes("#") && !line.startsWith("//")
      ? Array.from({ length: count }, (_, i) => line.replaceAll("#", String(i)))
      : [line]
  ).join("\n");

/** Statements that transform the columns of a thread. */
function ownLevels(count: number): string {
  const lines: string[] = [];
  for (let half = count / 2; half >= 1; half /= 2) {
    for (let i = 0; i < count; i++) {
      const j = i + half;
      if ((i & half) === 0) {
        lines.push(
          `  { let a = (*x)[${i}]; let b = (*x)[${j}]; (*x)[${i}] = a + b; (*x)[${j}] = a - b; }`,
        );
      }
    }
  }
  return lines.join("\n");
}

/** The transform of a segment: levels between the columns of a thread, then those between threads, in workgroup memory. */
function segmentTransform({ threads, each }: Share): string {
  const stages: string[] = [];
  for (let half = threads / 2; half >= 1;) {
    const isTwo = half > 1;
    stages.push(isTwo ? `  quads(thread, ${half / 2}u);` : "  twos(thread);", "  workgroupBarrier();");
    half /= isTwo ? 4 : 2;
  }
  return repeated(
    `fn transform(x: ptr<function, Columns>, thread: u32) {
${ownLevels(each)}
  segment[thread + #u * THREADS] = (*x)[#];
  workgroupBarrier();
${stages.join("\n")}
  (*x)[#] = segment[thread + #u * THREADS];
}`,
    each,
  );
}

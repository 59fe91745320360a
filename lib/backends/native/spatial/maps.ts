/** The maps of a program as C functions over the points of a tile. */
import type { DType } from "../../../array/dtype.ts";
import type { Expr, Variable } from "../../../expr/expr.ts";
import { featureIndex } from "../../../program.ts";
import { inPrimitives } from "../../../render/c.ts";
import { literal } from "./literal.ts";
import { type Pipeline, pipelineOf } from "./pipeline.ts";
import { withoutGuards } from "./signs.ts";
import { statementsOf } from "./statements.ts";

/** How a map reads an earlier node: the sum over `rows` rows of a tile of `taps` neighbours that start at `stride` times its own place. */
export interface Reading {
  readonly node: number;
  readonly rows: number;
  readonly taps: number;
  readonly scale: number;
}

/** A map to be rendered. */
export interface MapSpec {
  readonly map: Readonly<Record<string, Expr>>;
  readonly features: number;
  readonly readings: readonly Reading[];
  /** Values a point of every tile: NNGP and, if there is one, NTK */
  readonly width: number;
  readonly precision: DType;
}

/** The text of the function `name`; `own` is for points of inputs with themselves, where the features of x1 are vectors too. */
export function mapText(name: string, spec: MapSpec, own: boolean): string {
  const { stages, carried, body } = bodyOf(spec, own);
  const indent = (lines: readonly string[], by: string) => lines.map((line) => `${by}${line}`).join("\n");
  return `static void ${name}(const struct call *call) {
  const integer count = call->count;
  const int *p = call->p, *q = call->q, *x = call->x;
${indent(pointers(spec), "  ")}
  for (integer part = 0; part < LANES; part += VECTOR) {
    const REAL *f1 = call->f1${own ? " + part" : ""}, *f2 = call->f2 + part;
    REAL *out = call->out + part;
${indent(carried, "    ")}
    for (integer i = 0; i < count + ${stages - 1}; i++) {
${indent(body, "      ")}
    }
  }
}`;
}

function pointers({ readings }: MapSpec): string[] {
  return readings.flatMap(({ rows }, k) => [
    `const int *x${k} = call->inputs[${k}].x;`,
    ...Array.from(
      { length: rows },
      (_, r) => `const REAL *in${k}_${r} = call->inputs[${k}].tile + call->inputs[${k}].rows[${r}];`,
    ),
  ]);
}

function bodyOf(spec: MapSpec, own: boolean): Pipeline {
  const { map, features, readings, width, precision } = spec;
  const names = Object.keys(map);
  const lowered = withoutGuards(Object.values(inPrimitives(map, precision)));
  const statements = statementsOf(lowered.roots, lowered.nonNegative, precision);
  const outputs = Object.fromEntries(names.map((name, k) => [name, lowered.roots[k]]));
  const ports = {
    load: (leaf: Expr, stage: number) => load(leaf, stage, spec, own),
    latency: (leaf: Expr) =>
      (leaf.payload as Variable)?.scope === "pair"
        ? 5 + 3 * Math.max(...readings.map((r) => r.rows + r.taps))
        : 6,
    store: (output: string, name: string, stage: number) =>
      `*(vector *)(out + (x[${at(stage)}] * ${width}LL + ${names.indexOf(output)}) * LANES) = ${name};`,
  };
  void features;
  return pipelineOf(statements, outputs, ports);
}

const at = (stage: number) => stage === 0 ? "i" : `i - ${stage}`;

function load(
  leaf: Expr,
  stage: number,
  { features, readings, width, precision }: MapSpec,
  own: boolean,
): string {
  if (leaf.kind === "const") return `all(${literal(leaf.value!, precision)})`;
  const { name, scope } = leaf.payload as Variable;
  const feature = featureIndex(leaf);
  if (scope === "row1") {
    return own
      ? `*(const vector *)(f1 + (p[${at(stage)}] * ${features}LL + ${feature}) * LANES)`
      : `all(f1[p[${at(stage)}] * ${features}LL + ${feature}])`;
  }
  if (scope === "row2") {
    return `*(const vector *)(f2 + (q[${at(stage)}] * ${features}LL + ${feature}) * LANES)`;
  }
  if (name === "offset") return "all(call->offset)";
  const value = name.startsWith("cov") ? 0 : 1;
  const k = readings.findIndex(({ node }) => node === Number(name.slice(3)));
  const { rows, taps, scale } = readings[k];
  const column = (tap: number) =>
    Array.from(
      { length: rows },
      (_, r) =>
        `*(const vector *)(in${k}_${r} + part + (x${k}[${at(stage)}] * ${width}LL + ${
          value + tap * width
        }) * LANES)`,
    ).join(" + ");
  const sum = Array.from({ length: taps }, (_, tap) => `(${column(tap)})`).join(" + ");
  return scale === 1 ? sum : `(${sum}) * all(${literal(scale, precision)})`;
}

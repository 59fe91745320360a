/** The C text of a feature map: its nonlinearities, written from their expressions, between the constants and features.c. */
import type { DType } from "../../../array/mod.ts";
import { constantsText } from "../../../backends/native/struct.ts";
import { input } from "../../../network/activation.ts";
import { cTypes, inPrimitives, renderC, renderCPrelude } from "../../../render/c.ts";
import type { Forward } from "../forward.ts";
import { job, kinds, step, term } from "./structs.ts";

// In the order in which they follow each other in a text
import shared from "../../../backends/native/shared.c" with { type: "text" };
import guarded from "../../../ffi/guarded.c" with { type: "text" };
import features from "./features.c" with { type: "text" };

const roots: Readonly<Record<DType, string>> = { float64: "__builtin_sqrt", float32: "__builtin_sqrtf" };
const others: Readonly<Record<DType, string>> = {
  float64: "#define FLOOR __builtin_floor\n#define ABS __builtin_fabs\n",
  float32: "#define FLOOR __builtin_floorf\n#define ABS __builtin_fabsf\n",
};

/** The text for nonlinearities that all are expressions. */
export function featuresText(forwards: readonly Forward[], dtype: DType): string {
  const written = forwards.map((forward, k) => forwardText(forward, k, dtype));
  const operations = new Set(written.flatMap(({ operations }) => [...operations]));
  return [
    `#define REAL ${cTypes[dtype]}\n#define SQRT ${roots[dtype]}\n${others[dtype]}`,
    shared,
    guarded,
    constantsText(kinds),
    term.text,
    step.text,
    job.text,
    renderCPrelude(operations, dtype),
    ...written.map(({ text }) => text),
    "static void forward(integer number, REAL *z, REAL *g, integer count, REAL factor, REAL variance) {",
    ...forwards.map((_, k) => `  if (number == ${k}) forward${k}(z, g, count, factor, variance);`),
    "}",
    features,
  ].join("\n");
}

function forwardText({ exprs }: Forward, k: number, precision: DType) {
  const reference = (leaf: unknown) => leaf === input ? "x" : "variance";
  const { statements, results, operations } = renderC(inPrimitives({ ...exprs! }, precision), {
    precision,
    reference,
  });
  const parameters = "REAL *restrict z, REAL *restrict g, integer count, REAL factor, REAL variance";
  const text = `static void forward${k}(${parameters}) {
  INDEPENDENT
  for (integer j = 0; j < count; j++) {
    const REAL x = z[j];
    ${statements.replaceAll("\n", "\n    ")}
    z[j] = factor * ${results.value};
    g[j] *= factor * ${results.slope};
  }
}`;
  return { text, operations };
}

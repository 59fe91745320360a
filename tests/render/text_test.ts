/** The emitted text, compared with `snapshots/` (UPDATE_SNAPSHOTS=1 writes them), and what renderers refuse. */
import { type Expr, hermiteSum, tableOf, type Variable, variable } from "../../lib/expr/expr.ts";
import { UnsupportedError } from "../../lib/errors.ts";
import { renderJavaScript } from "../../lib/render/javascript.ts";
import { renderWgsl } from "../../lib/render/wgsl.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { powerTable } from "../expr/power_table.ts";

const reference = ({ payload }: Expr) => (payload as Variable).name;
const [cov, var1, var2] = ["cov", "var1", "var2"].map((name) => variable(name));

function arcCosine(): Record<string, Expr> {
  const scale = var1.mul(var2).sqrt();
  const det = scale.sub(cov).mul(scale.add(cov)).max(0).sqrt();
  const dNngp = det.atan2(cov).div(-2 * Math.PI).add(0.5);
  return { nngp: det.mul(0.5 / Math.PI).add(dNngp.mul(cov)), dNngp };
}

const snapshots: Record<string, Record<string, Expr>> = {
  arc_cosine: arcCosine(),
  softplus: { value: cov.max(0).add(cov.abs().neg().exp().log1p()) },
  erf_of_positive: { value: cov.gt(0).and(var1.lt(1)).select(cov.div(var1).erf(), 0), sign: cov.lt(0) },
};

function text(prelude: string, statements: string, results: Record<string, string>): string {
  const named = Object.entries(results).map(([name, result]) => `${name}: ${result}`);
  return [prelude, statements, ...named].filter((part) => part !== "").join("\n") + "\n";
}

function assertSnapshot(name: string, actual: string): void {
  const file = new URL(`snapshots/${name}`, import.meta.url);
  if (Deno.env.get("UPDATE_SNAPSHOTS") === "1") Deno.writeTextFileSync(file, actual);
  assertEquals(
    actual,
    Deno.readTextFileSync(file),
    `${name} differs; UPDATE_SNAPSHOTS=1 accepts the new text`,
  );
}

for (const [name, roots] of Object.entries(snapshots)) {
  Deno.test(`the JavaScript of ${name}`, () => {
    const { statements, results } = renderJavaScript(roots, { reference });
    assertSnapshot(`${name}.js.txt`, text("", statements, results));
  });
  for (const precision of ["float32", "float64"] as const) {
    Deno.test(`the WGSL of ${name} in ${precision}`, () => {
      const { prelude, statements, results } = renderWgsl(roots, { precision, reference });
      assertSnapshot(`${name}.${precision}.wgsl`, text(prelude, statements, results));
    });
  }
}

Deno.test("values used once are inlined, values used twice and roots are named", () => {
  const shared = cov.add(1);
  const { statements, results } = renderJavaScript({ a: shared.mul(shared).sub(var1.mul(3)), b: cov }, {
    reference,
  });
  assertEquals(statements, "const t0 = (cov + 1);\nconst t1 = ((t0 * t0) - (var1 * 3));");
  assertEquals(results.a, "t1");
  assertEquals(results.b, "cov");
});

Deno.test("a deep chain of single uses does not nest without bound", () => {
  let chain: Expr = cov;
  for (let i = 0; i < 10_000; i++) chain = chain.add(var1).mul(var2);
  const { statements } = renderJavaScript({ chain }, { reference });
  assert(statements.split("\n").every((line) => line.length < 100));
});

Deno.test("Hermite sums are written by the caller", () => {
  const [a, b] = [variable("tableA", "row1"), variable("tableB", "row2")];
  const roots = { sum: hermiteSum(a, b, cov.mul(2), 1) };
  const { statements } = renderJavaScript(roots, {
    reference,
    hermiteSum: ({ args }, rho) => `hermiteSum(${args[0]}, ${args[1]}, ${rho})`,
  });
  assertEquals(statements, "const t0 = hermiteSum(tableA, tableB, (cov * 2));");
  const wgsl = renderWgsl({ sum: roots.sum }, {
    precision: "float32",
    reference,
    hermiteSum: (_node, rho) => `hermite_sum(${rho})`,
  });
  assertEquals(wgsl.statements, "let t0 = hermite_sum((cov * 2f));");
});

Deno.test("WGSL refuses what only the CPU computes", async () => {
  const message = (kind: string) =>
    `Cannot compute ${kind} on webgpu as it must be evaluated on the CPU: current value is backend webgpu, ` +
    `use { backend: "reference" }`;
  const render = (value: Expr) => () => renderWgsl({ value }, { precision: "float32", reference });
  const table = tableOf(powerTable([1]), cov);
  await assertThrows(render(hermiteSum(table, table, cov)), UnsupportedError, message("table"));
});

Deno.test("WGSL refuses constants beyond the format", async () => {
  const message = (precision: string, value: string) =>
    `Cannot render a constant as it must be finite in ${precision}: current value is ${value}`;
  const options = { precision: "float32", reference } as const;
  await assertThrows(
    () => renderWgsl({ a: cov.add(1e39) }, options),
    RangeError,
    message("float32", "1e+39"),
  );
  await assertThrows(
    () => renderWgsl({ a: cov.min(Infinity) }, { ...options, precision: "float64" }),
    RangeError,
    message("float64", "Infinity"),
  );
});

Deno.test("float32 literals are the shortest decimals, and the largest is not above the format", () => {
  const literal = (x: number) =>
    renderWgsl({ a: cov.div(x) }, { precision: "float32", reference }).statements.match(/\/ (.*)\)/)![1];
  assertEquals(literal(0.1), "0.1f");
  assertEquals(literal(1 / 3), "0.33333334f");
  assertEquals(literal(-16777216), "-16777216f");
  assertEquals(literal(3.4028234663852886e38), "3.402823466e+38f");
});

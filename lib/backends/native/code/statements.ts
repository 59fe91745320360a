/**
 * A map as statements on vectors: one an operation, with products and sums fused where a product has no other use.
 *
 * In: the expressions of a piece. Out, for pipeline.ts: for each operation its text and how long it takes. x·y + z
 * becomes `const vector t3 = vfma(t0, t1, t2);` with the functions of spatial/vectors.c.
 */
import type { DType } from "../../../array/dtype.ts";
import type { Expr, Variable } from "../../../expr/expr.ts";
import { topological } from "../../../expr/graph.ts";
import { truthValued } from "../../../expr/ops.ts";
import { literal } from "../../../render/c.ts";

/** What defines the value of a node. */
export interface Statement {
  readonly node: Expr;
  readonly type: "vector" | "mask";
  /** What it reads, in the order in which `lines` takes their names */
  readonly reads: readonly Expr[];
  /** Leaves that are needed for few points, so that `lines` loads them in a branch */
  readonly rare?: readonly Expr[];
  /** Text that defines `name`, from what it reads and from the texts that load what is rare, at the point of a stage */
  readonly lines: (
    name: string,
    reads: readonly string[],
    stage: number,
    rare: readonly string[],
  ) => readonly string[];
  /** Declarations before the loop */
  readonly carried?: (name: string) => readonly string[];
  /** Cycles until its value can be used */
  readonly latency: number;
}

/** Cycles of the operations, as on current processors; they decide on the order of statements, never on values. */
const latencies: Readonly<Record<string, number>> = {
  add: 3,
  sub: 3,
  mul: 4,
  div: 14,
  sqrt: 20,
  floor: 8,
  ldexp: 8,
  exponent: 8,
  lt: 4,
  eq: 4,
  and: 1,
  select: 1,
  neg: 1,
  abs: 1,
  min: 2,
  max: 2,
};

const infix: Readonly<Record<string, string>> = { add: "+", sub: "-", mul: "*", div: "/" };

/** The statements that `roots`, in primitive operations, consist of; leaves are left to the caller. */
export function statementsOf(
  roots: readonly Expr[],
  precision: DType,
): Statement[] {
  const order = topological(roots);
  const fused = fusedProducts(order, roots);
  const inner = order.filter((node) =>
    node.args.length > 0 && !fused.has(node) && node.kind !== "hermiteSum"
  );
  return inner.map((node) => rareSelect(node, precision) ?? statement(node, fused, precision));
}

/** The statement of an operation on values that are there. */
function statement(
  node: Expr,
  fused: ReadonlySet<Expr>,
  precision: DType,
): Statement {
  const { call, args } = form(node, fused);
  const reads = [...new Set(args.filter((arg) => arg.kind !== "const"))];
  const isTruth = (i: number) => node.kind === "and" || node.kind === "select" && i === 0;
  const text = (names: readonly string[]) => {
    const nameOf = new Map(reads.map((arg, i) => [arg, names[i]]));
    const operands = args.map((arg, i) => {
      const name = nameOf.get(arg) ?? `all(${literal(arg.value!, precision)})`;
      if (isTruth(i)) return truthValued.has(arg.kind) ? name : `vnonzero(${name})`;
      return truthValued.has(arg.kind) ? `vnumber(${name})` : name;
    });
    return call in infix
      ? `${operands[0]} ${infix[call]} ${operands[1]}`
      : `v${call}(${operands.join(", ")})`;
  };
  const type = truthValued.has(node.kind) ? "mask" : "vector";
  const lines = (name: string, names: readonly string[]) => [`const ${type} ${name} = ${text(names)};`];
  return { node, type, reads, lines, latency: latencies[node.kind] };
}

/**
 * A select of a constant or feature where points are the same, or where something is not above 0: a branch for the few vectors
 * with such a lane. Loads and selects for all of them take 1.08 to 1.11 of the processor's time of 21 convolutions in float64.
 */
function rareSelect(node: Expr, precision: DType): Statement | null {
  if (node.kind !== "select") return null;
  const [condition, x, y] = node.args;
  const isSame = condition.kind === "eq" ||
    condition.kind === "and" && condition.args.every(({ kind }) => kind === "eq");
  const isGuard = condition.kind === "lt" && condition.args[0].value === 0;
  const [usual, rare] = isSame ? [y, x] : [x, y];
  if (!isSame && !isGuard || !isLoaded(rare) || truthValued.has(usual.kind)) return null;
  const reads = usual.kind === "const" ? [condition] : [condition, usual];
  const lines = (name: string, [mask, read]: readonly string[], _: number, [load]: readonly string[]) => [
    `vector ${name} = ${read ?? `all(${literal(usual.value!, precision)})`};`,
    isSame
      ? `if (vany(${mask})) ${name} = vselect(${mask}, ${load}, ${name});`
      : `if (!vevery(${mask})) ${name} = vselect(${mask}, ${name}, ${load});`,
  ];
  return { node, type: "vector", reads, rare: [rare], lines, latency: latencies.select };
}

/** Constants and features; what is summed over neighbours is there in any case. */
const isLoaded = ({ kind, payload }: Expr) =>
  kind === "const" || kind === "variable" && (payload as Variable).scope !== "pair";

/**
 * The operation that computes a node, and on what: mostly its own. Of x·y + z it is fma on x, y and z; of x·y − z fms; of z − x·y
 * fnma; and of a select between −x and x it is the change of a sign bit.
 */
function form(
  node: Expr,
  fused: ReadonlySet<Expr>,
): { call: string; args: readonly Expr[] } {
  const [x, y, z] = node.args;
  if (node.kind === "select" && y.kind === "neg" && y.args[0] === z) {
    return { call: "negateif", args: [x, z] };
  }
  if (node.kind === "add" && fused.has(x)) return { call: "fma", args: [...x.args, y] };
  if (node.kind === "add" && fused.has(y)) return { call: "fma", args: [...y.args, x] };
  if (node.kind === "sub" && fused.has(x)) return { call: "fms", args: [...x.args, y] };
  if (node.kind === "sub" && fused.has(y)) return { call: "fnma", args: [...y.args, x] };
  return { call: node.kind, args: node.args };
}

/**
 * Products that are computed together with the one sum or difference that reads them: fewer operations, and one rounding less.
 */
function fusedProducts(order: readonly Expr[], roots: readonly Expr[]): Set<Expr> {
  const uses = new Map<Expr, number>();
  for (const read of [...order.flatMap(({ args }) => args), ...roots]) {
    uses.set(read, (uses.get(read) ?? 0) + 1);
  }
  const isFree = (arg: Expr | undefined) => arg?.kind === "mul" && uses.get(arg) === 1;
  const fused = new Set<Expr>();
  for (const { kind, args: [x, y] } of order) {
    if (kind !== "add" && kind !== "sub") continue;
    if (isFree(x)) fused.add(x);
    else if (isFree(y)) fused.add(y);
  }
  return fused;
}

/**
 * Entrywise maps: what happens to a covariance between two linear maps of positions, at each entry on its own.
 *
 * However many layers it is of, a map is one expression of (cov, var1, var2); that of a fully connected network is all of it.
 * Compiling splits it by where values live: what depends on one point alone (the variances of every layer, their roots, Hermite coefficients) becomes a row
 * *feature*, computed once a row in float64 on the host; what remains is the *map*, computed once a pair on the device.
 */
import { type Expr, type Scope, type Variable, variable, withArgs } from "../expr/expr.ts";
import { substituteSteps, topological, topologicalSteps } from "../expr/graph.ts";
import { remembered } from "../remembered.ts";
import type { Room } from "../room.ts";
import { finished, forEach, type Steps } from "../steps.ts";

/** A variance, or mean square, that has to be finite, and below `limit.value` where the layer's kernel diverges. */
export interface Check {
  readonly layer: string;
  readonly variance: Expr;
  /** At how many positions of a row there is such a variance */
  readonly positions: number;
  readonly limit?: { readonly value: number; readonly reason: string };
  /** It is the mean square of the layer's slope, which only NTKs read */
  readonly isSlope?: true;
  /** What the layer's map leaves room for */
  readonly room?: Room;
  /** Under what the range of the variance is kept, if it matters for errors */
  readonly key?: object;
}

/** A compiled map. */
export interface Entrywise {
  /** Per pair: expressions of `cov`, `ntk` and the features `f0, f1, …` of scope row1 and row2. */
  readonly map: Readonly<Record<string, Expr>>;
  /** Per row: the features, expressions of the row variables in scope row1. */
  readonly features: readonly Expr[];
  /** Per row: outputs (`cov`), expressions of the row variables in scope row1. */
  readonly rows: Readonly<Record<string, Expr>>;
  /** Per row: conditions on the input. */
  readonly checks: readonly Check[];
}

/** The map that computes `pairs` for every pair and `rows` for every row. */
export const compile = (...parts: Parameters<typeof compileSteps>): Entrywise =>
  finished(compileSteps(...parts));

/** The same, in steps. */
export function* compileSteps(
  pairs: Readonly<Record<string, Expr>>,
  rows: Readonly<Record<string, Expr>>,
  checks: readonly Check[],
): Steps<Entrywise> {
  const names = Object.keys(pairs);
  const rowNames = Object.keys(rows);
  const { roots, features } = yield* split(names.map((name) => pairs[name]));
  const perRow = yield* ofRow1([
    ...rowNames.map((name) => rows[name]),
    ...checks.map((check) => check.variance),
  ]);
  return {
    map: Object.fromEntries(names.map((name, i) => [name, roots[i]])),
    features,
    rows: Object.fromEntries(rowNames.map((name, i) => [name, perRow[i]])),
    checks: checks.map((check, i) => ({ ...check, variance: perRow[rowNames.length + i] })),
  };
}

/** All that a map computes of every row: one list, by which what is made of it is found again. */
export const rowRoots = remembered(({ features, rows, checks }: Entrywise): readonly Expr[] => [
  ...features,
  ...Object.values(rows),
  ...checks.map(({ variance }) => variance),
]);

/** The names of the row variables (`var`, `id`, `index`) that the map reads. */
export function rowInputs(program: Entrywise): Set<string> {
  const leaves = topological(rowRoots(program)).filter((node) => node.kind === "variable");
  return new Set(leaves.map((leaf) => (leaf.payload as Variable).name));
}

/** The index of the feature that a variable of the map stands for, or undefined for a pair variable. */
export function featureIndex({ payload }: Expr): number | undefined {
  const { name, scope } = payload as Variable;
  return scope === "pair" ? undefined : Number(name.slice(1));
}

/** Replaces every maximal sub-expression of one row by a feature variable. */
function* split(pairs: readonly Expr[]): Steps<{ roots: Expr[]; features: Expr[] }> {
  const order = yield* topologicalSteps(pairs);
  const scopes = yield* scopesOf(order);
  const isRow = (node: Expr) => scopes.get(node) === "row1" || scopes.get(node) === "row2";
  const needed = [
    ...order.filter((node) => scopes.get(node) === "pair").flatMap(({ args }) => args),
    ...pairs,
  ];
  const maximal = [...new Set(needed.filter(isRow))];
  const canonical = yield* ofRow1(maximal);
  const features = [...new Set(canonical)];
  const positions = new Map(features.map((feature, i) => [feature, i]));
  const made = new Map<Expr, Expr>(
    maximal.map((node, i) => [node, variable(`f${positions.get(canonical[i])}`, scopes.get(node)!)]),
  );
  const reduced = (node: Expr) => made.get(node) ?? node;
  yield* forEach(order, (node) => {
    if (scopes.get(node) === "pair") made.set(node, withArgs(node, node.args.map(reduced)));
  });
  return { roots: pairs.map(reduced), features };
}

/** For every node, each after its arguments, the scope of its variables; null for constants. The table of a constant is the same for every row. */
function* scopesOf(order: readonly Expr[]): Steps<Map<Expr, Scope | null>> {
  const scopes = new Map<Expr, Scope | null>();
  yield* forEach(order, (node) => {
    const least = node.kind === "table" ? "row1" : null;
    if (node.kind === "variable") scopes.set(node, (node.payload as Variable).scope);
    else scopes.set(node, node.args.map((arg) => scopes.get(arg)!).reduce(join, null) ?? least);
  });
  return scopes;
}

const join = (a: Scope | null, b: Scope | null): Scope | null =>
  a === null || a === b ? b : b === null ? a : "pair";

/**
 * The expressions with the variables of x2's rows exchanged for those of x1's: the same functions of a row. All in one pass,
 * since every layer's variance contains those before it.
 */
function* ofRow1(exprs: readonly Expr[]): Steps<Expr[]> {
  const leaves = (yield* topologicalSteps(exprs)).filter((node) => node.kind === "variable");
  const mirrored = leaves.map((leaf) => [leaf, variable((leaf.payload as Variable).name, "row1")] as const);
  return yield* substituteSteps(exprs, new Map(mirrored));
}

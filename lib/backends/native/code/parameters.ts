/**
 * Constants of a map as arguments of its compiled code: networks that differ in them alone, as in a sweep over `wStd`, share one
 * object. The first kernel of another one takes a tenth of the time then (50 ms instead of 500 ms).
 *
 * In: the map of a program. Out, for `strips.ts`: the map with the variables `p0, p1, …` in their places, and their values. What
 * was 1.96·cov + 0.01 becomes p0·cov + p1, with the values 1.96 and 0.01.
 */
import { type Expr, type Kind, variable, withArgs } from "../../../expr/expr.ts";
import { topological } from "../../../expr/graph.ts";
import { forEach, type Steps } from "../../../steps.ts";

/** A map, and what its parameters are. */
interface Parametrised {
  readonly map: Readonly<Record<string, Expr>>;
  readonly values: readonly number[];
}

/** Operations on constants that stay what they are whatever the constant is. */
const arithmetic: ReadonlySet<Kind> = new Set<Kind>(["add", "sub", "mul", "div"]);

/** Multiplying by them is another operation, or none. */
const SPECIAL: ReadonlySet<number> = new Set([0, 0.5, 1, 2].flatMap((x) => [x, -x]));

/** The map of a program with its constants as variables, in steps. */
export function* parameterSteps(map: Parametrised["map"]): Steps<Parametrised> {
  const variables = new Map<Expr, Expr>();
  const made = new Map<Expr, Expr>();
  const variableOf = (node: Expr) => {
    if (!variables.has(node)) variables.set(node, variable(`p${variables.size}`));
    return variables.get(node)!;
  };
  yield* forEach(topological(Object.values(map)), (node) => {
    const takesAny = arithmetic.has(node.kind);
    made.set(
      node,
      withArgs(node, node.args.map((arg) => takesAny && isParameter(arg) ? variableOf(arg) : made.get(arg)!)),
    );
  });
  return {
    map: Object.fromEntries(Object.entries(map).map(([name, root]) => [name, made.get(root)!])),
    values: [...variables.keys()].map(({ value }) => value!),
  };
}

const isParameter = ({ value }: Expr): boolean =>
  value !== undefined && Number.isFinite(value) && !SPECIAL.has(value);

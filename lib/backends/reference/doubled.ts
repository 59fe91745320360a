/**
 * The reference backend with twice the digits: what computes kernels of inputs that lie too close together for double precision.
 * In: the same jobs. Out: the same results, rounded to doubles. Loaded when it is first needed.
 */
import { type Expr, variable } from "../../expr/expr.ts";
import { substituteSteps, topologicalSteps } from "../../expr/graph.ts";
import { breather } from "../../pause.ts";
import { type Entrywise } from "../../program/entrywise.ts";
import type { Gram, Job } from "../../program/job.ts";
import { isMixing, outSizeOf, sizeOf } from "../../program/nodes.ts";
import { entriesOf, isOfVectors, outputEntries, type Program } from "../../program/program.ts";
import { withRows } from "../../rows/vector_job.ts";
import { vectorRows } from "../../rows/vectors.ts";
import { inTurns, type Steps } from "../../steps.ts";
import type { Backend } from "../backend.ts";
import { reference } from "./backend.ts";
import { doubleDouble } from "./double_double.ts";
import { runSpatial } from "./images.ts";

/** The reference backend with twice the digits. */
export const doubled: Backend = {
  ...reference,
  async run(job) {
    if (!isOfVectors(job.program)) return await runSpatial(doubleDouble, job);
    // The conditions on rows are those of double precision.
    return await withRows(job, async () => {
      const { matrices } = await runSpatial(doubleDouble, await asImages(job));
      return Object.fromEntries(Object.keys(job.program.output.map).map((name) => [name, matrices[name]]));
    });
  },
};

/** Vectors as images of one position. */
async function asImages(job: Job): Promise<Job> {
  const breathe = breather(job);
  const { x1, x2, depth } = job.source as Gram;
  const ids = await inTurns(vectorRows(job.symmetric ? [x1] : [x1, x2], depth).id(), breathe);
  const output = await inTurns(renamed(job.program.output), breathe);
  return {
    ...job,
    program: { ...job.program, output, checks: [[]], vectors: null },
    rowVariables: { ...job.rowVariables, id: { values: ids, positions: 1 } },
  };
}

/** The map with the names that covariances and variances of the input have in programs with positions, which always have an NNGP. */
function* renamed({ map, features, ...program }: Entrywise): Steps<Entrywise> {
  const names = new Map<Expr, Expr>([
    [variable("cov"), variable("cov0")],
    [variable("var", "row1"), variable("var0", "row1")],
  ]);
  const outputs = yield* substituteSteps(Object.values(map), names);
  return {
    ...program,
    map: {
      nngp: variable("cov0"),
      ...Object.fromEntries(Object.keys(map).map((name, k) => [name, outputs[k]])),
    },
    features: yield* substituteSteps(features, names),
  };
}

/** How many operations a program takes for a pair of inputs: those of its maps and sums, at every entry. In steps. */
export function* operationsOf(program: Program): Steps<number> {
  let operations = 0;
  const count = function* (map: Entrywise["map"], entries: number): Steps<void> {
    operations += (yield* topologicalSteps(Object.values(map))).length * entries;
  };
  for (const { map, program: { map: entrywise }, layoutIn } of program.nodes) {
    yield* count(entrywise, entriesOf(sizeOf(map), layoutIn));
    // A row of its own for each position, or as many products as its terms have.
    const terms = isMixing(map) ? 2 * map.size : map.axes.reduce(
      (sum, { terms, outSize }) => sum + terms.flat().reduce((all, { at }) => all + at.length, 0) / outSize,
      0,
    );
    operations += terms * entriesOf(outSizeOf(map), layoutIn);
  }
  yield* count(program.output.map, outputEntries(program).count);
  return operations;
}

/** What `ActivationFeatures` computes: projections of each row, then the nonlinearity and its derivative. */
import { wrongType } from "../options.ts";
import type { Parts } from "../sketching/complex.ts";
import { inRanges, type Steps } from "../steps.ts";
import type { Compute } from "./layer.ts";
import type { Forward } from "./spatial/forward.ts";
import { projectRow } from "./spatial/project.ts";
import type { ActivationInputs, State } from "./state.ts";

/** Rows that are projected in a step, some milliseconds. */
const STEP_ROWS = 16;

/** φ(z)/√D and φ′(z)·g/√D at each row. */
export function* activated(
  compute: Compute,
  state: State,
  forward: Forward,
  sketchDim: number,
  inputs: ActivationInputs,
): Steps<State> {
  const { nngp, ntk, isReversed } = yield* compute.whole(state);
  if (ntk && !inputs.ntk) {
    throw wrongType(
      "apply ActivationFeatures",
      "inputs.ntk",
      "signs, as its input has features of the NTK",
      null,
    );
  }
  const shape = [...nngp.shape.slice(0, -1), sketchDim];
  const z = yield* projected("nngp", nngp, inputs.nngp, shape);
  // Without an NTK the slopes multiply nothing.
  const g = ntk ? yield* projected("ntk", ntk, inputs.ntk!, shape) : new Float64Array(z.length);
  yield* inRanges(z.length / sketchDim, STEP_ROWS, (start, end) => {
    for (let row = start; row < end; row++) {
      const [from, to] = [row * sketchDim, (row + 1) * sketchDim];
      const variance = forward.readsVariance ? squaredNorm(nngp, row) : 0;
      forward.apply(z, g, from, to, 1 / Math.sqrt(sketchDim), variance);
    }
  });
  return {
    nngp: { shape, re: z, im: null },
    ntk: ntk && { shape, re: g, im: null },
    norms: null,
    isReversed,
  };
}

/** Projections of all rows, shape (…, sketchDim). */
function* projected(
  name: string,
  { shape, re, im }: Parts,
  signs: ActivationInputs["nngp"],
  outShape: readonly number[],
): Steps<Float64Array> {
  const [width, columns] = [shape[shape.length - 1], signs.shape[1]];
  const sketchDim = outShape[outShape.length - 1];
  const length = im ? 2 * width : width;
  if (length > columns || sketchDim > columns) {
    throw wrongType(
      "apply ActivationFeatures",
      `inputs.${name}`,
      `signs of at least ${Math.max(length, sketchDim)} columns, as its input needs`,
      columns,
    );
  }
  const count = re.length / width;
  const rounds = Array.from(
    { length: signs.shape[0] },
    (_, round) => signs.data.subarray(round * columns, (round + 1) * columns),
  );
  const out = new Float64Array(count * sketchDim);
  const row = new Float64Array(columns);
  yield* inRanges(count, STEP_ROWS, (start, end) => {
    for (let i = start; i < end; i++) {
      row.fill(0);
      row.set(re.subarray(i * width, (i + 1) * width));
      if (im) row.set(im.subarray(i * width, (i + 1) * width), width);
      projectRow(row, 0, columns, { rounds, shift: null });
      out.set(row.subarray(0, sketchDim), i * sketchDim);
    }
  });
  return out;
}

/** The variance of the projections of a row. */
function squaredNorm({ shape, re, im }: Parts, row: number): number {
  const width = shape[shape.length - 1];
  let sum = 0;
  for (let k = row * width; k < (row + 1) * width; k++) sum += re[k] * re[k] + (im ? im[k] * im[k] : 0);
  return sum;
}

/** Runs the steps of feature maps (steps.ts) in TypeScript, float64: the definition of right for other backends. */
import { inRanges, type Steps } from "../../steps.ts";
import { meanSquare } from "../mean_square.ts";
import { projectRow } from "./project.ts";
import { spentAfter } from "./spent.ts";
import type {
  FeatureProgram,
  FeatureStep,
  Gather,
  Nonlinearity,
  Normalise,
  Product,
  Term,
  Value,
} from "./steps.ts";

/** Entries that are worked on in a step, some milliseconds. */
const ENTRIES = 2 ** 16;

/** Computes the features of one image after the other. */
export class Runner {
  readonly #program: FeatureProgram;
  /** The values that no step from here on reads, for each step */
  readonly #spent: readonly (readonly Value[])[];
  readonly #arrays = new Map<number, Float64Array>();
  readonly #free: Float64Array[] = [];

  constructor(program: FeatureProgram) {
    this.#program = program;
    this.#spent = spentAfter(program);
  }

  /** The features of both kernels for one image (positions, channels); they are overwritten by the next. */
  *features(image: Float64Array): Steps<{ nngp: Float64Array; ntk: Float64Array }> {
    const { input, steps, nngp, ntk } = this.#program;
    for (const array of this.#arrays.values()) this.#free.push(array);
    this.#arrays.clear();
    this.#arrays.set(input.id, image);
    for (const [i, step] of steps.entries()) {
      yield* this.#run(step);
      for (const { id } of this.#spent[i]) {
        if (id !== input.id) this.#free.push(this.#arrays.get(id)!);
        this.#arrays.delete(id);
      }
    }
    const found = { nngp: this.#arrays.get(nngp.id)!, ntk: this.#arrays.get(ntk.id)! };
    this.#arrays.delete(input.id);
    return found;
  }

  #array({ id }: Value): Float64Array {
    return this.#arrays.get(id)!;
  }

  /** An array of zeros for a value. */
  #new({ id, positions, columns }: Value): Float64Array {
    const size = positions * columns;
    const at = this.#free.findIndex((array) => array.length === size);
    const array = at < 0 ? new Float64Array(size) : this.#free.splice(at, 1)[0].fill(0);
    this.#arrays.set(id, array);
    return array;
  }

  #run(step: FeatureStep): Steps<void> {
    switch (step.kind) {
      case "gather":
        return this.#gather(step);
      case "nonlinearity":
        return this.#forward(step);
      case "normalise":
        return this.#normalise(step);
      case "product":
        return this.#multiply(step);
    }
  }

  *#gather({ to, terms, projection }: Gather): Steps<void> {
    const { columns } = to;
    const out = this.#new(to);
    yield* byPosition(to, (P) => {
      const row = P * columns;
      for (const term of terms) addTerm(out, row, columns, term, term.from && this.#array(term.from), P);
      if (projection) projectRow(out, row, columns, projection);
    });
  }

  *#forward({ z, g, forward }: Nonlinearity): Steps<void> {
    const [us, slopes] = [this.#array(z), this.#array(g)];
    const { columns } = z;
    const factor = 1 / Math.sqrt(columns);
    yield* byPosition(z, (P) => {
      const [start, end] = [P * columns, (P + 1) * columns];
      const variance = forward.readsVariance ? meanSquare(us, start, columns) : 0;
      forward.apply(us, slopes, start, end, factor, variance);
    });
  }

  *#normalise({ z, g, eps }: Normalise): Steps<void> {
    const [rows, others] = [this.#array(z), this.#array(g)];
    yield* byPosition(z, (P) => {
      const [start, end] = [P * z.columns, (P + 1) * z.columns];
      const root = Math.sqrt(meanSquare(rows, start, z.columns) * z.columns + eps);
      for (let k = start; k < end; k++) rows[k] /= root;
      for (let k = P * g.columns; k < (P + 1) * g.columns; k++) others[k] /= root;
    });
  }

  *#multiply({ to, factors }: Product): Steps<void> {
    const out = this.#new(to);
    const all = factors.map((factor) => this.#array(factor));
    const scale = 1 / Math.sqrt(to.columns);
    yield* byPosition(to, (P) => {
      for (let k = P * to.columns; k < (P + 1) * to.columns; k++) {
        out[k] = all.reduce((product, factor) => product * factor[k], scale);
      }
    });
  }
}

const byPosition = (value: Value, act: (P: number) => void): Steps<void> =>
  inRanges(value.positions, Math.max(1, Math.floor(ENTRIES / value.columns)), (start, end) => {
    for (let P = start; P < end; P++) act(P);
  });

/** Adds a term to the row of an output position. */
function addTerm(
  out: Float64Array,
  row: number,
  columns: number,
  { from, links, factor, offset, signs }: Term,
  values: Float64Array | null,
  P: number,
): void {
  const width = from?.columns ?? 1;
  const [first, last] = links ? [links.starts[P], links.starts[P + 1]] : [P, P + 1];
  for (let k = first; k < last; k++) {
    const tap = links ? links.taps[k] : 0;
    const weight = links ? factor * links.weights[k] : factor;
    const start = (links ? links.at[k] : k) * width;
    const to = (offset + tap * width) % columns;
    if (values === null) out[row + to] += signs ? weight * signs[tap] : weight;
    else if (signs) addSigned(out, row, columns, to, values, start, width, signs, tap * width, weight);
    else for (let c = 0; c < width; c++) out[row + to + c] += weight * values[start + c];
  }
}

/** Adds a row with signs, from a column on, wrapped around at the end. */
function addSigned(
  out: Float64Array,
  row: number,
  columns: number,
  to: number,
  values: Float64Array,
  start: number,
  width: number,
  signs: Float64Array,
  sign: number,
  weight: number,
): void {
  for (let done = 0, column = to; done < width; column = 0) {
    const count = Math.min(width - done, columns - column);
    const [at, from, by] = [row + column, start + done, sign + done];
    for (let c = 0; c < count; c++) out[at + c] += weight * signs[by + c] * values[from + c];
    done += count;
  }
}

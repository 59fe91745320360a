/** Features and targets that come batch by batch: what a caller gives, read and checked one after the other. */
import { type ArrayInput, assertFinite, NdArray, toArray } from "../array/mod.ts";
import { toFloat64 } from "../linalg/matmul.ts";
import { requireNames, requireObject, wrongType } from "../options.ts";

/** What messages say cannot be done. */
export const ACTION = "fit ridge regression";

/** Some points: their features and what is to be predicted of them. */
export interface FeatureBatch {
  /** Features Φ, a row for each point, shape [rows, features]. */
  readonly features: ArrayInput;
  /** Targets Y, shape [rows, outputs]. */
  readonly targets: ArrayInput;
}

/** Batches one after the other, which may be awaited. */
export type FeatureStream = Iterable<FeatureBatch> | AsyncIterable<FeatureBatch>;

/**
 * Batches, or a function that gives those from number `start` (0 for the first) on: with it, no batch is computed again that a
 * checkpoint has seen, but for the last of them.
 */
export type FeatureBatches = FeatureStream | ((start: number) => FeatureStream | Promise<FeatureStream>);

/** A batch in float64, checked. */
export interface Batch {
  readonly features: NdArray<Float64Array>;
  readonly targets: NdArray<Float64Array>;
}

/** The numbers of features and outputs, and the name of the batch that has settled them. */
export interface Width {
  readonly features: number;
  readonly outputs: number;
  readonly of: string;
}

/** Where the width is noted when the first batch is read, be it one of training or of validation. */
export interface Settled {
  width: Width | null;
}

/** The batches from `start` on, checked when their turn comes; `name` is what messages call all of them. */
export async function* batchesFrom(
  given: FeatureBatches,
  name: string,
  settled: Settled,
  start = 0,
): AsyncGenerator<Batch, void, void> {
  const stream = typeof given === "function" ? requireStream(await given(start), `${name}(${start})`) : given;
  let index = typeof given === "function" ? start : 0;
  for await (const batch of stream) yield batchOf(batch, `${name}[${index++}]`, settled);
}

/** `value` if it can be iterated, with or without waiting. */
export function requireStream<T>(value: T, name: string, must = "an iterable of { features, targets }"): T {
  if (typeof value === "object" && value !== null) {
    if (Symbol.iterator in value || Symbol.asyncIterator in value) return value;
  }
  throw wrongType(ACTION, name, must, value);
}

function batchOf(batch: FeatureBatch, name: string, settled: Settled): Batch {
  requireObject(ACTION, name, batch, "an object of features and targets");
  requireNames(ACTION, `the names in ${name}`, ["features", "targets"], batch);
  const { width } = settled;
  const as = width && `, as of ${width.of}`;
  const features = toArray(batch.features, `${name}.features`);
  const [rows, columns] = features.shape;
  const wantedColumns = width?.features ?? columns;
  if (features.shape.length !== 2 || columns !== wantedColumns) {
    throw wrongShape(
      `${name}.features`,
      width ? `[rows, ${wantedColumns}]${as}` : "[rows, features]",
      features,
    );
  }
  const targets = toArray(batch.targets, `${name}.targets`);
  const outputs = targets.shape[1];
  const wantedOutputs = width?.outputs ?? outputs;
  if (targets.shape.length !== 2 || targets.shape[0] !== rows || outputs !== wantedOutputs) {
    throw wrongShape(
      `${name}.targets`,
      width ? `[${rows}, ${wantedOutputs}]${as}` : `[${rows}, outputs]`,
      targets,
    );
  }
  assertFinite(features, `${name}.features`);
  assertFinite(targets, `${name}.targets`);
  settled.width ??= { features: columns, outputs, of: name };
  return { features: toFloat64(features), targets: toFloat64(targets) };
}

function wrongShape(name: string, must: string, { shape }: NdArray): TypeError {
  return new TypeError(
    `Cannot ${ACTION} as the shape of ${name} must be ${must}: current value is [${shape.join(", ")}]`,
  );
}

/** Batches of which the first one was read, and kept, in advance. */
export interface Opened {
  readonly all: () => AsyncGenerator<Batch, void, void>;
  /** Lets the source go, if it was not read to its end. */
  readonly close: () => Promise<unknown>;
}

/** Reads the first batch, so that what is wrong with it shows before hours of other work. */
export async function opened(given: FeatureBatches, name: string, settled: Settled): Promise<Opened> {
  const rest = batchesFrom(given, name, settled);
  const { value, done } = await rest.next();
  if (done) throw noBatches(name);
  // The caller may use its memory for the next batch of training.
  const first = { features: copied(value.features), targets: copied(value.targets) };
  return {
    all: async function* () {
      yield first;
      yield* rest;
    },
    close: () => rest.return(),
  };
}

const copied = ({ data, shape }: NdArray<Float64Array>) => new NdArray(data.slice(), shape);

/** The error for a source that gives nothing. */
export function noBatches(name: string): RangeError {
  return new RangeError(`Cannot ${ACTION} as ${name} must have at least one batch: current value is none`);
}

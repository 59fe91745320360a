/** What a family of feature maps reaches by its dimension. */
import { rowRange } from "../lib/array/mod.ts";
import { random } from "../mod.ts";
import { featureRegression } from "./feature_regression.ts";
import type { TradeoffPoint } from "./plots.ts";
import { progress } from "./progress.ts";
import { imageCount, type Task } from "./regression.ts";
import type { DrawnMap, TradeoffMap } from "./tradeoff_maps.ts";

/** Images of which the error is that of the kernel between all of them. */
const ERROR_IMAGES = 64;
/** Images that are mapped at a time. */
const BATCH = 256;

/** The maps of a family that are measured. */
export interface CurveOptions {
  /** The dimensions; those that are more than the family may have are left out. */
  readonly dims: readonly number[];
  /** The maps that are drawn of each dimension; what they reach is averaged. */
  readonly keys: number;
  readonly seed: number;
}

/** A point a dimension, in ascending order, with a display named by `label` of how far that is. */
export async function tradeoffCurve(
  { draw, most }: TradeoffMap,
  task: Task,
  { dims, keys, seed }: CurveOptions,
  label: string,
): Promise<TradeoffPoint[]> {
  // The largest come first: they tell best how much time is left.
  const fitting = dims.filter((dimension) => dimension <= most).sort((a, b) => b - a);
  const images = imageCount(task);
  const keyOf = (k: number) => random.foldIn(random.key(seed), k);
  // The first map of a kind compiles code, which is no part of the time that a map takes.
  if (fitting.length > 0) await errorOf(draw(Math.min(...fitting), keyOf(0)), task);
  // The work of most maps is in proportion to their columns.
  const bar = progress(label, fitting.reduce((sum, dimension) => sum + dimension * keys * images, 0));
  let before = 0;
  const point = async (dimension: number, k: number): Promise<TradeoffPoint> => {
    const map = draw(dimension, keyOf(k));
    const { accuracy, seconds } = await regression(
      map,
      task,
      (done) => bar.update(before + dimension * done),
    );
    before += dimension * images;
    return { dimension, accuracy, seconds, error: await errorOf(map, task) };
  };
  const points: TradeoffPoint[] = [];
  try {
    for (const dimension of fitting) {
      const ofKeys: TradeoffPoint[] = [];
      for (let k = 0; k < keys; k++) ofKeys.push(await point(dimension, k));
      points.unshift(meanOf(ofKeys));
    }
    return points;
  } finally {
    bar.stop();
  }
}

/** ‖φφᵀ − Θ‖/‖Θ‖ of a few test images. */
async function errorOf(map: DrawnMap, { test: { x } }: Task): Promise<number> {
  const few = rowRange(x, 0, Math.min(ERROR_IMAGES, x.shape[0]));
  return (await map(few, { errorRows: ERROR_IMAGES })).error!.ntk.value;
}

async function regression(map: DrawnMap, task: Task, onDone: (done: number) => void) {
  return await featureRegression(
    async (x, onMapped) => (await map(x, { errorRows: 0, onProgress: ({ done }) => onMapped(done) })).ntk,
    task,
    { batchSize: BATCH, onDone },
  );
}

/** The mean of all that points of one dimension have. */
export function meanOf(points: readonly TradeoffPoint[]): TradeoffPoint {
  const mean = (of: (point: TradeoffPoint) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  return {
    dimension: points[0].dimension,
    error: mean(({ error }) => error),
    accuracy: mean(({ accuracy }) => accuracy),
    seconds: mean(({ seconds }) => seconds),
  };
}

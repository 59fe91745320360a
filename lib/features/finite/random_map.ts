/**
 * From a network, its widths and a batch to features of the finite network. `random_features.ts` checks what callers pass and loads this
 * with the first batch.
 */
import { allocate, assertFinite, type DType, NdArray, scale } from "../../array/mod.ts";
import type { KernelFn } from "../../network/kernel_fn.ts";
import type { Layer, Params } from "../../network/layer.ts";
import { ruleOf } from "../../network/rule.ts";
import { answering, pacer, type Watch } from "../../pause.ts";
import { foldIn } from "../../random/mod.ts";
import { Shared } from "../../shared.ts";
import { stepsOf } from "../../steps.ts";
import { drawSigns } from "../../sketching/draws.ts";
import { ACTION } from "../call.ts";
import { isConnected } from "./dense_layers.ts";
import { backward, forward, gradientSizes, type Part, partsOf } from "./gradients.ts";
import { errorsOf } from "../estimate.ts";
import { applied } from "./in_steps.ts";
import { GradientSketch } from "./gradient_sketch.ts";
import type { ByKernel, KernelName } from "../kernel_series.ts";
import type { FeatureFnOptions, NetworkFeatures, RandomInputs } from "../network_features.ts";
import { widened } from "./widen.ts";

/** What a map is made of. */
export interface RandomPlan {
  readonly layer: Layer;
  readonly kernelFn: KernelFn;
  readonly names: readonly KernelName[];
  readonly sketchDim: number;
  readonly width: number;
}

type Rows = NdArray<Float64Array>;

/** Features of some rows, of all kernels that were asked for. */
type RowMap = (rows: Rows, stop: Stop) => Promise<Partial<ByKernel<Rows>>>;

type Stop = Pick<Watch, "signal">;

/** Maps that are drawn, as long as there are the plan and what `initFn` returned. */
const draws = new WeakMap<RandomPlan, WeakMap<RandomInputs, Shared<RowMap>>>();

/** Rows that go through a layer at once, of vectors: some ten milliseconds of a thousand channels. Images go one by one. */
const STEP_ROWS = 16;

/** The features of a batch. */
export async function mapRandomly(
  plan: RandomPlan,
  x: NdArray,
  inputs: RandomInputs,
  o: Required<FeatureFnOptions<DType>>,
): Promise<Partial<NetworkFeatures<Float64Array | Float32Array>>> {
  const map = await drawnOnce(plan, inputs).get(o.signal);
  const [count, ...rest] = x.shape;
  const size = x.size / count;
  const step = rest.length === 1 ? STEP_ROWS : 1;
  const features: Partial<Record<KernelName, NdArray>> = {};
  const pace = pacer(o, count);
  for (let start = 0; start < count; start += step) {
    await pace(start);
    const end = Math.min(start + step, count);
    const rows = Float64Array.from(x.data.subarray(start * size, end * size));
    const mapped = await map(new NdArray(rows, [end - start, ...rest]), o);
    for (const name of plan.names) {
      const { data, shape: [, columns] } = mapped[name]!;
      features[name] ??= new NdArray(allocate(count * columns, o.dtype), [count, columns]);
      features[name].data.set(data, start * columns);
    }
  }
  await pace(count);
  const all = features as ByKernel<NdArray>;
  for (const name of plan.names) assertFinite(all[name], name, ACTION, ", lower wStd or the inputs");
  return { ...all, error: await errorsOf(plan.kernelFn, x, all, inputs.key, o) };
}

function drawnOnce(plan: RandomPlan, inputs: RandomInputs): Shared<RowMap> {
  if (!draws.has(plan)) draws.set(plan, new WeakMap());
  const known = draws.get(plan)!;
  if (!known.has(inputs)) known.set(inputs, new Shared((signal) => drawnMap(plan, inputs, { signal })));
  return known.get(inputs)!;
}

/** A map with parameters of its own. */
async function drawnMap(plan: RandomPlan, inputs: RandomInputs, stop: Stop): Promise<RowMap> {
  const { key, shape, channels } = inputs;
  const finite = widened(plan.layer, { hidden: plan.width, last: channels });
  const steps = stepsOf(ruleOf(finite).init(finite, foldIn(key, 0), [-1, ...shape]));
  const [, params] = await answering(steps, stop);
  return isConnected(finite)
    ? connectedMap(partsOf(finite, params), plan, inputs)
    : outputMap(finite, params);
}

/** The outputs of any network. */
function outputMap(finite: Layer, params: Params): RowMap {
  return async (rows, stop) => {
    return { nngp: divided(await answering(applied(finite, params, rows), stop) as Rows) };
  };
}

/** f(x)/√D. */
const divided = (outputs: Rows): Rows => scale(outputs, 1 / Math.sqrt(outputs.shape[1]));

/** The outputs of a fully connected network, and its sketched gradients if they are asked for. */
function connectedMap(
  parts: readonly Part[],
  { names, sketchDim }: RandomPlan,
  { key, channels }: RandomInputs,
): RowMap {
  if (!names.includes("ntk")) {
    return async (rows) => ({ nngp: divided((await forward(parts, rows)).outputs) });
  }
  const readout = scale(drawSigns(foldIn(key, 1), [channels]), 1 / Math.sqrt(channels)).data;
  const sketch = new GradientSketch(foldIn(key, 2), gradientSizes(parts), sketchDim);
  return async (rows, stop) => {
    const pass = await forward(parts, rows);
    const gradients = await backward(parts, pass, readout);
    const ntk = await answering(sketch.of(gradients, rows.shape[0]), stop);
    return { nngp: divided(pass.outputs), ntk };
  };
}

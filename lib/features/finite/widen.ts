/**
 * Networks with other widths, on which kernels of infinitely wide ones do not depend. In: a network as data. Out: the same one with so
 * many channels in hidden layers, and so many in those that give the outputs.
 */
import type { Layer } from "../../network/layer.ts";

/** Channels of layers with weights. */
export interface Widths {
  /** Of those that others follow */
  readonly hidden: number;
  /** Of the last one, or of the last ones in branches side by side */
  readonly last: number;
}

/** What layers with weights call their channels. */
const CHANNELS: Readonly<Record<string, string>> = {
  Dense: "outDim",
  Conv: "outChan",
  ConvTranspose: "outChan",
  ConvLocal: "outChan",
};

/** The layers that a combination is made of; undefined for others. */
export const layersOf = (layer: Layer): readonly Layer[] | undefined =>
  (layer as { readonly layers?: readonly Layer[] }).layers;

/** The network with these widths. */
export function widened(layer: Layer, { hidden, last }: Widths): Layer {
  const channels = CHANNELS[layer.type];
  if (channels) return { ...layer, [channels]: last } as Layer;
  const layers = layersOf(layer);
  if (!layers) return layer;
  const end = layers.findLastIndex(hasWeights);
  const isLast = (i: number) => layer.type === "parallel" || i === end;
  const inner = layers.map((one, i) => widened(one, { hidden, last: isLast(i) ? last : hidden }));
  return { ...layer, layers: inner } as Layer;
}

const hasWeights = (layer: Layer): boolean =>
  layer.type in CHANNELS || (layersOf(layer)?.some(hasWeights) ?? false);

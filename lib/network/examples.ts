/** Which examples of the input the rows of a layer's output are: layers may take some of them, or put batches together. */
import { formatSlice, type Slice, sliceIndices } from "./slice.ts";

/** All examples, those of a slice, or those of several batches one after the other. */
export type Batch =
  | { readonly kind: "all" }
  | { readonly kind: "slice"; readonly of: Batch; readonly slice: Slice }
  | { readonly kind: "concat"; readonly of: readonly Batch[]; readonly label: string };

/** Every example once, in order. */
export const everything: Batch = { kind: "all" };

/** The rows of a batch. */
export interface BatchRows {
  /** The example that each row comes from */
  readonly sources: readonly number[];
  /** For the label of each concatenation the part that each row belongs to; 0 where the row is in none */
  readonly labels: Readonly<Record<string, readonly number[]>>;
}

/** The rows of a batch of a network's input with `count` examples. */
export function rowsOf(batch: Batch, count: number): BatchRows {
  if (batch.kind === "all") return { sources: Array.from({ length: count }, (_, i) => i), labels: {} };
  if (batch.kind === "slice") {
    const { sources, labels } = rowsOf(batch.of, count);
    const at = indicesOf(batch.slice, sources.length);
    const taken = (values: readonly number[]) => at.map((i) => values[i]);
    return {
      sources: taken(sources),
      labels: Object.fromEntries(Object.entries(labels).map(([name, values]) => [name, taken(values)])),
    };
  }
  return concatenated(batch.of.map((part) => rowsOf(part, count)), batch.label);
}

function concatenated(parts: readonly BatchRows[], label: string): BatchRows {
  const names = new Set(parts.flatMap(({ labels }) => Object.keys(labels)));
  const joined = (name: string) =>
    parts.flatMap(({ sources, labels }) => labels[name] ?? sources.map(() => 0));
  return {
    sources: parts.flatMap(({ sources }) => sources),
    labels: {
      ...Object.fromEntries([...names].map((name) => [name, joined(name)])),
      [label]: parts.flatMap(({ sources }, part) => sources.map(() => part)),
    },
  };
}

function indicesOf(slice: Slice, length: number): number[] {
  const indices = sliceIndices(slice, length);
  if (indices.length === 0) {
    throw new RangeError(
      `Cannot apply Index as its slice of the batch must keep an example: current value is ${
        formatSlice(slice)
      } of ${length}`,
    );
  }
  return indices;
}

/** What the terms of a gather cost, for the size of submissions and for emulations, which end loops early. */
import { RUN } from "../../../backends/webgpu/budget.ts";
import type { Term, Value } from "../steps.ts";

/** Operations a column, roughly. */
export const operationsOf = (term: Term, to: Value): number => 4 * entriesOf(term).mean * readsOf(term, to);

/** Entries of an output position. */
function entriesOf({ links }: Term): { readonly mean: number; readonly most: number } {
  if (!links) return { mean: 1, most: 1 };
  const { starts, outPositions } = links;
  const most = starts.reduce((most, start, P) => P === 0 ? 0 : Math.max(most, start - starts[P - 1]), 0);
  return { mean: starts[outPositions] / outPositions, most };
}

/** Numbers of an entry that come to a column at most. */
const readsOf = ({ from }: Term, { columns }: Value): number => Math.ceil((from?.columns ?? 1) / columns);

/** Turns of the loops over a term: runs of entries, entries, and what each of them adds to each column of a thread. */
export function turnsOf(term: Term, to: Value, each: number): number {
  const { most } = entriesOf(term);
  return Math.ceil(most / RUN) + most * (1 + each * readsOf(term, to));
}

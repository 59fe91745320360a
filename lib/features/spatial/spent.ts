/** Which values no later step reads, so that their memory may be used again. */
import type { FeatureProgram, FeatureStep, Value } from "./steps.ts";

/** For each step the values that are read or written by it for the last time. */
export function spentAfter({ steps, nngp, ntk }: FeatureProgram): readonly (readonly Value[])[] {
  const kept = new Set([nngp.id, ntk.id]);
  const spent: Value[][] = steps.map(() => []);
  for (let i = steps.length - 1; i >= 0; i--) {
    for (const value of usedBy(steps[i])) {
      if (kept.has(value.id)) continue;
      kept.add(value.id);
      spent[i].push(value);
    }
  }
  return spent;
}

function usedBy(step: FeatureStep): readonly Value[] {
  switch (step.kind) {
    case "gather":
      return [step.to, ...step.terms.flatMap(({ from }) => from ?? [])];
    case "product":
      return [step.to, ...step.factors];
    default:
      return [step.z, step.g];
  }
}

/** The evidence of a network and its gradient: the request checked, and the problem that it is. */
import { withDefaults } from "../../options.ts";
import type { Evidence, EvidenceOptions } from "./interfaces.ts";
import { differentiated } from "./problem.ts";
import { commonDefaults, dataOf, type Given } from "./settings.ts";
import { named, variablesOf } from "./variables.ts";

const ACTION = "compute the evidence";

/** The evidence that is asked for. */
export async function evidenceOf(given: Given, options: EvidenceOptions): Promise<Evidence> {
  const defaults = { ...commonDefaults, free: null };
  const { free, ...o } = withDefaults<Required<EvidenceOptions>>(ACTION, defaults, options);
  const data = dataOf(ACTION, given, o);
  const variables = variablesOf(ACTION, free, data.quantities);
  const { logMarginalLikelihood, gradient } = await differentiated(
    { ...o, ...data, action: ACTION, objective: "evidence", variables },
    variables.map(({ value }) => value),
  );
  return { logMarginalLikelihood, gradient: named(variables, gradient) };
}

/** Which networks with positions the native backend does not compute. */
import { type SpatialProgram } from "../../../../program/spatial_program.ts";
import { isMixing } from "../../../../program/nodes.ts";
import { networkOf } from "./network.ts";
import { AXES, MOST_MIXED } from "../../budget.ts";

/** What of a program it has not, as messages name it; null if it has all of it. */
export function lacks(program: SpatialProgram): string | null {
  if (program.nodes.some(({ map }) => isMixing(map) && map.size > MOST_MIXED)) {
    return `attention or aggregation over more than ${MOST_MIXED} positions`;
  }
  return networkOf(program).axes > AXES ? `more than ${AXES} axes of positions` : null;
}

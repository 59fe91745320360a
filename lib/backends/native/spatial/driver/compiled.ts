/** A spatial program compiled for this machine. */
import type { DType } from "../../../../array/dtype.ts";
import { UnsupportedError } from "../../../../errors.ts";
import type { SpatialProgram } from "../../../../program/spatial_program.ts";
import { inTurns } from "../../../../steps.ts";
import { breather } from "../../../../pause.ts";
import type { Guard } from "../../../../ffi/guard.ts";
import { encodeNetwork, encodePlan, functionsOf, isHost } from "../plan/encode.ts";
import { lanesOf, MOST_VALUES } from "../../budget.ts";
import type { Driver, SpatialLibrary } from "./library.ts";
import { type Network, networkOf } from "../plan/network.ts";
import { type Mode, planOf } from "../plan/plan.ts";
import { programSteps, type ProgramText } from "../plan/text.ts";
import { placed, placesOf } from "../plan/tiles.ts";

/** What runs a program. */
export interface Compiled {
  readonly network: Network;
  readonly driver: Driver;
  /** What every call of the driver that does not wait runs under */
  readonly guard: Guard;
  readonly functions: Readonly<Record<"maps" | "own_maps" | "rows" | "checks", Deno.PointerValue>>;
  /** `struct network` and the two of `struct plan` */
  readonly words: Readonly<Record<"network" | Mode, BigInt64Array<ArrayBuffer>>>;
  /** The row variables that C reads, in their order */
  readonly variables: readonly string[];
  /** Nodes whose features, and whose conditions, the host has to compute */
  readonly hostFeatures: ReadonlySet<number>;
  readonly hostChecks: ReadonlySet<number>;
}

/** Compiles a program. */
export async function compiled(
  program: SpatialProgram,
  dtype: DType,
  library: SpatialLibrary,
  signal: AbortSignal,
): Promise<Compiled> {
  const network = networkOf(program);
  const plans = { pairs: planOf(network, "pairs"), own: planOf(network, "own") };
  const segments = {
    pairs: plans.pairs.segments.map((segment) => placed(segment, network)),
    own: plans.own.segments.map((segment) => placed(segment, network)),
  };
  const geometries = [...segments.pairs, ...segments.own].flatMap((segment) => segment.geometries);
  requireAddressable(Math.max(0, ...geometries.map(placesOf)), network.width, dtype);
  const tiles = {
    pairs: segments.pairs.flatMap(({ tiles }) => tiles),
    own: segments.own.flatMap(({ tiles }) => tiles),
  };
  const text = await inTurns(programSteps(network, program.checks, tiles, dtype), breather({ signal }));
  const variables = variablesOf(text);
  const [driver, guard, functions] = await Promise.all([
    library.driver(dtype, signal),
    library.guard(signal),
    library.functions(text.text, signal),
  ]);
  return {
    ...{ network, driver, guard, functions, variables },
    words: {
      network: encodeNetwork(network, text, variables),
      pairs: encodePlan(network, plans.pairs, segments.pairs, text.maps),
      own: encodePlan(network, plans.own, segments.own, text.ownMaps),
    },
    hostFeatures: new Set(network.nodes.filter((node) => isHost(node, text)).map(({ id }) => id)),
    hostChecks: new Set(
      program.checks.flatMap((list, id) => list.length > 0 && !text.checks[id] ? [id] : []),
    ),
  };
}

/** Refuses tiles of more values than the driver, which counts them in 32 bits, can tell apart. */
export function requireAddressable(places: number, width: number, dtype: DType): void {
  const values = (places + 1) * width * lanesOf(dtype);
  if (values < MOST_VALUES) return;
  throw new UnsupportedError(
    `Cannot compute a ${dtype} network with positions on native as the images of a vector must have less than 2³¹ values ` +
      `together, padding included: current value is ${values}, use smaller images or { backend: "reference" }`,
  );
}

function variablesOf(text: ProgramText): string[] {
  const names = functionsOf(text).flatMap(({ inputs }) => inputs);
  return [...new Set(names.filter((name) => !/^var\d+$/.test(name)))];
}

/**
 * A program with positions, compiled for this machine: from the network to functions in memory.
 *
 * In: a program. The steps: its network and two plans, of pairs and of inputs with themselves (plan/network.ts, plan.ts); their
 * tiles (plan/tiles.ts); the text of all maps (plan/text.ts), compiled and loaded beside the driver, which is the same for all;
 * the network and the plans in the memory of C (plan/encode.ts). Out, for run.ts: all of these.
 */
import type { DType } from "../../../array/dtype.ts";
import { UnsupportedError } from "../../../errors.ts";
import type { Program } from "../../../program/program.ts";
import { answering } from "../../../pause.ts";
import { type Guard, openGuard } from "../../../ffi/guard.ts";
import { loadObject } from "../../../ffi/objects.ts";
import type { Toolchain } from "../../../ffi/compiler.ts";
import { ofEach, Shared } from "../../../shared.ts";
import { encodeNetwork, encodePlan, functionsOf, isHost } from "./plan/encode.ts";
import { lanesOf, MOST_VALUES } from "../budget.ts";
import { type Network, networkOf } from "./plan/network.ts";
import { type Mode, planOf } from "./plan/plan.ts";
import { driverText, programSteps, type ProgramText } from "./plan/text.ts";
import { placed, placesOf } from "./plan/tiles.ts";

/** What runs a program. */
export interface Compiled {
  readonly network: Network;
  readonly driver: Driver;
  /** What every call of the driver that does not wait runs under */
  readonly guard: Guard;
  readonly functions: Readonly<Record<"maps" | "diagonal_maps" | "rows" | "checks", Deno.PointerValue>>;
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
  program: Program,
  dtype: DType,
  library: SpatialLibrary,
  signal: AbortSignal,
): Promise<Compiled> {
  // Plan
  const network = networkOf(program);
  const [pairs, diagonal] = (["pairs", "diagonal"] as const).map((mode) => planned(network, mode));
  const geometries = [...pairs.segments, ...diagonal.segments].flatMap(({ geometries }) => geometries);
  requireAddressable(Math.max(0, ...geometries.map(placesOf)), network.width, dtype);
  const tiles = { pairs: pairs.tiles, diagonal: diagonal.tiles };
  // Text
  const text = await answering(programSteps(network, program.checks, tiles, dtype), { signal });
  const variables = variablesOf(text);
  // Objects
  const [driver, guard, functions] = await Promise.all([
    library.driver(dtype, signal),
    library.guard(signal),
    library.functions(text.text, signal),
  ]);
  return {
    ...{ network, driver, guard, functions, variables },
    words: {
      network: encodeNetwork(network, text, variables),
      pairs: encodePlan(network, pairs.plan, pairs.segments, text.maps),
      diagonal: encodePlan(network, diagonal.plan, diagonal.segments, text.diagonalMaps),
    },
    hostFeatures: new Set(network.nodes.filter((node) => isHost(node, text)).map(({ id }) => id)),
    hostChecks: new Set(
      program.checks.flatMap((list, id) => list.length > 0 && !text.checks[id] ? [id] : []),
    ),
  };
}

/** A plan of a network with its tiles. */
function planned(network: Network, mode: Mode) {
  const plan = planOf(network, mode);
  const segments = plan.segments.map((segment) => placed(segment, network));
  return { plan, segments, tiles: segments.flatMap(({ tiles }) => tiles) };
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

/** The variables that come with the job, of all that functions read. */
function variablesOf(text: ProgramText): string[] {
  const names = functionsOf(text).flatMap(({ inputs }) => inputs);
  return [...new Set(names.filter((name) => !/^var\d+$/.test(name)))];
}

const driverSymbols = {
  advise: { parameters: ["buffer", "u64"], result: "void" },
  lay_out: { parameters: ["buffer", "i64", "buffer"], result: "i64" },
  diagonal: {
    parameters: ["i32", "buffer", "buffer", "i32", "i32", "i32"],
    result: "i32",
    nonblocking: true,
  },
  diagonals: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32", nonblocking: true },
  pairs: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32", nonblocking: true },
} as const;

const functionSymbols = {
  maps: { type: "pointer" },
  diagonal_maps: { type: "pointer" },
  rows: { type: "pointer" },
  checks: { type: "pointer" },
} as const;

/** The functions of workspace.c, diagonal.c and run.c. */
type Driver = Deno.DynamicLibrary<typeof driverSymbols>["symbols"];

/** What compiles C text here and loads it. */
export class SpatialLibrary {
  readonly #toolchain: Toolchain;

  /** The driver in each precision. */
  readonly #drivers = ofEach((dtype) =>
    new Shared(async (signal) => {
      return (await loadObject(this.#toolchain, driverText(dtype), driverSymbols, signal)).symbols;
    })
  );

  constructor(toolchain: Toolchain) {
    this.#toolchain = exact(toolchain);
  }

  /** The driver in a precision. */
  driver(dtype: DType, signal: AbortSignal): Promise<Driver> {
    return this.#drivers[dtype].get(signal);
  }

  /** What calls of the driver run under. */
  guard(signal: AbortSignal): Promise<Guard> {
    return openGuard(this.#toolchain, signal);
  }

  /** The tables of functions of a text. */
  async functions(text: string, signal: AbortSignal) {
    return (await loadObject(this.#toolchain, text, functionSymbols, signal)).symbols;
  }
}

/** With a compiler that does not fuse: equal inputs have to give equal bits, whichever function computes them. */
function exact({ compiler, cache }: Toolchain): Toolchain {
  return { compiler: { ...compiler, flags: [...compiler.flags, "-ffp-contract=off"] }, cache };
}

/** What the processes of one side say together; seconds and MiB. */
import type { PeerMeasurement } from "./children.ts";
import type { Measurement } from "./ours.ts";
import { median } from "./statistics.ts";

/** Our side. */
export interface OurSide {
  /** First calls with an empty cache, and with the compiled code of an earlier process in it */
  readonly firstNew: number;
  readonly firstCached: number;
  readonly steady: number;
  readonly best: number;
  readonly peak: number;
}

/** A peer's side. */
export interface PeerSide {
  readonly first: number;
  readonly steady: number;
  readonly best: number;
  readonly peak: number;
}

/** Our processes in the order in which they ran, the first one with an empty cache, and those with one call. */
export function ourSide(processes: readonly Measurement[], single: readonly Measurement[] = []): OurSide {
  const [{ first_call_s: firstNew }, ...later] = processes;
  const firstCached = median([...later, ...single].map((m) => m.first_call_s));
  return { firstNew, firstCached, ...steadyState(processes) };
}

/** The processes of a peer. */
export function peerSide(processes: readonly PeerMeasurement[]): PeerSide {
  return { first: median(processes.map((m) => m.first_call_s)), ...steadyState(processes) };
}

function steadyState(processes: readonly Pick<Measurement, "median_s" | "min_s" | "peak_rss_mib">[]) {
  return {
    steady: median(processes.map((m) => m.median_s)),
    best: Math.min(...processes.map((m) => m.min_s)),
    peak: Math.max(...processes.map((m) => m.peak_rss_mib)),
  };
}

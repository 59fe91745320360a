/** Whether results of one workload agree, in the entries that the peer computed too. */
import { KERNELS } from "../alternate.ts";
import { compare, measureOurs, type Task } from "../children.ts";

/** Largest differences, each relative to the largest entry; null where there is nothing to compare. */
export interface Agreement {
  /** Ours from the peer's */
  readonly fromPeer: number | null;
  /** In float32, ours from ours in float64, and the peer's from ours in float64 */
  readonly fromFloat64: number | null;
  readonly peerFromFloat64: number | null;
  /** What ours is held to */
  readonly judge: "peer" | "float64";
  readonly agrees: boolean;
}

const TOLERANCES = { float64: 1e-9, float32: 1e-5 };

/**
 * Compares the results in `folder`: ours with those of the peer in folder `peer`, if there are any. In float32 a peer that is
 * itself off by more than the tolerance from our float64, or that gave nothing, is replaced by that.
 */
export async function agreement(
  task: Task,
  n: number,
  peer: string | null,
  folder: string,
): Promise<Agreement> {
  const { dtype } = task;
  const isClose = (difference: number | null) => difference !== null && difference <= TOLERANCES[dtype];
  const fromPeer = peer === null ? null : await largest(folder, "ours", peer, n);
  if (dtype === "float64") {
    return { fromPeer, fromFloat64: null, peerFromFloat64: null, judge: "peer", agrees: isClose(fromPeer) };
  }
  const double: Task = { ...task, dtype: "float64", runs: 0, out: `${folder}/float64` };
  await measureOurs(double, "auto", `${folder}/cache`);
  const fromFloat64 = await largest(folder, "ours", "float64", n);
  const peerFromFloat64 = peer === null ? null : await largest(folder, peer, "float64", n);
  const judge = isClose(peerFromFloat64) ? "peer" : "float64";
  const agrees = isClose(judge === "peer" ? fromPeer : fromFloat64);
  return { fromPeer, fromFloat64, peerFromFloat64, judge, agrees };
}

/** The largest difference of two sides over all kernels, in their first n rows and columns. */
async function largest(folder: string, side: string, other: string, n: number): Promise<number> {
  const differences = KERNELS.map((name) =>
    compare(`${folder}/${side}/${name}.npy`, `${folder}/${other}/${name}.npy`, false, n)
  );
  return Math.max(...(await Promise.all(differences)).map(({ offDiagonal }) => offDiagonal));
}

/** The processes of one workload: ours and both peers' in turn. */
import type { Setting } from "../alternate.ts";
import { ChildError, measureOurs, measureTheirs, type PeerMeasurement, type Task } from "../children.ts";
import type { Measurement } from "../ours.ts";

/** The peer on one version of JAX. */
export interface Peer {
  readonly jax: string;
  /** Its interpreter */
  readonly python: string;
}

/** Its processes. */
export interface PeerProcesses extends Peer {
  readonly processes: PeerMeasurement[];
  /** Why it gave no result */
  failure: string | null;
}

/** Runs `ours` here and `theirs` on the peers, a process each a round; the first round's results go to folders by side. */
export async function inTurn(
  ours: Task,
  theirs: Task,
  { rounds, backend }: Setting,
  peers: readonly Peer[],
  folder: string,
): Promise<{ ours: Measurement[]; theirs: PeerProcesses[] }> {
  const mine: Measurement[] = [];
  const others: PeerProcesses[] = peers.map((peer) => ({ ...peer, processes: [], failure: null }));
  for (let round = 0; round < rounds; round++) {
    const out = (side: string) => round === 0 ? `${folder}/${side}` : undefined;
    mine.push(await measureOurs({ ...ours, out: out("ours") }, backend, `${folder}/cache`));
    for (const peer of others.filter(({ failure }) => failure === null)) {
      await addProcess(peer, { ...theirs, out: out(peer.jax) });
    }
  }
  return { ours: mine, theirs: others };
}

/** A peer that crashes or runs out of memory must not cost the figures of the others. */
async function addProcess(peer: PeerProcesses, task: Task): Promise<void> {
  try {
    peer.processes.push(await measureTheirs(task, peer.python));
  } catch (error) {
    if (!(error instanceof ChildError)) throw error;
    peer.failure = error.reason;
  }
}

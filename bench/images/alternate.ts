/** One workload, ours and both peers' in turn: the same images, a process each, results compared. */
import type { Setting } from "../alternate.ts";
import { type Inputs, writeFirstRows, writeInputs, writeNetwork } from "../inputs.ts";
import { type OurSide, ourSide, type PeerSide, peerSide } from "../summary.ts";
import { type Agreement, agreement } from "./agreement.ts";
import { inTurn, type Peer, type PeerProcesses } from "./in_turn.ts";
import type { ImageWorkload } from "./workloads.ts";

/** What was measured for one workload; sides in seconds a call and MiB. */
export interface ImageComparison {
  readonly workload: Omit<ImageWorkload, "net">;
  readonly backend: string;
  readonly ours: OurSide;
  /** Of an entry, in the steady state */
  readonly milliseconds: number;
  readonly peers: readonly PeerResult[];
  /** The faster peer's milliseconds an entry / ours; NaN if none ran */
  readonly ratio: number;
  readonly agreement: Agreement;
}

/** What the peer gave on one version of JAX. */
export interface PeerResult {
  readonly jax: string;
  readonly neuralTangents: string | null;
  readonly side: PeerSide | null;
  /** Of an entry, in the steady state; infinite if there was none */
  readonly milliseconds: number;
  readonly failure: string | null;
}

/** Measures and compares one workload. */
export async function alternateImages(
  { net, ...workload }: ImageWorkload,
  setting: Setting,
  peers: readonly Peer[],
): Promise<ImageComparison> {
  const { n, peerN, size, dtype } = workload;
  const folder = await Deno.makeTempDir({ dir: setting.folder });
  const inputs = await writeInputs(n, 2, folder, [size, size, 3]) as Required<Inputs>;
  const path = await writeNetwork(net, `${folder}/net.json`);
  const mine = { ...inputs, net: path, dtype, runs: setting.runs, maxSeconds: setting.maxSeconds };
  const theirs = { ...mine, ...await writeFirstRows(peerN, inputs) };
  const processes = await inTurn(mine, theirs, setting, peers, folder);
  const results = processes.theirs.map((peer) => peerResult(peer, peerN ** 2));
  const fastest = results.filter(({ failure }) => failure === null)
    .toSorted((a, b) => a.milliseconds - b.milliseconds).at(0);
  const ours = ourSide(processes.ours);
  const milliseconds = 1000 * ours.steady / n ** 2;
  const compared = await agreement(theirs, peerN, fastest?.jax ?? null, folder);
  await Deno.remove(folder, { recursive: true });
  return {
    workload,
    backend: processes.ours[0].backend,
    ours,
    milliseconds,
    peers: results,
    ratio: (fastest?.milliseconds ?? NaN) / milliseconds,
    agreement: compared,
  };
}

function peerResult({ jax, processes, failure }: PeerProcesses, entries: number): PeerResult {
  const side = failure === null ? peerSide(processes) : null;
  return {
    jax,
    neuralTangents: processes.at(0)?.version ?? null,
    side,
    milliseconds: side ? 1000 * side.steady / entries : Infinity,
    failure,
  };
}

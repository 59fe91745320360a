/** One workload, ours and theirs in turn: the same inputs, a process each, results compared. */
import { compare, measureOurs, measureTheirs, type PeerMeasurement, type Task } from "./children.ts";
import type { Difference } from "./compare.ts";
import { writeInputs, writeNetwork } from "./inputs.ts";
import type { Measurement } from "./ours.ts";
import { type OurSide, ourSide, type PeerSide, peerSide } from "./summary.ts";
import type { Spec } from "../tests/networks.ts";
import type { Workload } from "./workloads.ts";

/** Where and how long to measure. */
export interface Setting {
  readonly python: string;
  /** The backend of workloads that do not choose one */
  readonly backend: string;
  readonly folder: string;
  /** Processes a side */
  readonly rounds: number;
  /** Calls a process after the first one */
  readonly runs: number;
  /** Seconds after which a process makes no further call */
  readonly maxSeconds: number;
}

/** What was measured for one workload; seconds and MiB. */
export interface Comparison {
  readonly workload: Omit<Workload, "nets">;
  readonly backend: string;
  readonly ours: OurSide;
  readonly theirs: PeerSide;
  /** Their steady state / ours */
  readonly ratio: number;
  /** Ours from theirs, or from the exact kernel where the workload has one */
  readonly difference: Record<string, Difference>;
  /** Theirs from the exact kernel where the workload has one */
  readonly peerError: Record<string, Difference> | null;
  readonly agrees: boolean;
  readonly versions: { jax: string; neuralTangents: string };
}

/** Processes of ours with one call: first calls vary more than others. */
const FIRST_CALLS = 4;

/** What is computed and compared. */
export const KERNELS = ["nngp", "ntk"];
/** What results may differ by, relative to the largest entry. */
const TOLERANCES = {
  /** On the diagonal of ReLU's NTK the peer is good to √ε: it takes the angle of a correlation that is 1 but for rounding. */
  peer: { float64: { offDiagonal: 1e-9, diagonal: 1e-7 }, float32: { offDiagonal: 1e-5, diagonal: 2e-3 } },
  /** Three layers, each to a tolerance of 1e-8 relative to √(k(u, u)·k(v, v)). */
  exact: { float64: { offDiagonal: 3e-8, diagonal: 3e-8 }, float32: { offDiagonal: 1e-5, diagonal: 1e-5 } },
};

/** Measures and compares one workload. */
export async function alternate({ nets, ...workload }: Workload, setting: Setting): Promise<Comparison> {
  const folder = await Deno.makeTempDir({ dir: setting.folder });
  const backend = workload.backend ?? setting.backend;
  const task = {
    ...await writeInputs(workload.n, workload.distinct ? 2 : 1, folder),
    dtype: workload.dtype,
    runs: setting.runs,
    maxSeconds: setting.maxSeconds,
  };
  const mine: Task = { ...task, net: await writeNetwork(nets.ours, `${folder}/ours.json`) };
  const peer: Task = { ...task, net: await writeNetwork(nets.theirs, `${folder}/theirs.json`) };
  const ours: Measurement[] = [];
  const theirs: PeerMeasurement[] = [];
  for (let round = 0; round < setting.rounds; round++) {
    const out = (side: string) => round === 0 ? `${folder}/${side}` : undefined;
    ours.push(await measureOurs({ ...mine, out: out("ours") }, backend, `${folder}/cache`));
    theirs.push(await measureTheirs({ ...peer, out: out("theirs") }, setting.python));
  }
  const cached: Measurement[] = [];
  for (let k = 0; k < FIRST_CALLS; k++) {
    cached.push(await measureOurs({ ...mine, runs: 0 }, backend, `${folder}/cache`));
  }
  const compared = await compareResults(mine, { exact: nets.exact, symmetric: !workload.distinct }, folder);
  await Deno.remove(folder, { recursive: true });
  const sides = { ours: ourSide(ours, cached), theirs: peerSide(theirs) };
  return {
    workload,
    backend: ours[0].backend,
    ...sides,
    ratio: sides.theirs.steady / sides.ours.steady,
    versions: { jax: theirs[0].jax, neuralTangents: theirs[0].version },
    ...compared,
  };
}

/** Compares the results that lie in `folder`, after computing those of the exact network if there is one. */
async function compareResults(
  task: Task,
  { exact, symmetric }: { exact?: Spec; symmetric: boolean },
  folder: string,
): Promise<Pick<Comparison, "difference" | "peerError" | "agrees">> {
  if (exact) {
    const net = await writeNetwork(exact, `${folder}/exact.json`);
    const truth: Task = { ...task, net, dtype: "float64", runs: 0, out: `${folder}/exact` };
    await measureOurs(truth, "reference", `${folder}/cache`);
  }
  const compareAll = async (side: string, other: string) => {
    const pairs = KERNELS.map((name) => [side, other].map((of) => `${folder}/${of}/${name}.npy`));
    const differences = await Promise.all(pairs.map(([a, b]) => compare(a, b, symmetric)));
    return Object.fromEntries(KERNELS.map((name, i) => [name, differences[i]]));
  };
  const difference = await compareAll("ours", exact ? "exact" : "theirs");
  const tolerance = TOLERANCES[exact ? "exact" : "peer"][task.dtype];
  const agrees = Object.values(difference).every(({ offDiagonal, diagonal }) =>
    offDiagonal <= tolerance.offDiagonal && diagonal <= tolerance.diagonal
  );
  return { difference, peerError: exact ? await compareAll("theirs", "exact") : null, agrees };
}

/** The workloads that are timed beside the Python peer: three hidden layers, NNGP and NTK together, 256 features. */
import type { DType } from "../mod.ts";
import type { Spec } from "../tests/networks.ts";

/** One comparison. */
export interface Workload {
  readonly id: string;
  readonly title: string;
  readonly dtype: DType;
  /** Rows of x1 */
  readonly n: number;
  /** x2 is another batch of n rows instead of x1 */
  readonly distinct: boolean;
  readonly nets: {
    readonly ours: Spec;
    /** The same network with the keywords that the peer needs */
    readonly theirs: Spec;
    /** The network whose kernel both are compared with, where the peer's own error exceeds the tolerance */
    readonly exact?: Spec;
  };
  /** The backend, where it is not the one of the command line */
  readonly backend?: string;
  /** The ratio (peer's time / ours) that this project is held to */
  readonly wanted: number;
}

const DEPTH = 3;
const dense: Spec = ["Dense", { out_dim: 1, W_std: 1.5, b_std: 0.1 }];

/** `depth` hidden layers of an activation and a linear output layer. */
export function hiddenLayers(activation: Spec, depth = DEPTH): Spec {
  return ["serial", [...Array.from({ length: depth }, () => [dense, activation]).flat(), dense]];
}

interface Row extends Partial<Pick<Workload, "distinct" | "backend">> {
  readonly id: string;
  readonly title: string;
  readonly n: number | Readonly<Record<DType, number>>;
  readonly activation: Spec;
  readonly peerActivation?: Spec;
  readonly exactActivation?: Spec;
  readonly wanted: Partial<Record<DType, number>>;
}

const relu: Spec = ["Relu", {}];

const rows: readonly Row[] = [
  { id: "relu", title: "ReLU", n: 4000, activation: relu, wanted: { float64: 8, float32: 7 } },
  { id: "gelu", title: "GELU", n: 4000, activation: ["Gelu", {}], wanted: { float64: 8, float32: 7 } },
  { id: "erf", title: "Erf", n: 4000, activation: ["Erf", {}], wanted: { float64: 7, float32: 6 } },
  {
    id: "gaussian",
    title: "Gaussian",
    n: 4000,
    activation: ["Gaussian", {}],
    wanted: { float64: 4, float32: 3.5 },
  },
  {
    id: "numerical",
    title: "ElementwiseNumerical(gelu) to 1e-8, peer's deg = 25",
    // The peer's intermediate results of 1000 rows take 30 GB in float64.
    n: { float32: 1000, float64: 800 },
    activation: ["ElementwiseNumerical", { fn: "gelu" }],
    peerActivation: ["ElementwiseNumerical", { fn: "gelu", deg: 25 }],
    exactActivation: ["Gelu", {}],
    wanted: { float64: 300, float32: 200 },
  },
  {
    id: "elementwise",
    title: "Elementwise, a user's nngp (erf)",
    n: 2000,
    activation: ["Elementwise", { nngp_fn: "nngp_erf" }],
    wanted: { float64: 5, float32: 5 },
  },
  {
    id: "distinct",
    title: "ReLU, x1 ≠ x2",
    n: 4000,
    activation: relu,
    distinct: true,
    wanted: { float64: 4.5, float32: 4.5 },
  },
  {
    id: "reference",
    title: "ReLU, `reference` alone",
    n: 4000,
    activation: relu,
    backend: "reference",
    wanted: { float64: 1 / 2.5 },
  },
];

/** All workloads, with `1/shrink` of the rows. */
export function workloads(shrink: number): Workload[] {
  return rows.flatMap((row) =>
    (Object.keys(row.wanted) as DType[]).map((dtype) => ({
      id: `${row.id}-${dtype}`,
      title: row.title,
      dtype,
      n: (typeof row.n === "number" ? row.n : row.n[dtype]) / shrink,
      distinct: row.distinct ?? false,
      nets: {
        ours: hiddenLayers(row.activation),
        theirs: hiddenLayers(row.peerActivation ?? row.activation),
        exact: row.exactActivation && hiddenLayers(row.exactActivation),
      },
      backend: row.backend,
      wanted: row.wanted[dtype]!,
    }))
  );
}

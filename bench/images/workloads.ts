/** The convolutional workloads that are timed beside the Python peers: NNGP and NTK of RGB images, x1 ≠ x2. */
import { type DType, stax } from "../../mod.ts";
import { cnn, myrtle } from "../../examples/networks.ts";
import type { Spec } from "../../tests/networks.ts";
import { specOf } from "./spec.ts";

/** One comparison. */
export interface ImageWorkload {
  readonly id: string;
  readonly title: string;
  readonly dtype: DType;
  /** Pixels a side */
  readonly size: number;
  /** Images of x1, and of x2 */
  readonly n: number;
  /** The first of these, which the peers compute: an entry costs them up to seconds */
  readonly peerN: number;
  readonly net: Spec;
  /** The ratio (peer's time / ours) and the milliseconds an entry that this project is held to */
  readonly wanted: Wanted;
}

interface Wanted {
  readonly ratio: number;
  readonly milliseconds?: number;
}

interface Row {
  readonly id: string;
  readonly title: string;
  readonly network: (size: number) => stax.Network;
  readonly n: number;
  readonly peerN: Record<DType, number>;
  readonly wanted: Record<DType, Wanted>;
}

/** What the README of `neural_tangents` measures. */
const deep = cnn(21, stax.Relu());

const rows: readonly Row[] = [
  {
    id: "cnn-gap",
    title: "21 × [Conv 3×3 SAME, ReLU] + GlobalAvgPool",
    network: () => stax.serial(deep, stax.GlobalAvgPool()),
    n: 32,
    peerN: { float32: 2, float64: 4 },
    wanted: { float32: { ratio: 300, milliseconds: 15 }, float64: { ratio: 18, milliseconds: 32 } },
  },
  {
    id: "cnn-flatten",
    title: "21 × [Conv 3×3 SAME, ReLU] + Flatten",
    network: () => stax.serial(deep, stax.Flatten()),
    // So many that what is done once an image hardly counts.
    n: 256,
    peerN: { float32: 256, float64: 256 },
    wanted: { float32: { ratio: 15 }, float64: { ratio: 15 } },
  },
  {
    id: "myrtle-relu",
    title: "Myrtle-5, ReLU",
    network: (size) => myrtle(5, size, stax.Relu()),
    n: 48,
    peerN: { float32: 4, float64: 4 },
    wanted: { float32: { ratio: 100, milliseconds: 2.5 }, float64: { ratio: 25, milliseconds: 4.5 } },
  },
  {
    id: "myrtle-gelu",
    title: "Myrtle-5, GELU",
    network: (size) => myrtle(5, size, stax.Gelu()),
    n: 48,
    peerN: { float32: 4, float64: 4 },
    wanted: { float32: { ratio: 60, milliseconds: 5 }, float64: { ratio: 15, milliseconds: 8 } },
  },
];

/** All workloads; with fewer and smaller images if it has to be quick. */
export function imageWorkloads(quick: boolean): ImageWorkload[] {
  const size = quick ? 8 : 32;
  const shrink = quick ? 4 : 1;
  return rows.flatMap(({ network, n, peerN, wanted, ...row }) =>
    (["float32", "float64"] as const).map((dtype) => ({
      id: `${row.id}-${dtype}`,
      title: row.title,
      dtype,
      size,
      n: n / shrink,
      peerN: Math.ceil(peerN[dtype] / shrink),
      net: specOf(network(size)),
      wanted: wanted[dtype],
    }))
  );
}

/** Where `conv.json` has something else than networks here give: what it has, in their terms. */
import type { FixtureArray } from "../fixtures.ts";
import type { Spec } from "../networks.ts";

/** The arrays of a kernel. */
export type Kernels = Partial<Record<"nngp" | "ntk" | "cov1" | "cov2", FixtureArray>>;

/** (W, W, H, H) to (H, H, W, W), behind the axes of the batch. */
export function inOrder(kernels: Kernels): Kernels {
  const moved = Object.entries(kernels).map(([name, { shape, data }]) => {
    const batch = shape.length - 4;
    const [w, , h] = shape.slice(batch);
    const order = Array.from({ length: (w * h) ** 2 }, (_, k) => {
      const [i, i2, j, j2] = [
        Math.floor(k / (h * w * w)),
        Math.floor(k / (w * w)) % h,
        Math.floor(k / w) % w,
        k % w,
      ];
      return ((j * w + j2) * h + i) * h + i2;
    });
    const entries = data.map((_, k) => data[k - k % order.length + order[k % order.length]]);
    return [name, { shape: [...shape.slice(0, batch), h, h, w, w], data: entries }];
  });
  return Object.fromEntries(moved);
}

/** The network with the lengths of rows and columns of `ImageResize` exchanged. */
export function exchanged([name, layers]: Spec): Spec {
  const changed = (layers as Spec[]).map(([layer, keywords]): Spec => {
    if (layer !== "ImageResize") return [layer, keywords];
    const { shape: [batch, rows, columns, channels], ...rest } = keywords as { shape: number[] };
    return [layer, { ...rest, shape: [batch, columns, rows, channels] }];
  });
  return [name, changed];
}

/** The network with `ElementwiseNumerical` to a tolerance. */
export function withoutDegree([name, layers]: Spec): Spec {
  const changed = (layers as Spec[]).map(([layer, keywords]): Spec => {
    const { deg: _, ...rest } = keywords as Record<string, unknown>;
    return [layer, rest];
  });
  return [name, changed];
}

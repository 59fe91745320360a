/** The kernels of pooling over all positions. */
import { type GlobalPool, mapsOf, shareOf, withoutPositions } from "./global_pool_maps.ts";
import { type Context, type KernelExpr, mapPositions } from "../network/kernel_expr.ts";
import { shareVariables } from "../network/masked_kernel.ts";

/** The kernel of the layer's output. */
export function pooledGlobally(layer: GlobalPool, k: KernelExpr, context: Context): KernelExpr {
  if (k.positions.length === 0) return k;
  const means = mapPositions(k, { axes: mapsOf(layer, k.positions), local: false }, context);
  const pooled = layer.type === "GlobalAvgPool" ? overUnmasked(means, k, context) : means;
  return { ...pooled, positions: [], ...withoutPositions(k) };
}

/** The mean over all positions, which is 0 where they are masked, as one over those that are not. */
function overUnmasked(means: KernelExpr, k: KernelExpr, context: Context): KernelExpr {
  const shares = shareVariables("GlobalAvgPool", k, context, (mask) => [shareOf(mask)]);
  if (!shares) return means;
  const [share1, share2] = shares;
  return {
    ...means,
    nngp: means.nngp.mul(share1).mul(share2),
    ntk: means.ntk.mul(share1).mul(share2),
    var1: means.var1.mul(share1.square()),
    var2: means.var2.mul(share2.square()),
    same: means.same.and(share1.eq(share2)),
  };
}

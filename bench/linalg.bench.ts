/** Gram matrices and Cholesky factors in plain TypeScript. */
import { random } from "../mod.ts";
import { gramTile } from "../lib/backends/reference/gram_tile.ts";
import { cholesky } from "../lib/linalg/cholesky.ts";
import { matmulTransposed } from "../lib/linalg/matmul.ts";
import { finished } from "../lib/steps.ts";

const DEPTH = 256;
const options = { n: 10, warmup: 2 };

for (const n of [96, 384]) {
  const x = random.normal(random.key(n), [n, DEPTH]);
  const gram = { kind: "gram", x1: x.data, x2: x.data, depth: DEPTH } as const;
  const tile = new Float64Array(n * n);
  const group = `Gram matrix, n = ${n}, d = ${DEPTH}`;
  Deno.bench({
    name: "matmulTransposed",
    group,
    baseline: true,
    ...options,
    fn: () => void matmulTransposed(x, x),
  });
  Deno.bench({ name: "gramTile", group, ...options, fn: () => gramTile(gram, [0, n, 0, n], tile, n) });
}

for (const n of [100, 400]) {
  const x = random.normal(random.key(n), [n, 2 * n]);
  const a = matmulTransposed(x, x);
  const group = `Cholesky factor, n = ${n}`;
  Deno.bench({ name: "cholesky", group, ...options, fn: () => void finished(cholesky(a)) });
}

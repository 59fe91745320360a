/** A worker that computes for ever, for tests that end it: what it computes is the hash of its URL. */
import { multiply } from "../../lib/linalg/products.ts";
import { random, stax } from "../../mod.ts";

const { Dense, Conv, Relu, GlobalAvgPool, serial } = stax;
const options = { backend: "native" } as const;
const normal = (shape: number[]) => random.normal(random.key(1), shape);

const kinds: Record<string, () => () => Promise<unknown>> = {
  vectors() {
    const { kernelFn } = serial(Dense(1), Relu(), Dense(1), Relu(), Dense(1));
    const x = normal([3000, 100]);
    return () => kernelFn(x, null, ["nngp", "ntk"], options);
  },
  images() {
    const { kernelFn } = serial(Conv(1, [3, 3]), Relu(), Conv(1, [3, 3]), Relu(), GlobalAvgPool());
    const x = normal([40, 8, 8, 3]);
    return () => kernelFn(x, null, ["nngp", "ntk"], options);
  },
  blas() {
    const a = normal([1200, 1200]);
    return () => multiply(a, a);
  },
};

const compute = kinds[new URL(import.meta.url).hash.slice(1)]();
await compute();
(self as unknown as { postMessage?: (message: string) => void }).postMessage?.("computing");
for (;;) await compute();

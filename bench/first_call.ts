/**
 * Times the first call of a process in a tree of this repository, its import included: what one loads with `mod.ts`, another loads
 * when it is called. Prints seconds. Usage: `deno run -A bench/first_call.ts ROOT NET DTYPE BACKEND X1 [X2]`
 */
const [root, net, dtype, backend, ...paths] = Deno.args;
const batches = paths.map((path) => Deno.readFileSync(path));

const start = performance.now();
const { NdArray, readNpy }: typeof import("../mod.ts") = await import(`${root}/mod.ts`);
const { build }: typeof import("../tests/networks.ts") = await import(`${root}/tests/networks.ts`);
const imported = performance.now() - start;

const { kernelFn } = build(JSON.parse(Deno.readTextFileSync(net)));
const [x1, x2 = null] = batches.map((bytes) => {
  const { data, shape } = readNpy(bytes);
  return new NdArray(dtype === "float32" ? Float32Array.from(data) : data, shape);
});
const before = performance.now();
await kernelFn(x1, x2, ["nngp", "ntk"], { dtype: dtype as "float32", backend });
console.log((imported + performance.now() - before) / 1000);

import { features, NdArray, predict, random, stax } from "./mod.ts";
import { loadMnist } from "./examples/mnist_data.ts";
import { myrtle } from "./examples/networks.ts";
const [N, T, D, b, mode, wS] = [+Deno.args[0], +Deno.args[1], +Deno.args[2], +Deno.args[3], Deno.args[4], +(Deno.args[5] ?? 1.5)];
const d = loadMnist({ train: N, test: T });
const img = (a: NdArray) => { const x = new NdArray(Float64Array.from(a.data), [a.shape[0], 28, 28, 1]);
  if (mode !== "raw") for (let i = 0; i < a.shape[0]; i++) { const r = x.data.subarray(i * 784, i * 784 + 784); const m = mode === "norm" ? 0 : r.reduce((s, v) => s + v, 0) / 784; let q = 0; for (let k = 0; k < 784; k++) { r[k] -= m; q += r[k] ** 2; } q = Math.sqrt(q / 784); for (let k = 0; k < 784; k++) r[k] /= q; } return x; };
const net = myrtle(5, 28, stax.Gelu(), { wStd: wS, ...(b ? { bStd: b } : {}) } as any);
const map = features.fromNetwork(net, { sketchDim: D }); const inp = map.initFn(random.key(0), [-1, 28, 28, 1]);
const t = performance.now();
const rows = (a: NdArray, i: number, j: number) => { const s = a.size / a.shape[0]; return new NdArray(a.data.subarray(i * s, j * s) as any, [j - i, ...a.shape.slice(1)]); };
async function* batches(x: NdArray, y: NdArray) { for (let i = 0; i < x.shape[0]; i += 250) { const j = Math.min(i + 250, x.shape[0]); yield { features: (await map.featureFn(rows(x, i, j), inp, { errorRows: 0, dtype: "float32", backend: "native" })).ntk, targets: rows(y, i, j) }; } }
const x = img(d.xTrain), xt = img(d.xTest); const M = Math.floor(N * 0.9);
const yc = new NdArray(d.yTrain.data.map((v) => v - 0.1), d.yTrain.shape);
const model = await predict.ridge(batches(rows(x, 0, M), rows(yc, 0, M)), { validation: batches(rows(x, M, N), rows(yc, M, N)), regularizations: Array.from({ length: 25 }, (_, i) => 10 ** (-8 + i / 3)) } as any);
let ok = 0; for await (const { features: f, targets: y } of batches(xt, d.yTest)) { const p = await model.predict(f); const n = p.shape[0]; for (let i = 0; i < n; i++) { const arg = (v: any) => { let q = 0; for (let c = 1; c < 10; c++) if (v.data[i * 10 + c] > v.data[i * 10 + q]) q = c; return q; }; ok += arg(p) === arg(y) ? 1 : 0; } }
console.log(Deno.args.join(" "), "acc", (100 * ok / T).toFixed(2), "reg", model.regularization.toExponential(1), ((performance.now() - t) / 1000).toFixed(0), "s");

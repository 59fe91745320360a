/** Run as a program by environments.ts: prints, as JSON, why tests cannot run here by what they need; null where they can. */
import { obstacle as blas } from "./blas.ts";
import { obstacle as browser } from "./browser.ts";
import { obstacle as native } from "./native.ts";
import { obstacles } from "./webgpu.ts";

const { float32: webgpu, float64: webgpuFloat64 } = obstacles;
console.log(JSON.stringify({ webgpu, webgpuFloat64, native, blas, browser }));

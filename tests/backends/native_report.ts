/** Run as a program by native_setup_test.ts: prints what the native backend says of itself and a checksum of a kernel, as JSON. */
import { abRelu, deep, gaussian, gramJob } from "./jobs.ts";
import { native } from "../../lib/backends/native/mod.ts";

const availability = await native.availability();
const job = gramJob(deep(abRelu(0, 1), 1, 1, 0), gaussian(150, 7, "float64", 1), null, 7, "float64");
const ntk = await native.run(job).then(
  ({ matrices }) => matrices.ntk,
  (error) => `${error.name}: ${error.message}`,
);
const bytes = typeof ntk === "string" ? null : new Uint8Array(ntk.buffer as ArrayBuffer);
const sum = bytes && new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
console.log(JSON.stringify({ availability, error: bytes ? "" : ntk, sum }));

/** The process of the soak (soak.ts): minutes and a seed in; figures out, and exit code 1 if anything was wrong. */
import { Chance } from "./soak_cases.ts";
import type { Message } from "./soak_worker.ts";

const THREADS = 4;
/** How long a thread lives at most before it is ended, whatever it is at. */
const LONGEST_LIFE_MS = 40_000;
/** After that memory has to be flat: what is loaded stays loaded, and results wait for the garbage collector. */
const SETTLING_MS = 60_000;
/** By what the median of the last third may exceed that of the first third after settling: compiled code, some 100 kB an object. */
const GROWTH = 1.15;
const GROWTH_BYTES = 2 ** 27;
/** A call that was not done by then never will be. */
const LONGEST_CALL_MS = 120_000;

const [minutes, seed] = Deno.args.map(Number);
const chance = new Chance(seed);
const start = performance.now();
const isOver = () => performance.now() - start > minutes * 60_000;

const counts = new Map<string, number>();
const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
const faults: string[] = [];
let terminations = 0;

/** Runs a thread until it is ended, over and over. */
async function keepRunning(): Promise<void> {
  while (!isOver()) {
    const url = new URL(`./soak_worker.ts#${chance.integer(0, 2 ** 31)}`, import.meta.url).href;
    const worker = new Worker(url, { type: "module" });
    let heard = performance.now();
    worker.onmessage = ({ data }: MessageEvent<Message>) => {
      heard = performance.now();
      if (data.kind === "done") count(`${data.action} (${data.backend})`);
      if (data.kind === "fault") faults.push(data.text);
      if (data.kind === "entries" && !(data.data.length > 0)) faults.push("entries without memory came");
    };
    worker.onerror = (event) => {
      event.preventDefault();
      faults.push(`a thread ended: ${event.message}`);
    };
    const end = performance.now() + LONGEST_LIFE_MS * chance.next();
    while (performance.now() < end && !isOver()) await new Promise((resolve) => setTimeout(resolve, 50));
    if (performance.now() - heard > LONGEST_CALL_MS) faults.push("a thread was not heard of for two minutes");
    worker.terminate();
    terminations++;
  }
}

/** The memory in use, every half second. */
const samples: { readonly time: number; readonly bytes: number }[] = [];
const sampling = setInterval(
  () => samples.push({ time: performance.now() - start, bytes: Deno.memoryUsage().rss }),
  500,
);

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** The medians of the first and the last third of what was measured after settling. */
function growth(): { first: number; last: number; isFlat: boolean } {
  const settled = samples.filter(({ time }) => time > SETTLING_MS).map(({ bytes }) => bytes);
  const third = Math.floor(settled.length / 3);
  const [first, last] = [median(settled.slice(0, third)), median(settled.slice(-third))];
  return { first, last, isFlat: last <= first * GROWTH + GROWTH_BYTES };
}

await Promise.all(Array.from({ length: THREADS }, keepRunning));
clearInterval(sampling);

const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
const { first, last, isFlat } = growth();
const calls = [...counts.values()].reduce((sum, value) => sum + value, 0);
for (const [what, value] of [...counts].sort()) console.log(`${String(value).padStart(7)}  ${what}`);
console.log(`${calls} calls in ${minutes} minutes, ${terminations} threads ended, seed ${seed}`);
console.log(
  `memory: median ${mebibytes(first)} early, ${mebibytes(last)} late, ` +
    `most ${mebibytes(Math.max(...samples.map(({ bytes }) => bytes)))}: ${isFlat ? "flat" : "it grows"}`,
);
for (const fault of faults.slice(0, 20)) console.log(fault);
console.log(`${faults.length} faults`);
// Threads that were ended may still compute.
Deno.exit(faults.length === 0 && isFlat && calls > 0 ? 0 : 1);

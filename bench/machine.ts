/** What the figures were measured on. */
import { cpus, totalmem } from "node:os";

/** The machine and the runtime. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly os: string;
  readonly deno: string;
  readonly v8: string;
  /** Processes that wanted to run in the minute before the measurements began */
  readonly load: number;
}

/** This machine. */
export function machine(): Machine {
  return {
    cpu: `${cpus()[0].model.trim()} ${widestVectors()}`.trim(),
    cores: navigator.hardwareConcurrency,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    os: `${Deno.build.os} ${Deno.build.arch}`,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    load: Deno.loadavg()[0],
  };
}

/** The widest vectors, where the system tells: rented machines call very different processors the same. */
function widestVectors(): string {
  if (Deno.build.os !== "linux") return "";
  const flags = Deno.readTextFileSync("/proc/cpuinfo").match(/^flags\s*:.*$/m)?.[0].split(/\s+/) ?? [];
  if (flags.includes("avx512f")) return "AVX-512";
  return flags.includes("avx2") ? "AVX2" : "";
}

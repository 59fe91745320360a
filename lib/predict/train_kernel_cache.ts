/** Train–train kernels that a function computes on demand, each one once. */
import { type KernelName, type Kernels, selectKernel } from "./kernels.ts";
import { type RegularizerOptions, TrainKernel, type TrainKernels } from "./train_kernel.ts";

/** Computes the kernels that are asked for and not there yet, all of them in one call. */
export class TrainKernelCache {
  readonly #compute: (get: KernelName[]) => Promise<Kernels>;
  readonly #options: RegularizerOptions;
  readonly #ready = new Map<KernelName, TrainKernel>();
  readonly #pending = new Map<KernelName, Promise<void>>();

  constructor(compute: (get: KernelName[]) => Promise<Kernels>, options: RegularizerOptions) {
    this.#compute = compute;
    this.#options = options;
  }

  /** The kernels computed so far. */
  get ready(): TrainKernels {
    return this.#ready;
  }

  /** All kernels computed so far, those called `names` among them. */
  async load(names: readonly KernelName[]): Promise<TrainKernels> {
    const missing = names.filter((name) => !this.#pending.has(name));
    if (missing.length > 0) {
      const computed = this.#add(missing);
      for (const name of missing) this.#pending.set(name, computed);
      // A computation that failed or was cancelled is tried again by the next call.
      computed.catch(() => missing.forEach((name) => this.#pending.delete(name)));
    }
    await Promise.all(names.map((name) => this.#pending.get(name)));
    return this.#ready;
  }

  async #add(names: KernelName[]): Promise<void> {
    const kernels = await this.#compute(names);
    for (const name of names) {
      const kernel = selectKernel(kernels, name, "kTrainTrain");
      this.#ready.set(name, new TrainKernel(kernel, `kTrainTrain.${name}`, this.#options));
    }
  }
}

/**
 * A thread of the soak: calls random kernels until it is ended from outside, and posts what it did.
 *
 * Whatever happens to a call, its entries must be those of `reference` for the inputs as they were when it was called.
 */
import { clearCache, type NdArray, stax } from "../mod.ts";
import { type Case, Chance, draw, rowsOf } from "./soak_cases.ts";

/** What a worker posts. */
export type Message =
  | { readonly kind: "done"; readonly action: string; readonly backend: string }
  | { readonly kind: "fault"; readonly text: string }
  | { readonly kind: "entries"; readonly data: Float64Array | Float32Array };

const post = (message: Message, transfer: Transferable[] = []) =>
  (self as unknown as { postMessage(message: Message, transfer: Transferable[]): void })
    .postMessage(message, transfer);

const chance = new Chance(Number(new URL(import.meta.url).hash.slice(1)));
const ABORTED = "the soak has aborted this";
/** So many examples of a large batch are compared. */
const COMPARED = 6;

type Options = stax.KernelOptions & { readonly dtype: "float64" | "float32" };
type Result = { readonly nngp: NdArray; readonly ntk: NdArray | null };

const compute = ({ network, x }: Case, options: Options): Promise<Result> =>
  network.kernelFn(x, null, ["nngp", "ntk"], options);

/** Throws unless entries are those of `reference` for `inputs`, or for some rows of them. */
async function check(result: Result, { network, x, tolerance }: Case, { dtype }: Options): Promise<void> {
  const [n] = x.shape;
  const rows = n <= 40
    ? [...Array(n).keys()]
    : Array.from({ length: COMPARED }, () => chance.integer(0, n - 1));
  // An example that is drawn twice is once for both: Dropout tells it from another one.
  const some = [...new Set(rows)];
  const expected = await compute({ network, x: rowsOf(x, some), tolerance }, {
    backend: "reference",
    dtype,
  });
  for (const name of ["nngp", "ntk"] as const) {
    const [got, want] = [result[name]!, expected[name]!];
    const largest = Math.max(...want.data.map(Math.abs));
    some.forEach((row, i) =>
      some.forEach((column, j) => {
        const difference = Math.abs(got.at(row, column) - want.at(i, j));
        if (difference <= tolerance[dtype] * largest) return;
        throw new Error(
          `${name}[${row}, ${column}] is ${got.at(row, column)}, not ${want.at(i, j)}: ${
            Deno.inspect(network, { depth: 9, breakLength: Infinity })
          }`,
        );
      })
    );
  }
}

/** Inputs of a call's own, which may be changed or sent away while it computes. */
const copied = (drawn: Case): Case => ({
  ...drawn,
  x: rowsOf(drawn.x, [...Array(drawn.x.shape[0]).keys()]),
});

/** What may happen to a call. */
const actions: Readonly<Record<string, (drawn: Case, options: Options) => Promise<void>>> = {
  async plain(drawn, options) {
    await check(await compute(drawn, options), drawn, options);
  },
  async together(drawn, options) {
    const results = await Promise.all([compute(drawn, options), compute(drawn, options)]);
    for (const result of results) await check(result, drawn, options);
  },
  async abort(drawn, options) {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(ABORTED), 150 * chance.next());
    try {
      await check(await compute(drawn, { ...options, signal: controller.signal }), drawn, options);
    } catch (error) {
      if (error !== ABORTED) throw error;
    } finally {
      clearTimeout(timer);
    }
  },
  async dispose(drawn, options) {
    const first = await compute(drawn, options);
    first.nngp[Symbol.dispose]();
    const second = await compute(drawn, options);
    await check(second, drawn, options);
    first.ntk?.[Symbol.dispose]();
    first.nngp[Symbol.dispose]();
    await check(await compute(drawn, options), drawn, options);
    await check(second, drawn, options);
  },
  async "inputs sent away"(drawn, options) {
    const own = copied(drawn);
    const result = compute(own, options);
    structuredClone(own.x.data, { transfer: [own.x.data.buffer as ArrayBuffer] });
    await check(await result, drawn, options);
  },
  async "inputs changed"(drawn, options) {
    const own = copied(drawn);
    const result = compute(own, options);
    own.x.data.fill(NaN);
    await check(await result, drawn, options);
  },
  async "results sent away"(drawn, options) {
    const { nngp, ntk } = await compute(drawn, options);
    const { data } = nngp;
    post({ kind: "entries", data }, [data.buffer as ArrayBuffer]);
    const again = await compute(drawn, options);
    await check({ nngp: again.nngp, ntk }, drawn, options);
  },
  async "cache cleared"(drawn, options) {
    const [result] = await Promise.all([compute(drawn, options), clearCache()]);
    await check(result, drawn, options);
  },
};
const names = Object.keys(actions);

/** Draws and calls without end; not awaited, since Deno keeps the memory of a thread that is ended while its module still waits. */
async function runForever(): Promise<never> {
  for (;;) {
    const drawn = draw(chance);
    for (let calls = chance.integer(1, 6); calls > 0; calls--) {
      // Clearing is rare: after it everything is compiled anew.
      const drawnName = chance.one(names);
      const action = drawnName === "cache cleared" && chance.next() < 0.9 ? "plain" : drawnName;
      const backend = chance.one(["native", "auto"]);
      try {
        await actions[action](drawn, { backend, dtype: chance.one(["float64", "float32"]) });
        post({ kind: "done", action, backend });
      } catch (error) {
        post({ kind: "fault", text: `${action} on ${backend}: ${(error as Error).stack ?? error}` });
      }
    }
  }
}

runForever();

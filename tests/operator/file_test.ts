/** Kernels in files: gone on with after a cut, and refused where they are others. */
import { KernelOperator, NdArray, stax, UnsupportedError } from "../../mod.ts";
import { kernelFnOf } from "../../lib/network/kernel_fn.ts";
import { Layout } from "../../lib/operator/layout.ts";
import { assert, assertDeepEquals, assertEquals, assertMatch, assertThrows } from "../assert.ts";
import { indices, kernelOf, smooth } from "./matrices.ts";

const network = stax.serial(stax.Dense(1, { bStd: 0.3 }), stax.Relu(), stax.Dense(1));
const N = 25;
const x = new NdArray(Float64Array.from({ length: 3 * N }, (_, at) => Math.sin(1 + at * at)), [N, 3]);
const options = { backend: "reference", tileRows: 5 } as const;
const TILES = 15;

/** A `kernelFn` that counts its calls. */
function counting() {
  let calls = 0;
  const kernelFn = kernelFnOf(network, (backend) => {
    calls++;
    return backend;
  });
  return { kernelFn, calls: () => calls };
}

async function withPath(test: (path: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/kernel`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** All entries. */
const entriesOf = async (kernel: KernelOperator) =>
  (await kernel.columns(Array.from({ length: kernel.n }, (_, i) => i))).data;

const inMemory = await KernelOperator.of(network, x, "ntk", options);
const expected = await entriesOf(inMemory);

/** Has the operator of a file the entries of that in memory? */
async function assertSame(kernel: KernelOperator): Promise<void> {
  assertDeepEquals(await entriesOf(kernel), expected);
  assertDeepEquals(kernel.diagonal, inMemory.diagonal);
  const v = Array.from({ length: N }, (_, i) => [i, 1 / (1 + i)]);
  assertDeepEquals((await kernel.multiply(v)).data, (await inMemory.multiply(v)).data);
}

Deno.test("a kernel in a file is that in memory, and is not computed again", () =>
  withPath(async (path, folder) => {
    for (const calls of [TILES, 0]) {
      const counted = counting();
      using kernel = await KernelOperator.of(counted.kernelFn, x, "ntk", { ...options, path });
      assertEquals(counted.calls(), calls);
      await assertSame(kernel);
    }
    assertDeepEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["kernel"]);
    const { size } = await Deno.stat(path);
    assertEquals(size, 4096 + inMemory.bytes);
  }));

Deno.test("a computation that was stopped goes on from the tiles that are there", () =>
  withPath(async (path) => {
    const controller = new AbortController();
    const first = counting();
    const size = 5 * 5;
    const stopped = KernelOperator.of(first.kernelFn, x, "ntk", {
      ...options,
      path,
      signal: controller.signal,
      onProgress: ({ done }) => done >= 6 * size && controller.abort(new Error("enough")),
    });
    await assertThrows(() => stopped, Error, "enough");
    assert(first.calls() <= 7, `${first.calls()} calls`);
    const second = counting();
    const reports: number[] = [];
    using kernel = await KernelOperator.of(second.kernelFn, x, "ntk", {
      ...options,
      path,
      onProgress: ({ done, total }) => reports.push(done / total),
    });
    assertEquals(second.calls(), TILES - 6);
    assertEquals(reports[0], 6 / TILES);
    assertEquals(reports.at(-1), 1);
    await assertSame(kernel);
  }));

/** The output of a program beside this file, which may have died. */
async function runProgram(program: string, flags: readonly string[]) {
  const { stdout, stderr, signal } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...flags, `data:application/typescript,${encodeURIComponent(program)}`],
    cwd: new URL("../..", import.meta.url),
  }).output();
  return { stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr), signal };
}

const mod = JSON.stringify(new URL("../../mod.ts", import.meta.url).href);

/** The operator `kernel` of the tests in another process. */
const building = (path: string, report = "") =>
  `import { KernelOperator, NdArray, stax } from ${mod};
   const network = stax.fromJSON(${JSON.stringify(stax.toJSON(network))});
   const x = new NdArray(Float64Array.from(${JSON.stringify([...x.data])}), [${N}, 3]);
   const kernel = await KernelOperator.of(network, x, "ntk", {
     backend: "reference", tileRows: 5, path: ${JSON.stringify(path)}, ${report}
   });`;

Deno.test("a process that was killed leaves whole tiles, and the next one computes one of them again at most", () =>
  withPath(async (path) => {
    const dying = 'onProgress: ({ done }) => { if (done >= 9 * 25) Deno.kill(Deno.pid, "SIGKILL"); }';
    const { signal, stderr } = await runProgram(building(path, dying), ["-A"]);
    assertEquals(signal, "SIGKILL", stderr);
    const counted = counting();
    using kernel = await KernelOperator.of(counted.kernelFn, x, "ntk", { ...options, path });
    assert(counted.calls() <= TILES - 9 + 1, `${counted.calls()} calls`);
    await assertSame(kernel);
  }));

Deno.test("a file is computed, read and multiplied without permission to call C", () =>
  withPath(async (path, folder) => {
    const program = `${building(path)}
      const v = Array.from({ length: ${N} }, (_, i) => [i]);
      console.log(JSON.stringify([...(await kernel.multiply(v)).data]));`;
    const flags = ["--allow-read", `--allow-write=${folder}`];
    const { stdout, stderr } = await runProgram(program, flags);
    assert(stdout !== "", stderr);
    const { data } = await inMemory.multiply(Array.from({ length: N }, (_, i) => [i]));
    const found: number[] = JSON.parse(stdout);
    found.forEach((value, i) => assert(Math.abs(value - data[i]) <= 1e-13 * Math.abs(data[i])));
    using kernel = await KernelOperator.of(network, x, "ntk", { ...options, path });
    await assertSame(kernel);
  }));

const REMEDY = "remove it to start anew, or give another path";
const PRINT = /[0-9a-f]{16}/g;

/** The message of what an operator in a file is refused with; fingerprints are left out. */
async function refusalOf(path: string, given: () => Promise<KernelOperator>): Promise<string> {
  try {
    await given();
  } catch (error) {
    assert(error instanceof TypeError, String(error));
    return error.message.replace(JSON.stringify(path), "PATH").replaceAll(PRINT, "PRINT");
  }
  throw new Error("It must be refused");
}

Deno.test("a file of another kernel is refused", () =>
  withPath(async (path) => {
    (await KernelOperator.of(network, x, "ntk", { ...options, path }))[Symbol.dispose]();
    const other = new NdArray(x.data.slice(), x.shape);
    other.data[7] += 1e-9;
    const of = (...[net, points, get, more]: [stax.Network?, NdArray?, ("nngp" | "ntk")?, object?]) =>
      refusalOf(
        path,
        () => KernelOperator.of(net ?? network, points ?? x, get ?? "ntk", { ...options, path, ...more }),
      );
    const refused = (what: string, must: string | number, is: string | number) =>
      `Cannot keep a kernel in PATH as ${what} must be ${must}: current value is ${is}, ${REMEDY}`;
    const fewer = new NdArray(x.data.slice(3), [N - 1, 3]);
    assertEquals(await of(undefined, fewer), refused("its number of points", 24, 25));
    assertEquals(await of(undefined, undefined, "nngp"), refused("its kernel", "nngp", "ntk"));
    assertEquals(
      await of(undefined, undefined, undefined, { tileRows: 6 }),
      refused("its tileRows", 6, 5),
    );
    const print = refused("the fingerprint of its inputs and its network", "PRINT", "PRINT");
    assertEquals(await of(undefined, other), print);
    assertEquals(await of(stax.serial(network, stax.Dense(1))), print);
    using kernel = await KernelOperator.of(network, x, "ntk", { ...options, path });
    await assertSame(kernel);
  }));

Deno.test("a file that was cut off or damaged, or is another one, is refused", () =>
  withPath(async (path) => {
    const of = () => KernelOperator.of(network, x, "ntk", { ...options, path });
    (await of())[Symbol.dispose]();
    const whole = await Deno.readFile(path);
    const refused = (what: string, must: string, is: string | number) =>
      `Cannot keep a kernel in PATH as ${what} must be ${must}: current value is ${is}, ${REMEDY}`;
    await Deno.writeFile(path, whole.subarray(0, whole.length - 1));
    assertEquals(
      await refusalOf(path, of),
      refused("its length", `${whole.length} bytes`, whole.length - 1),
    );
    const tileBytes = 4 * 5 * 5;
    // In the third tile, and in the scale of the first point, which belongs to the tile of the diagonal
    for (const [at, tile] of [[4096 + 2 * tileBytes + 17, 2], [512 + 3, 0]]) {
      const damaged = whole.slice();
      damaged[at] ^= 1;
      await Deno.writeFile(path, damaged);
      assertEquals(await refusalOf(path, of), refused(`the checksum of tile ${tile}`, "PRINT", "PRINT"));
    }
    for (const bytes of [whole.subarray(0, 100), new TextEncoder().encode("{}"), new Uint8Array(9000)]) {
      await Deno.writeFile(path, bytes);
      assertEquals(
        await refusalOf(path, of),
        refused("the file", "a kernel in tiles", "another file, or the start of one"),
      );
    }
    await Deno.remove(path);
    using kernel = await of();
    await assertSame(kernel);
  }));

Deno.test("paths that cannot be, and kernels that no file can tell of, are refused", () =>
  withPath(async (path, folder) => {
    const of = (path: string, given = network) => KernelOperator.of(given, x, "ntk", { ...options, path });
    const missing = `${folder}/none/kernel`;
    await assertThrows(
      () => of(missing),
      RangeError,
      `Cannot keep a kernel in a file as the folder of path must exist: current value is ${
        JSON.stringify(missing)
      }`,
    );
    await assertThrows(
      () => of(folder),
      RangeError,
      "Cannot keep a kernel in a file as path must be the path of a file, not of a folder: current value is " +
        JSON.stringify(folder),
    );
    await assertThrows(
      () => of(""),
      TypeError,
      'Cannot keep a kernel as path must be the path of a file: current value is ""',
    );
    const plain = stax.serial(network, stax.ElementwiseNumerical(Math.tanh, { deg: 5 }));
    await assertThrows(
      () => of(path, plain),
      UnsupportedError,
      "Cannot keep a kernel in a file as fn must be an expression: current value is an ordinary function, " +
        "write it with the methods of Expr, as in (x) => x.tanh(), or leave path out",
    );
    await assertThrows(
      () => KernelOperator.of(kernelOf(smooth).compute, indices(5), "nngp", { path }),
      UnsupportedError,
      "Cannot keep a kernel in a file as it must be of a network: current value is a function, leave path out",
    );
    assertDeepEquals([...Deno.readDirSync(folder)], []);
  }));

Deno.test("a full disk leaves the tiles that are whole, and the next call goes on from them", () =>
  withPath(async (path) => {
    const { write } = Deno.FsFile.prototype;
    const tileBytes = 4 * 5 * 5;
    let tiles = 0;
    Deno.FsFile.prototype.write = function (bytes) {
      if (bytes.length === tileBytes && ++tiles > 4) {
        return Promise.reject(new Error("No space left on device (os error 28)"));
      }
      return write.call(this, bytes);
    };
    const bytes = 4096 + inMemory.bytes;
    try {
      await assertThrows(
        () => KernelOperator.of(network, x, "ntk", { ...options, path }),
        Error,
        `Cannot keep a kernel in ${JSON.stringify(path)} as the disk must have room for ${bytes} bytes: ` +
          `current value is full, with 4 of ${TILES} tiles; make room and call again to go on from them`,
      );
    } finally {
      Deno.FsFile.prototype.write = write;
    }
    const counted = counting();
    using kernel = await KernelOperator.of(counted.kernelFn, x, "ntk", { ...options, path });
    assertEquals(counted.calls(), TILES - 4);
    await assertSame(kernel);
  }));

Deno.test("the header can be read by people", () =>
  withPath(async (path) => {
    (await KernelOperator.of(network, x, "ntk", { ...options, path }))[Symbol.dispose]();
    const text = new TextDecoder().decode((await Deno.readFile(path)).subarray(0, 512));
    assertMatch(text, /^\{"format":"widekernels kernel 1","n":25,"tileRows":5,"kernel":"ntk",.*\} +\n$/);
    assertEquals(new Layout(25, 5).tiles.length, TILES);
  }));

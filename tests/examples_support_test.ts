import { formatHelp, readOptions } from "../examples/cli.ts";
import { assert, assertDeepEquals, assertEquals, assertThrows } from "./assert.ts";

const spec = {
  train: { type: "integer", default: 2000, min: 1, max: 60000, description: "training digits" },
  nDim: { type: "integer", default: 10, min: 1, description: "input size" },
  seed: { type: "integer", default: 0, description: "random seed" },
  diagReg: { type: "number", default: 1e-4, min: 0, description: "noise on the diagonal" },
  rho: { type: "number", default: 0, max: 1, description: "correlation" },
  act: { type: "string", default: "gelu", choices: ["gelu", "relu"], description: "nonlinearity" },
  out: { type: "string", default: "out", description: "folder of the plots" },
  plot: { type: "boolean", default: false, description: "draw plots" },
  dims: { type: "integers", default: [8, 16], min: 2, description: "dimensions" },
} as const;
const defaults = {
  train: 2000,
  nDim: 10,
  seed: 0,
  diagReg: 1e-4,
  rho: 0,
  act: "gelu",
  out: "out",
  plot: false,
  dims: [8, 16] as readonly number[],
};

const goodCommandLines: [
  string[],
  Partial<Record<keyof typeof defaults, number | string | boolean | number[]>>,
][] = [
  [[], {}],
  [["--train", "60000"], { train: 60000 }],
  [["--train=1"], { train: 1 }],
  [["--n_dim", "3"], { nDim: 3 }],
  [["--n-dim=4"], { nDim: 4 }],
  [["--seed", "-7"], { seed: -7 }],
  [["--seed", "1", "--seed", "2"], { seed: 2 }],
  [["--diag_reg", "1e-6", "--rho", "-0.5"], { diagReg: 1e-6, rho: -0.5 }],
  [["--act", "relu", "--out=a b"], { act: "relu", out: "a b" }],
  [["--plot", "--train", "5"], { plot: true, train: 5 }],
  [["--dims=2"], { dims: [2] }],
  [["--dims", "64, 32,64"], { dims: [64, 32, 64] }],
  [["--plot=true"], { plot: true }],
  [["--plot", "--plot=false"], { plot: false }],
];

Deno.test("cli: good command lines", () => {
  for (const [args, changed] of goodCommandLines) {
    assertDeepEquals(readOptions(spec, args), { ...defaults, ...changed });
  }
});

const known = "--train, --n_dim, --seed, --diag_reg, --rho, --act, --out, --plot, --dims, --help";
const train = "Cannot read --train as it must be an integer between 1 and 60000: current value is";
const dims = "Cannot read --dims as it must be comma-separated integers of at least 2: current value is";
const options = `Cannot read the options as each must be one of ${known}: current value is`;
const badCommandLines: [string[], string][] = [
  [["--train", "abc"], `${train} abc`],
  [["--train", "0"], `${train} 0`],
  [["--train", "60001"], `${train} 60001`],
  [["--train", "1.5"], `${train} 1.5`],
  [["--train=5x"], `${train} 5x`],
  [["--train"], `${train} missing`],
  [["--train="], `${train} missing`],
  [["--train= "], `${train} missing`],
  [["--train", "--plot"], `${train} missing`],
  [["--n-dim", "0"], "Cannot read --n-dim as it must be an integer of at least 1: current value is 0"],
  [["--n_dim", "-1"], "Cannot read --n_dim as it must be an integer of at least 1: current value is -1"],
  [["--seed", "1e300"], "Cannot read --seed as it must be an integer: current value is 1e300"],
  [
    ["--diag_reg", "NaN"],
    "Cannot read --diag_reg as it must be a number of at least 0: current value is NaN",
  ],
  [["--rho", "1.1"], "Cannot read --rho as it must be a number of at most 1: current value is 1.1"],
  [
    ["--rho", "-Infinity"],
    "Cannot read --rho as it must be a number of at most 1: current value is -Infinity",
  ],
  [["--act", "Gelu"], "Cannot read --act as it must be one of gelu, relu: current value is Gelu"],
  [["--out", "--train", "5"], "Cannot read --out as it must be a text: current value is missing"],
  [["--plot=yes"], "Cannot read --plot as it must be true or false: current value is yes"],
  [["--plot=toString"], "Cannot read --plot as it must be true or false: current value is toString"],
  [["--dims", "8,1"], `${dims} 8,1`],
  [["--dims", "8,,9"], `${dims} 8,,9`],
  [["--dims=8,9.5"], `${dims} 8,9.5`],
  [["--dims=8;9"], `${dims} 8;9`],
  [["--degree", "3"], `${options} --degree`],
  [["--toString"], `${options} --toString`],
  [["-x"], `${options} -x`],
  [["5"], `${options} 5`],
  [["--", "--train"], `${options} --`],
];

Deno.test("cli: bad command lines name the option, what it must be and what it is", async () => {
  for (const [args, message] of badCommandLines) {
    await assertThrows(() => readOptions(spec, args), RangeError, message);
  }
});

Deno.test("cli: --help wins over everything else", () => {
  assertEquals(readOptions(spec, ["--train", "abc", "--help"]), "help");
  assertEquals(readOptions(spec, ["-h"]), "help");
  const { train, act, plot, dims } = spec;
  assertEquals(
    formatHelp({ train, act, plot, dims }, "Usage: deno run -A example.ts [options]"),
    `Usage: deno run -A example.ts [options]

Options:
  --train <integer between 1 and 60000>            training digits (default 2000)
  --act <one of gelu, relu>                        nonlinearity (default gelu)
  --plot[=true|false]                              draw plots (default false)
  --dims <comma-separated integers of at least 2>  dimensions (default 8,16)
  --help                                           print this text`,
  );
});

/** Runs `code` as a program that may import from examples/. */
async function runProgram(code: string, args: string[] = []) {
  const examples = new URL("../examples/", import.meta.url);
  const source = code.replaceAll("examples/", examples.href);
  const command = new Deno.Command(Deno.execPath(), {
    // Quiet: what Deno downloads is not what the program says.
    args: ["eval", "--quiet", source, "--", ...args],
    cwd: new URL("..", examples),
    env: { NO_COLOR: "1" },
  });
  const { code: exitCode, stdout, stderr } = await command.output();
  return { exitCode, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("cli: exit codes and streams", async () => {
  const program = `import { parseOptions } from "examples/cli.ts";
    const spec = { n: { type: "integer", default: 3, description: "number" } };
    console.log(parseOptions(spec, { usage: "Usage: n" }).n);`;
  const [good, help, bad] = await Promise.all(
    [["--n", "5"], ["--help"], ["--n", "x"]].map((args) => runProgram(program, args)),
  );
  assertDeepEquals(good, { exitCode: 0, stdout: "5\n", stderr: "" });
  assertEquals(help.exitCode, 0);
  assert(help.stdout.startsWith("Usage: n\n"), help.stdout);
  const stderr =
    "Cannot read --n as it must be an integer: current value is x\nRun with --help to see all options\n";
  assertDeepEquals(bad, { exitCode: 2, stdout: "", stderr });
});

Deno.test("progress: plain lines, one each tenth, where there is no terminal", async () => {
  const { exitCode, stdout, stderr } = await runProgram(`import { progress } from "examples/progress.ts";
    const matrix = progress("Kernel matrix", 1000);
    for (let done = 0; done <= 1000; done++) matrix.update(done);
    matrix.stop();
    const jumps = progress("Solve", 7);
    for (const done of [3, 3, 7]) jumps.update(done);
    jumps.stop();`);
  const tenths = Array.from(
    { length: 10 },
    (_, i) => `Kernel matrix: ${10 * i + 10} % (${100 * i + 100} of 1000)\n`,
  );
  assertDeepEquals({ exitCode, stdout, stderr }, {
    exitCode: 0,
    stdout: "",
    stderr: `${tenths.join("")}Solve: 40 % (3 of 7)\nSolve: 100 % (7 of 7)\n`,
  });
});

Deno.test("progress: long work says what is left of it, once before its first tenth is done", async () => {
  const { stderr } = await runProgram(`import { progress } from "examples/progress.ts";
    let seconds = 0;
    performance.now = () => 1000 * seconds;
    const run = (total, times) => {
      seconds = 0;
      const bar = progress("Kernel", total);
      for (const [at, done] of times) seconds = at, bar.update(done);
    };
    run(1000, [[2, 3], [5, 10], [6, 12], [50, 100], [260, 520], [500, 1000]]);
    run(10, [[7200, 1]]);
    // 29 seconds in all are not long.
    run(100, [[4, 14], [29, 100]]);`);
  const lines = [
    "1 % (10 of 1000), about 8 min left",
    "10 % (100 of 1000), about 8 min left",
    "50 % (520 of 1000), about 4 min left",
    "100 % (1000 of 1000)",
    "10 % (1 of 10), about 18 h left",
    "10 % (14 of 100)",
    "100 % (100 of 100)",
  ];
  assertEquals(stderr, lines.map((line) => `Kernel: ${line}\n`).join(""));
});

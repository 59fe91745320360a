/** Runs every example once, small, as the gate does: one that fails fails the gate. */

/** The examples and the options that keep them short. */
const examples: Record<string, string[]> = {
  "elementwise.ts": [],
  "elementwise_numerical.ts": [],
  "dual_kernel_approx.ts": ["--n-train=100", "--n-dim=32", "--num-iters=1", "--max-hiddens=1024"],
  "mnist.ts": ["--train=300", "--test=200"],
  "nngp_mnist.ts": ["--train=200", "--test=200"],
  "cntk_mnist.ts": ["--size=11", "--depth=2", "--train=30", "--test=20"],
  "myrtle5_cntk_regression.ts": [
    "--act=gelu",
    "--feat_dim=64",
    "--train=20",
    "--test=10",
    "--compare=exact",
  ],
  "sketch_tradeoff.ts": ["--train=50", "--test=20", "--dims=32,40", "--keys=1"],
  "uncertainty.ts": ["--train=300", "--test=50"],
  "gp_regression.ts": ["--train=10", "--depth=1", "--grid=6", "--restarts=1", "--samples=2"],
  "kernel_benchmark.ts": ["--network=cnn-gap,myrtle-5", "--dtype=float64", "--size=8", "--seconds=0.05"],
};

/** Those that only print. */
const withoutPictures = ["nngp_mnist.ts"];

const out = Deno.makeTempDirSync();
try {
  for (const [name, options] of Object.entries(examples)) {
    console.log(`\n── examples/${name} ${options.join(" ")}`);
    const folder = options.length > 0 && !withoutPictures.includes(name) ? [`--out=${out}`] : [];
    const args = ["run", "-A", `${import.meta.dirname}/${name}`, ...options, ...folder];
    const { success } = await new Deno.Command(Deno.execPath(), {
      args,
      stdout: "inherit",
      stderr: "inherit",
    }).output();
    if (!success) throw new Error(`examples/${name} failed`);
  }
} finally {
  Deno.removeSync(out, { recursive: true });
}

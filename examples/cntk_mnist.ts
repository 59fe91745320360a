/** Convolutional kernels on real MNIST digits against the fully connected one: a few hundred digits, where they matter most. */
import { type NdArray, predict, stax } from "../mod.ts";
import { parseOptions } from "./cli.ts";
import { loadMnist } from "./mnist_data.ts";
import { centred, shrunk } from "./mnist_images.ts";
import { cnn, myrtle } from "./networks.ts";
import { type Accuracies, accuraciesPlot } from "./plots.ts";
import { progress } from "./progress.ts";

const options = parseOptions({
  train: { type: "integer", default: 200, min: 10, max: 60000, description: "number of training digits" },
  test: { type: "integer", default: 200, min: 1, max: 10000, description: "number of test digits" },
  border: {
    type: "integer",
    default: 3,
    min: 0,
    max: 12,
    description: "pixels cut off on every side: the outer 3 hold 1 % of the ink",
  },
  size: {
    type: "integer",
    default: 22,
    min: 4,
    max: 28,
    description: "pixels a side of what is left: all, or fewer by averaging",
  },
  depth: {
    type: "integer",
    default: 3,
    min: 1,
    max: 100,
    description: "convolutional layers of the plain network",
  },
  diagReg: {
    type: "number",
    default: 1e-4,
    min: 0,
    description: "ridge, relative to the kernel's mean diagonal",
  },
  backend: { type: "string", default: "auto", description: "auto, native, reference or webgpu" },
  dtype: { type: "string", default: "float32", choices: ["float64", "float32"], description: "precision" },
  out: { type: "string", default: "out", description: "folder for the picture" },
}, { usage: "deno run -A examples/cntk_mnist.ts [options]" });

const weights = { wStd: Math.SQRT2, bStd: 0.1 };
const digits = loadMnist(options);
const [xTrain, xTest] = [digits.xTrain, digits.xTest].map(images);

const rows: Accuracies[] = [];
await evaluate("3 × [Dense, ReLU]", stax.serial(stax.Flatten(), stax.repeat(dense(), 3), stax.Dense(10)));
await evaluate(
  `${options.depth} × [Conv, ReLU] + GAP`,
  stax.serial(cnn(options.depth, stax.Relu(), weights), stax.GlobalAvgPool(), stax.Dense(10)),
);
// Myrtle-5 halves 32 × 32 pixels five times; digits are halved twice and then averaged.
await evaluate("Myrtle-5-like", myrtle(5, options.size, stax.Relu(), weights));
Deno.mkdirSync(options.out, { recursive: true });
const path = `${options.out}/cntk_mnist.svg`;
Deno.writeTextFileSync(path, accuraciesPlot(rows, { title: `MNIST, ${options.train} training digits` }));
console.log(`Wrote ${path}`);

function dense(): stax.Network {
  return stax.serial(stax.Dense(512, weights), stax.Relu());
}

/** Prints the accuracies and times of one network. */
async function evaluate(network: string, { kernelFn }: stax.Network): Promise<void> {
  const start = performance.now();
  const kernel = async (x1: NdArray, x2: NdArray | null, label: string) => {
    const pairs = x1.shape[0] * (x2 ?? x1).shape[0];
    const bar = progress(`${network}, ${label}`, pairs);
    try {
      return await kernelFn(x1, x2, ["nngp", "ntk"], {
        backend: options.backend,
        dtype: options.dtype,
        onProgress: ({ done, total }) => bar.update(Math.round(done / total * pairs)),
      });
    } finally {
      bar.stop();
    }
  };
  const trainTrain = await kernel(xTrain, null, "train × train");
  const testTrain = await kernel(xTest, xTrain, "test × train");
  const seconds = (performance.now() - start) / 1000;
  const predictFn = predict.gpInference(trainTrain, digits.yTrain, { diagReg: options.diagReg });
  const means = await predictFn({ get: ["nngp", "ntk"], kTestTrain: testTrain });
  const [nngp, ntk] = [accuracy(means.nngp), accuracy(means.ntk)];
  rows.push({ network, nngp, ntk });
  console.log(
    `${network.padEnd(26)} NNGP ${nngp.toFixed(1)} %  NTK ${ntk.toFixed(1)} %  kernels ${
      seconds.toFixed(1)
    } s`,
  );
}

/** The digits as images of `size` × `size` pixels and one channel: the border cut off, blocks of pixels averaged. */
function images(digits: NdArray<Float64Array>): NdArray {
  const { border, size } = options;
  const kept = 28 - 2 * border;
  if (kept % size !== 0) {
    console.error(
      `Cannot shrink the digits as --size must divide 28 − 2 · border = ${kept}: current value is ${size}`,
    );
    Deno.exit(2);
  }
  return shrunk(centred(digits, kept), size);
}

/** Percent of test digits whose largest output is their class. */
function accuracy({ data, shape: [count, width] }: NdArray): number {
  let right = 0;
  for (let i = 0; i < count; i++) {
    const row = Array.from(data.subarray(i * width, (i + 1) * width));
    right += Number(row.indexOf(Math.max(...row)) === digits.testLabels[i]);
  }
  return 100 * right / count;
}

import { join } from "node:path";
import { readIdx } from "../examples/idx.ts";
import { loadMnist, mnistFolder } from "../examples/mnist_data.ts";
import { centred, loadMnistImages } from "../examples/mnist_images.ts";
import { assertClose, assertDeepEquals, assertEquals, assertThrows } from "./assert.ts";
import { assertBelow } from "./timing.ts";

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

Deno.test("loadMnist: the first digits in their order, in under a second", async () => {
  let digits!: ReturnType<typeof loadMnist>;
  await assertBelow(1000, () => {
    const start = performance.now();
    digits = loadMnist({ train: 2000, test: 1000 });
    return performance.now() - start;
  });
  assertDeepEquals(digits.xTrain.shape, [2000, 784]);
  assertDeepEquals(digits.xTest.shape, [1000, 784]);
  assertDeepEquals([...digits.trainLabels.slice(0, 10)], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
  assertDeepEquals([...digits.testLabels.slice(0, 10)], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
  // Sums of the bytes of the first training and the first test image.
  assertClose(255 * sum(digits.xTrain.data.subarray(0, 784)), 27525, { rtol: 1e-14 });
  assertClose(255 * sum(digits.xTest.data.subarray(0, 784)), 18454, { rtol: 1e-14 });
  assertEquals(Math.max(...digits.xTrain.data.subarray(0, 784)), 1);
});

Deno.test("loadMnist: labels are one-hot", () => {
  const { yTrain, trainLabels, yTest, testLabels } = loadMnist({ train: 30, test: 20 });
  for (const [y, labels] of [[yTrain, trainLabels], [yTest, testLabels]] as const) {
    assertDeepEquals(y.shape, [labels.length, 10]);
    assertEquals(sum(y.data), labels.length);
    labels.forEach((label, i) => assertEquals(y.data[10 * i + label], 1));
  }
});

Deno.test("loadMnistImages: one channel, in a frame of zeros or none", () => {
  const { xTrain } = loadMnist({ train: 3, test: 2 });
  const plain = loadMnistImages({ train: 3, test: 2, size: 28 });
  assertDeepEquals([plain.xTrain.shape, plain.xTest.shape], [[3, 28, 28, 1], [2, 28, 28, 1]]);
  assertDeepEquals(plain.xTrain.data, xTrain.data);
  const { xTrain: framed } = loadMnistImages({ train: 3, test: 2, size: 32 });
  assertDeepEquals(framed.shape, [3, 32, 32, 1]);
  for (let row = 0; row < 32; row++) {
    for (let column = 0; column < 32; column++) {
      const isInside = Math.min(row, column) >= 2 && Math.max(row, column) < 30;
      const pixel = isInside ? xTrain.at(2, 28 * (row - 2) + column - 2) : 0;
      assertEquals(framed.at(2, row, column, 0), pixel);
    }
  }
});

Deno.test("loadMnistImages: smaller ones average blocks of pixels", async () => {
  const { xTrain } = loadMnist({ train: 3, test: 2 });
  const { xTrain: small } = loadMnistImages({ train: 3, test: 2, size: 14 });
  assertDeepEquals(small.shape, [3, 14, 14, 1]);
  for (let row = 0; row < 14; row++) {
    for (let column = 0; column < 14; column++) {
      const corner = 2 * (28 * row + column);
      const block = [0, 1, 28, 29].map((k) => xTrain.at(2, corner + k));
      assertClose(small.at(2, row, column, 0), sum(Float64Array.from(block)) / 4, {
        rtol: 1e-15,
        atol: 1e-16,
      });
    }
  }
  const message = "Cannot shrink images as size must divide their 28 pixels a side: current value is 12";
  await assertThrows(() => loadMnistImages({ train: 3, test: 2, size: 12 }), RangeError, message);
});

Deno.test("centred: without borders", () => {
  const { xTrain } = loadMnist({ train: 3, test: 2 });
  const cut = centred(xTrain, 22);
  assertDeepEquals(cut.shape, [3, 22, 22, 1]);
  for (const [row, column] of [[0, 0], [10, 12], [21, 21], [5, 17]]) {
    assertEquals(cut.at(1, row, column, 0), xTrain.at(1, 28 * (row + 3) + column + 3));
  }
});

Deno.test("mnist-data: class counts, mean and deviation of all digits are the published ones", () => {
  const histogram = (labels: Uint8Array) => {
    const counts = new Array(10).fill(0);
    labels.forEach((label) => counts[label]++);
    return counts;
  };
  const trainLabels = readIdx(join(mnistFolder, "train-labels-idx1-ubyte"), 60000, []);
  const testLabels = readIdx(join(mnistFolder, "t10k-labels-idx1-ubyte"), 10000, []);
  assertDeepEquals(histogram(trainLabels), [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  assertDeepEquals(histogram(testLabels), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  const counts = new Float64Array(256);
  for (const byte of readIdx(join(mnistFolder, "train-images-idx3-ubyte"), 60000, [28, 28])) counts[byte]++;
  const moment = (power: number) =>
    sum(counts.map((count, byte) => count * (byte / 255) ** power)) / sum(counts);
  assertClose(moment(1), 0.1307, { atol: 5e-5 });
  assertClose(Math.sqrt(moment(2) - moment(1) ** 2), 0.3081, { atol: 5e-5 });
});

Deno.test("loadMnist: more digits than there are", async () => {
  const range = (name: string, most: number) =>
    `Cannot read ${
      join(mnistFolder, name)
    } as the number of records must be an integer between 1 and ${most}`;
  for (const train of [0, -1, 1.5, 60001, NaN]) {
    const message = `${range("train-labels-idx1-ubyte", 60000)}: current value is ${train}`;
    await assertThrows(() => loadMnist({ train, test: 1 }), RangeError, message);
  }
  const message = `${range("t10k-labels-idx1-ubyte", 10000)}: current value is 10001`;
  await assertThrows(() => loadMnist({ train: 1, test: 10001 }), RangeError, message);
});

const remedy = "deno run --reload fetches the files of packages anew";

/** A file of two images of 1 × 3 pixels. */
const twoImages = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255];

Deno.test("readIdx: whole and damaged files", async () => {
  const path = Deno.makeTempFileSync();
  const write = (bytes: number[]) => Deno.writeFileSync(path, Uint8Array.from(bytes));
  try {
    write(twoImages);
    assertDeepEquals([...readIdx(path, 2, [1, 3])], [1, 2, 3, 4, 5, 255]);
    assertDeepEquals([...readIdx(path, 1, [1, 3])], [1, 2, 3]);
    const header = `Cannot read ${path} as its header must have magic number and record shape`;
    await assertThrows(
      () => readIdx(path, 1, [28, 28]),
      TypeError,
      `${header} [2051, 28, 28]: current value is [2051, 1, 3]`,
    );
    await assertThrows(() => readIdx(path, 1, []), TypeError, `${header} [2049]: current value is [2051]`);
    const size = `Cannot read ${path} as its size must be`;
    // Cut off behind the only record that is asked for.
    write(twoImages.slice(0, 21));
    await assertThrows(
      () => readIdx(path, 1, [1, 3]),
      RangeError,
      `${size} 22 bytes: current value is 21; ${remedy}`,
    );
    write([]);
    await assertThrows(
      () => readIdx(path, 1, [1, 3]),
      RangeError,
      `${size} 16 bytes: current value is 0; ${remedy}`,
    );
  } finally {
    Deno.removeSync(path);
  }
  await assertThrows(
    () => readIdx(path, 1, []),
    Error,
    `Cannot read ${path} as it must be a file: current value is missing; ${remedy}`,
  );
});

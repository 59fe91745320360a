/** CIFAR-10 from files in its format, whole and damaged. */
import { join } from "node:path";
import { loadCifar10 } from "../examples/cifar10.ts";
import { assertClose, assertDeepEquals, assertEquals, assertThrows } from "./assert.ts";

const names = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`).concat("test_batch.bin");
const remedy =
  "unpack cifar-10-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html and give its folder";

/** A record whose bytes tell image, channel and pixel apart. */
function record(label: number, image: number): Uint8Array {
  return Uint8Array.from({ length: 3073 }, (_, i) => i === 0 ? label : byteAt(image, i - 1));
}

const byteAt = (image: number, k: number) => (31 * image + 97 * Math.floor(k / 1024) + k % 1024) % 256;

/** Runs `test` with a folder of two images a file, the labels counting up from 0; and with the path of each file. */
async function withFiles(test: (folder: string, path: (name: string) => string) => unknown): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    names.forEach((name, i) => {
      const images = [2 * i, 2 * i + 1].flatMap((image) => [...record(image % 10, image)]);
      Deno.writeFileSync(join(folder, name), Uint8Array.from(images));
    });
    await test(folder, (name) => join(folder, name));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("loadCifar10: images over several files, planes as channels, one-hot labels", () =>
  withFiles((folder) => {
    const { xTrain, yTrain, xTest, yTest } = loadCifar10(folder, { train: 5, test: 2 });
    assertDeepEquals([xTrain.shape, yTrain.shape], [[5, 32, 32, 3], [5, 10]]);
    assertDeepEquals([xTest.shape, yTest.shape], [[2, 32, 32, 3], [2, 10]]);
    for (const image of [0, 1, 4]) {
      for (const channel of [0, 1, 2]) {
        for (const [row, column] of [[0, 0], [0, 31], [31, 0], [17, 5]]) {
          const byte = byteAt(image, 1024 * channel + 32 * row + column);
          assertClose(xTrain.at(image, row, column, channel), byte / 255, { rtol: 1e-15 });
        }
      }
    }
    assertDeepEquals(yTrain.toNested(), [0, 1, 2, 3, 4].map(oneHot));
    assertClose(255 * xTest.at(1, 2, 3, 1), byteAt(11, 1024 + 67), { rtol: 1e-15 });
    assertDeepEquals(yTest.toNested(), [oneHot(0), oneHot(1)]);
    assertEquals(loadCifar10(folder, { train: 10, test: 1 }).xTrain.at(9, 0, 0, 0), byteAt(9, 0) / 255);
  }));

const oneHot = (label: number) => Array.from({ length: 10 }, (_, i) => Number(i === label));

Deno.test("loadCifar10: more images than there are", () =>
  withFiles(async (folder) => {
    for (const train of [0, -1, 1.5, 11, NaN]) {
      const message =
        `Cannot read ${folder} as the number of images in data_batch_1.bin to data_batch_5.bin must be ` +
        `an integer between 1 and 10: current value is ${train}`;
      await assertThrows(() => loadCifar10(folder, { train, test: 1 }), RangeError, message);
    }
    const message = `Cannot read ${folder} as the number of images in test_batch.bin must be ` +
      "an integer between 1 and 2: current value is 3";
    await assertThrows(() => loadCifar10(folder, { train: 1, test: 3 }), RangeError, message);
  }));

Deno.test("loadCifar10: files that are cut off, also behind what is asked for", () =>
  withFiles(async (folder, path) => {
    for (const [name, size] of [["test_batch.bin", 6145], ["data_batch_5.bin", 0]] as const) {
      Deno.truncateSync(path(name), size);
      const message = `Cannot read ${path(name)} as its size must be a positive multiple of 3073 bytes: ` +
        `current value is ${size}; ${remedy}`;
      await assertThrows(() => loadCifar10(folder, { train: 1, test: 1 }), RangeError, message);
    }
  }));

Deno.test("loadCifar10: labels of other data", () =>
  withFiles(async (folder, path) => {
    const file = path("data_batch_2.bin");
    Deno.writeFileSync(file, Uint8Array.from([...record(9, 0), ...record(10, 1)]));
    loadCifar10(folder, { train: 3, test: 1 });
    const message =
      `Cannot read ${file} as the label of image 1 must be an integer between 0 and 9: current value is 10`;
    await assertThrows(() => loadCifar10(folder, { train: 4, test: 1 }), RangeError, message);
  }));

Deno.test("loadCifar10: files that are missing", () =>
  withFiles(async (folder, path) => {
    const load = (from: string) => () => loadCifar10(from, { train: 1, test: 1 });
    const missing = (file: string) =>
      `Cannot read ${file} as it must be a file: current value is missing; ${remedy}`;
    Deno.removeSync(path("data_batch_3.bin"));
    await assertThrows(load(folder), Error, missing(path("data_batch_3.bin")));
    const nowhere = join(folder, "nowhere");
    await assertThrows(load(nowhere), Error, missing(join(nowhere, "data_batch_1.bin")));
  }));

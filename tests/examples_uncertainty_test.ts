/** What the example of uncertainty is made of. */
import { NdArray, type predict } from "../mod.ts";
import {
  accuracyOf,
  calibrationError,
  guessesOf,
  mostCertain,
  reliability,
  scaleOfStd,
} from "../examples/calibration.ts";
import { directions } from "../examples/directions.ts";
import { obstacleOf } from "../examples/out_folder.ts";
import { rotated } from "../examples/rotation.ts";
import { angles, riseOf, stdsOf, type Turn, turn } from "../examples/turned_digits.ts";
import { coverageTable, reliabilityTable, turnTable } from "../examples/uncertainty_table.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "./assert.ts";

const array = (data: readonly number[], shape: number[]) => new NdArray(Float64Array.from(data), shape);
const rounding = { atol: 1e-14 };

Deno.test("rotated: quarter turns move pixels, counter-clockwise", () => {
  // deno-fmt-ignore
  const image = [1, 2, 3,
                 4, 5, 6,
                 7, 8, 9];
  // deno-fmt-ignore
  const quarter = [3, 6, 9,
                   2, 5, 8,
                   1, 4, 7];
  const turned = (degrees: number) => rotated(array(image, [1, 9]), degrees).data;
  assertDeepEquals(Array.from(turned(0)), image);
  assertClose(turned(90), quarter, rounding);
  assertClose(turned(180), image.toReversed(), rounding);
  assertClose(turned(270), quarter.toReversed(), rounding);
  assertClose(turned(-90), quarter.toReversed(), rounding);
  assertClose(turned(360), image, rounding);
});

Deno.test("rotated: between pixels values are linear, beyond the edge 0", () => {
  // Turned by 45° each pixel of four comes from the middle of a side, √½ from the centre: √½ − ½ of a pixel beyond the edge.
  const share = 1.5 - Math.SQRT1_2;
  const { data, shape } = rotated(array([1, 3, 5, 9, 0, 1, 0, 0], [2, 4]), 45);
  assertDeepEquals(shape, [2, 4]);
  const sides = [(1 + 3) / 2, (3 + 9) / 2, (1 + 5) / 2, (5 + 9) / 2, 0.5, 0.5, 0, 0];
  assertClose(data, sides.map((side) => share * side), rounding);
});

Deno.test("rotated: no value above those there were", () => {
  const image = array(Array(28 * 28).fill(1), [1, 28 * 28]);
  for (const degrees of angles) {
    assert(rotated(image, degrees).data.every((value) => value >= 0 && value <= 1));
  }
});

Deno.test("rotated: rows that are no squares", async () => {
  await assertThrows(
    () => rotated(array([1, 2, 3], [1, 3]), 90),
    TypeError,
    "Cannot rotate images as each must be a row of a square number of pixels: current value is 3",
  );
});

Deno.test("directions: each row has mean square 1, whatever its ink", async () => {
  const { data, shape } = directions(array([3, 4, 0, 0, 0, 0, 30, 40], [2, 4]));
  assertDeepEquals(shape, [2, 4]);
  assertClose(data, [1.2, 1.6, 0, 0, 0, 0, 1.2, 1.6], rounding);
  await assertThrows(
    () => directions(array([1, 0, 0, 0], [2, 2])),
    RangeError,
    "Cannot scale images as each must have some ink: current value is 0 in image 1",
  );
});

const guess = (confidence: number, isRight: boolean) => ({ class: 0, confidence, isRight });

Deno.test("guessesOf: the class of the largest probability, and whether it is the true one", () => {
  assertDeepEquals(guessesOf(array([0.25, 0.75, 0.5, 0.5, 0.1, 0.9], [3, 2]), [1, 0, 0]), [
    { class: 1, confidence: 0.75, isRight: true },
    { class: 0, confidence: 0.5, isRight: true },
    { class: 1, confidence: 0.9, isRight: false },
  ]);
});

Deno.test("reliability: bins with their upper bound, without those that are empty; the error is the mean over guesses", () => {
  const guesses = [
    ...[0.25, 0.5].map((confidence) => guess(confidence, true)),
    ...[0.375, 0.5].map((confidence) => guess(confidence, false)),
    ...[1, 0.875, 0.875, 0.75].map((confidence) => guess(confidence, confidence < 1)),
  ];
  const bins = reliability(guesses, 4);
  assertDeepEquals(bins, [
    { low: 0, high: 0.25, count: 1, confidence: 0.25, accuracy: 1 },
    { low: 0.25, high: 0.5, count: 3, confidence: 1.375 / 3, accuracy: 1 / 3 },
    { low: 0.5, high: 0.75, count: 1, confidence: 0.75, accuracy: 1 },
    { low: 0.75, high: 1, count: 3, confidence: 2.75 / 3, accuracy: 2 / 3 },
  ]);
  // |1 − ¼|/8 + |1 − 1.375|/8 + |1 − ¾|/8 + |2 − 2.75|/8.
  assertClose(calibrationError(bins), (0.75 + 0.375 + 0.25 + 0.75) / 8, rounding);
  assertEquals(reliability([guess(0, false)])[0].low, 0);
});

Deno.test("calibrationError: none where guesses are right as often as they are confident", () => {
  const guesses = [true, true, true, false].map((isRight) => guess(0.75, isRight));
  assertEquals(calibrationError(reliability(guesses)), 0);
  assertEquals(calibrationError(reliability(guesses.slice(0, 3))), 0.25);
});

Deno.test("mostCertain: without a share of the least certain guesses", () => {
  const guesses = [true, false, true, false].map((isRight) => guess(0.5, isRight));
  const kept = (share: number) => mostCertain(guesses, [4, 1, 3, 2], share);
  assertDeepEquals([0, 0.24, 0.25, 0.5].map((share) => kept(share).length), [4, 4, 3, 2]);
  assertDeepEquals([0, 0.25, 0.5].map((share) => accuracyOf(kept(share))), [0.5, 2 / 3, 1]);
});

Deno.test("scaleOfStd: errors are as large as deviations that are scaled by it", () => {
  const mean = array([1, 2, 3, 4], [2, 2]);
  const std = array([1, 1, 2, 2], [2, 2]);
  // Errors of 3, −1, 4 and 2 deviations.
  assertClose(scaleOfStd(array([4, 1, 11, 8], [2, 2]), { mean, std }), Math.sqrt(30 / 4), rounding);
});

const stds = (first: number, second: number): Turn => {
  return { degrees: 0, stds: [first, second], meanStd: (first + second) / 2, classes: [0, 0], accuracy: 0.5 };
};

Deno.test("riseOf: far angles are above upright digits, or the lowest of them is named", () => {
  const turns = [stds(1, 2), { ...stds(0.5, 0.5), degrees: 15 }, { ...stds(4, 1), degrees: 30 }];
  assertDeepEquals(riseOf([...turns, { ...stds(1.5, 2.5), degrees: 45 }]), {
    rises: true,
    text: "The std rises: from 1.5000 at 0° to 2.5000 at 30°, where it is larger for 50 % of the digits, " +
      "and at least 2.0000 at 45° from 30° on",
  });
  assertDeepEquals(riseOf([...turns, { ...stds(1, 2), degrees: 45 }]), {
    rises: false,
    text: "The std does not rise: it is 1.5000 at 0°, but 1.5000 at 45°",
  });
});

Deno.test("turn: what the model says of digits that were turned, with its deviations scaled", async () => {
  const seen: number[][] = [];
  const model = {
    predict: (x: NdArray) => {
      seen.push(Array.from(x.data));
      const prediction = { mean: array([0, 1, 1, 0], [2, 2]), std: array([2, 2, 4, 4], [2, 2]) };
      return Promise.resolve(prediction);
    },
  } as unknown as predict.RegressionModel;
  const digits = { x: array([1, 2, 3, 4, 5, 6, 7, 8], [2, 4]), labels: [1, 1] };
  const doubled = ({ data, shape }: NdArray) => array(Array.from(data, (value) => 2 * value), [...shape]);
  const found = await turn(model, digits, { degrees: 180, stdScale: 0.5, inputs: doubled });
  assertClose(seen.flat(), [8, 6, 4, 2, 16, 14, 12, 10], { atol: 1e-13 });
  assertDeepEquals(found, { degrees: 180, stds: [1, 2], meanStd: 1.5, classes: [1, 0], accuracy: 0.5 });
  assertDeepEquals(stdsOf({ mean: array([0, 0], [1, 2]), std: array([3, 3], [1, 2]) }), [3]);
});

Deno.test("tables: a line a bin, a share and an angle", () => {
  const bins = [{ low: 0.25, high: 0.5, count: 12, confidence: 0.4567, accuracy: 0.5 }];
  assertEquals(
    reliabilityTable([{ name: "softmax", bins, error: 0.0433 }]),
    `softmax                              guesses      confidence        accuracy
  0.3 to 0.5                              12          45.7 %          50.0 %
  calibration error                                                    4.3 %`,
  );
  const points = [{ setAside: 0, accuracy: 0.9 }, { setAside: 0.25, accuracy: 1 }];
  assertEquals(
    coverageTable([{ name: "by std", points }, { name: "by chance", points }], [0.25]),
    `Set aside                             by std       by chance
  25 %                               100.0 %         100.0 %`,
  );
  assertEquals(
    turnTable([{ ...stds(1, 2), degrees: 15 }]),
    `Turned by                           mean std        accuracy
  15°                                 1.5000          50.0 %`,
  );
});

Deno.test("obstacleOf: folders are made, files are in the way", () => {
  const folder = Deno.makeTempDirSync();
  try {
    assertEquals(obstacleOf(`${folder}/new/deep`), null);
    assertDeepEquals([...Deno.readDirSync(`${folder}/new/deep`)], []);
    Deno.writeTextFileSync(`${folder}/file`, "");
    for (const path of ["file", "file/below"]) assert(obstacleOf(`${folder}/${path}`)!.includes("mkdir"));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

/** Training that decays much faster than it changes: exact for the squared loss, implicit steps for others, and stoppable. */
import { NdArray } from "../mod.ts";
import { gradientDescent, gradientDescentMse, type LossGradient } from "../lib/predict/mod.ts";
import { lu } from "../lib/linalg/lu.ts";
import { oscillation } from "../lib/predict/oscillator.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "./assert.ts";

const table = (n: number, m: number, entry: (i: number, j: number) => number) =>
  Array.from({ length: n }, (_, i) => Array.from({ length: m }, (_, j) => entry(i, j)));

/** The gradient of ‖f − y‖²/(2N), as any loss. */
const squares: LossGradient = (fx, y) =>
  new NdArray(fx.data.map((value, i) => (value - y.data[i]) / y.size), y.shape);

/** The gradient of the cross-entropy of rows of logits. */
const crossEntropy: LossGradient = (fx, y) => {
  const [points, classes] = y.shape;
  const gradient = new Float64Array(y.size);
  for (let i = 0; i < points * classes; i += classes) {
    const exp = fx.data.subarray(i, i + classes).map(Math.exp);
    const sum = exp.reduce((a, b) => a + b);
    exp.forEach((e, j) => gradient[i + j] = e / sum - y.data[i + j]);
  }
  return new NdArray(gradient, y.shape);
};

/** A gradient that counts how often it is asked for. */
function counted(gradient: LossGradient) {
  const counter = { calls: 0 };
  const loss: LossGradient = (fx, y) => {
    counter.calls++;
    return gradient(fx, y);
  };
  return { counter, loss };
}

/** The shortest time of three runs in milliseconds: other processes only make them longer. */
async function shortest(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}

Deno.test("the squared loss is exact and fast however stiff", async () => {
  for (const [k, t] of [[1e5, 10], [1e12, 1e6], [3e-9, 10]]) {
    const predictFn = gradientDescent("mse", [[k]], [[1]]);
    const query = { t: [t / 2, t], fxTest0: 0.25, kTestTrain: [[k / 2]] };
    const { fxTrain, fxTest } = await predictFn(query);
    const learned = [-Math.expm1(-k * t / 2), -Math.expm1(-k * t)];
    assertClose(fxTrain.data, learned, { rtol: 1e-15 });
    assertClose(fxTest.data, learned.map((l) => 0.25 + l / 2), { rtol: 1e-15 });
    assert(await shortest(() => predictFn(query)) < 100);
  }
});

// ω², c, τ and the Laplace originals of `Oscillation`, from mpmath with 60 digits.
// deno-fmt-ignore
const oscillations = [
  [0, 30, 1, 0.03333333333333021412567705, 9.357622968840174604915832e-14, 0.03222222222222232619581076, 0.001037037037037147942198149, 0.001111111111107887929866288],
  [1e-18, 1, 50, 0.9999999999999999519998071, -9.998071250152035612118616e-19, 48.99999999999999884700019, 47.99999999999999889401003, 0.9999999999999999529901634],
  [1e-6, 1e-3, 700, 463.6185010004463151485956, 0.3473096646968060302702498, 189071.8343027476545811546, 39796195.20814417014660432, 149275.6390946034844345503],
  [0.01, 0.1, 1.9, 1.720022387322830426953712, 0.8110889298188187009583683, 1.69088314488982563462605, 1.038627324354639795482003, 1.58702041245436165507785],
  [0.0625, 0.1, 50, -0.1050715865748020021893111, 0.08319935984805172985008059, 14.83692478095085552590161, 160.6030738653431572995672, -1.223382605583460204055113],
  [0.25, 1, 2.1, 0.7348692731334262448107776, -0.01749688745555776773358994, 1.130510457288526091691249, 0.5706971944543673798823, 0.5598132628341587118089493],
  [1, 0.1, 700, 6.267548003411344191217681e-16, -1.068721546211697892819021e-16, 1.000000000000000044196675, 9.9999999999999993732452, 1.068721546211701868268757e-16],
  [40, 30, 0.01, 0.008633642819114731171721756, 0.7391771645461419526981338, 0.00004533877201040280375533786, 0.0000001437456207001656512279593, 0.00004102640338939783421849908],
  [1e6, 0.1, 0.01, -0.0005437491585217668054206544, -0.8386249175173153430506179, 0.00000183867929243316751973116, 1.053875082477185012486708e-8, 0.000001837625417350690334718673],
  [1e6, 1e4, 0.01, 0.00003716531890436680266513794, -0.003754459634809561501667286, 0.0000006321012705911415348502879, 6.283468109563319733486206e-11, 3.754459634809561501667286e-9],
  [-0.01, 0.1, 50, 98.29981397565657100703548, 6.075569150133316263693524, 1490.555054769897336439707, 8836.719344564742567800184, 606.8831203134230796596888],
  [-1, 30, 2.1, 0.03566832333532831904625451, 0.001187625989700325245196583, 0.07123732604954989663283187, 0.002334990001994985712921176, 0.001187625989700325245196582],
];

Deno.test("the damped oscillator keeps its digits over all regimes", () => {
  for (const [stiffness, friction, tau, ...expected] of oscillations) {
    const { pulse, pulseSlope, integral, slowed, slowedSlope } = oscillation(stiffness, friction, tau);
    // The phase ω·τ is known to its own last digit.
    const rtol = 2e-14 * (1 + Math.sqrt(Math.abs(stiffness)) * tau);
    const message = `${stiffness} ${friction} ${tau}`;
    assertClose([pulse, pulseSlope, integral, slowed, slowedSlope], expected, { rtol, message });
  }
  assertDeepEquals(oscillation(4, 1, 0), { pulse: 0, pulseSlope: 1, integral: 0, slowed: 0, slowedSlope: 0 });
});

Deno.test("momentum on the squared loss is the damped oscillator", async () => {
  // One output with ω² = 4 and c = (1 − momentum)/√learningRate = 4: critical damping, e = −(1 + 2τ)·e^{−2τ} with τ = t/8.
  const predictFn = gradientDescent("mse", [[4]], [[1]], { learningRate: 1 / 64, momentum: 0.5 });
  const t = [8, 80, 8e4];
  const { fxTrain, qxTrain, fxTest } = await predictFn({ t, fxTest0: 0.5, kTestTrain: [[2]] });
  const deviation = [1, 10, 1e4].map((tau) => (1 + 2 * tau) * Math.exp(-2 * tau));
  assertClose(fxTrain.data, deviation.map((e) => 1 - e), { rtol: 1e-14 });
  assertClose(qxTrain!.data, [1, 10, 1e4].map((tau) => 4 * tau * Math.exp(-2 * tau)), { rtol: 1e-13 });
  // Half the pull everywhere: half the way.
  assertClose(fxTest.data, deviation.map((e) => 0.5 + (1 - e) / 2), { rtol: 1e-14 });
});

Deno.test("a loss that is the squared one by accident gives the exact states, with and without momentum", async () => {
  const n = 6;
  const k = table(n, n, (i, j) => 1e3 * Math.exp(-Math.abs(i - j) / 3));
  const y = table(n, 2, (i, j) => Math.sin(i + 2 * j));
  const query = {
    t: [1e-3, 0.5, 40],
    fxTest0: 0.5,
    kTestTrain: table(2, n, (i, j) => 500 * Math.exp(-Math.abs(i + 0.5 - j) / 3)),
  };
  const settings = [{}, { momentum: 0.1, learningRate: 1e-6 }, { momentum: 0.9, learningRate: 1e-4 }];
  for (const options of settings) {
    const { counter, loss } = counted(squares);
    const stepped = await gradientDescent(loss, k, y, options)(query);
    const exact = await gradientDescent("mse", k, y, options)(query);
    for (const name of ["fxTrain", "fxTest", "qxTrain", "qxTest"] as const) {
      assertEquals(stepped[name] === null, exact[name] === null);
      const scale = exact[name]?.data.reduce((max, value) => Math.max(max, Math.abs(value)), 0) ?? 0;
      if (stepped[name]) {
        assertClose(stepped[name].data, exact[name]!.data, { atol: 1e-6 * scale, message: name });
      }
    }
    // Explicit steps would take a thousand times as many without momentum: λ·t/N is 1e4.
    assert(counter.calls < 6000, `${counter.calls}`);
  }
});

Deno.test("stiff losses take few steps", async () => {
  // d = f₀ − f₁ obeys d' = 2k/(1 + eᵈ), so that d + eᵈ = 1 + 2kt.
  for (const [k, t] of [[1e3, 10], [1e5, 10], [1e8, 1e3]]) {
    const { counter, loss } = counted(crossEntropy);
    const { fxTrain } = await gradientDescent(loss, [[k]], [[1, 0]])({ t });
    const d = fxTrain.at(0, 0) - fxTrain.at(0, 1);
    assertClose(d + Math.exp(d), 1 + 2 * k * t, { rtol: 1e-6 });
    assert(counter.calls < 5000, `${counter.calls}`);
  }
  const { counter, loss } = counted(squares);
  const { fxTrain } = await gradientDescent(loss, [[1e5]], [[1]])({ t: 10 });
  assertClose(fxTrain.data, [1], { rtol: 1e-7 });
  assert(counter.calls < 2000, `${counter.calls}`);
});

Deno.test("a stiff loss that couples points, whose gradient no single point has", async () => {
  // L = ‖f − mean(f) − y‖²/2 over points: with K = k·I and mean(y) = 0, deviations from the mean decay at the rate k, the mean stays.
  const centred: LossGradient = (fx, y) => {
    const mean = fx.data.reduce((a, b) => a + b) / fx.size;
    return new NdArray(fx.data.map((value, i) => value - mean - y.data[i]), y.shape);
  };
  const { counter, loss } = counted(centred);
  const k = table(3, 3, (i, j) => i === j ? 1e4 : 0);
  const query = { t: [1e-4, 20], fxTrain0: [[1], [2], [6]] };
  const { fxTrain } = await gradientDescent(loss, k, [[-1], [0], [1]])(query);
  const left = Math.exp(-1);
  assertClose(fxTrain.data, [2 + left * -1, 3 + left * -1, 4 + left * 2, 2, 3, 4], { rtol: 1e-7 });
  assert(counter.calls < 3000, `${counter.calls}`);
});

Deno.test("a gradient in float32, or in one array for all calls, has stiff steps as well", async () => {
  const single: LossGradient = (fx, y) =>
    new NdArray(Float32Array.from((squares(fx, y) as NdArray).data), y.shape);
  const reused = new NdArray(new Float64Array(2), [2, 1]);
  const sameArray: LossGradient = (fx, y) => {
    reused.data.set((squares(fx, y) as NdArray).data);
    return reused;
  };
  const k = [[2e4, 1e4], [1e4, 2e4]];
  const [a, b] = [counted(single), counted(sameArray)];
  const rough = await gradientDescent(a.loss, k, [[1], [2]], { rtol: 1e-5 })({ t: 10 });
  assertClose(rough.fxTrain.data, [1, 2], { rtol: 1e-4 });
  const fine = await gradientDescent(b.loss, k, [[1], [2]])({ t: 10 });
  assertClose(fine.fxTrain.data, [1, 2], { rtol: 1e-7 });
  assert(a.counter.calls < 4000 && b.counter.calls < 4000, `${a.counter.calls} ${b.counter.calls}`);
});

Deno.test("a signal stops training at once, and timers stay alive", async () => {
  const n = 60;
  const k = table(n, n, (i, j) => 1e6 * Math.exp(-Math.abs(i - j) / 5));
  const y = table(n, 2, (i, j) => (i % 3 === 0) === (j === 0) ? 1 : 0);
  const latencies: number[] = [];
  for (
    const [loss, options, kernel] of [
      [crossEntropy, {}, k],
      // Swings, which no implicit step shortens: 1e8 periods.
      [squares, { momentum: 0.99 }, [[1e6]]],
      [squares, { rtol: 1e-13 }, k],
    ] as const
  ) {
    const controller = new AbortController();
    let aborted = 0;
    const timer = setTimeout(() => {
      aborted = performance.now();
      controller.abort(new Error("enough"));
    }, 60);
    const targets = kernel.length === 1 ? [[1]] : y;
    const run = gradientDescent(loss, kernel, targets, options)({ t: 1e6, signal: controller.signal });
    await assertThrows(() => run, Error, "enough").catch((error) => {
      // What is done before it is told to stop is done.
      if (aborted !== 0) throw error;
    });
    if (aborted !== 0) latencies.push(performance.now() - aborted);
    clearTimeout(timer);
  }
  assert(latencies.length > 0 && Math.min(...latencies) < 100, `${latencies}`);
  const stopped = AbortSignal.abort(new Error("enough"));
  for (const loss of ["mse", squares] as const) {
    await assertThrows(() => gradientDescent(loss, [[1]], [[1]])({ t: 1, signal: stopped }), Error, "enough");
  }
});

Deno.test("elimination solves what needs exchanges of rows, and tells what is singular", async () => {
  const solve = await lu(Float64Array.of(0, 2, 1, 1, 0, 0, 3, 1, 1), 3);
  // 2y + z = 7, x = 1, 3x + y + z = 8.
  assertDeepEquals([...solve!(Float64Array.of(7, 1, 8))], [1, 2, 3]);
  assertEquals(await lu(Float64Array.of(1, 2, 2, 4), 2), null);
  assertEquals(await lu(Float64Array.of(1, NaN, 2, NaN), 2), null);
});

Deno.test("resumed at any time, training continues exactly", async () => {
  const k = [[3, 1], [1, 2]], y = [[1], [-1]];
  const start = { fxTest0: 0.5, kTestTrain: [[1, 1]] };
  const predictFn = gradientDescent("mse", k, y, { momentum: 0.8 });
  const whole = await predictFn({ t: 9, ...start });
  const half = await predictFn({ t: 4, ...start });
  const rest = await predictFn({
    t: 5,
    fxTrain0: half.fxTrain,
    qxTrain0: half.qxTrain,
    fxTest0: half.fxTest,
    qxTest0: half.qxTest,
    kTestTrain: start.kTestTrain,
  });
  for (const name of ["fxTrain", "fxTest", "qxTrain", "qxTest"] as const) {
    assertClose(rest[name]!.data, whole[name]!.data, { atol: 1e-14 });
  }
  const plain = await gradientDescent("mse", k, y)({ t: 4, ...start });
  const closed = await gradientDescentMse(k, y)({ t: 4, ...start });
  assertClose(plain.fxTest.data, closed.fxTest.data, { rtol: 1e-14 });
});

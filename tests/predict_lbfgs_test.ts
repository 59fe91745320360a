/** Minimization within bounds. */
import { minimize, type Slope, type Step } from "../lib/predict/lbfgs.ts";
import { assert, assertClose, assertEquals } from "./assert.ts";

const unbounded = (n: number) => Array.from({ length: n }, () => [-Infinity, Infinity] as const);

/** Σ 100(x₂ₖ₊₁ − x₂ₖ²)² + (1 − x₂ₖ)², with its minimum 0 at ones. */
function rosenbrock(x: readonly number[]): Slope {
  let value = 0;
  const gradient = x.map(() => 0);
  for (let i = 0; i < x.length; i += 2) {
    const [a, b] = [x[i + 1] - x[i] ** 2, 1 - x[i]];
    value += 100 * a * a + b * b;
    gradient[i] += -400 * a * x[i] - 2 * b;
    gradient[i + 1] += 200 * a;
  }
  return { value, gradient };
}

for (const n of [2, 10]) {
  Deno.test(`Rosenbrock's valley in ${n} variables`, async () => {
    const start = Array.from({ length: n }, (_, i) => i % 2 ? 1 : -1.2);
    let evaluations = 0;
    const evaluate = (x: readonly number[]) => (evaluations++, rosenbrock(x));
    const { point, converged, iteration } = await minimize(evaluate, start, {
      bounds: unbounded(n),
      tolerance: 1e-9,
    });
    assert(converged);
    assertClose(point, start.map(() => 1), { atol: 1e-8 });
    assert(iteration < 60 && evaluations < 90, `${iteration} steps, ${evaluations} evaluations`);
  });
}

Deno.test("Rosenbrock's valley with a bound across it", async () => {
  // On x ≤ ½ the minimum is at x = ½, y = ¼.
  const bounds = [[-2, 0.5], [-2, 2]] as const;
  const { point, converged, gradient } = await minimize(rosenbrock, [-1.2, 1], { bounds, tolerance: 1e-9 });
  assert(converged);
  assertEquals(point[0], 0.5);
  assertClose(point[1], 0.25, { atol: 1e-9 });
  assert(gradient[0] < 0);
});

/** ½·xᵀQx − bᵀx with a positive definite Q of condition 100. */
const q = [[50, 10, 0], [10, 4, 1], [0, 1, 0.9]];
const b = [1, -2, 3];
function quadratic(x: readonly number[]): Slope {
  const product = q.map((row) => row.reduce((sum, entry, j) => sum + entry * x[j], 0));
  return {
    value: x.reduce((sum, xi, i) => sum + xi * (product[i] / 2 - b[i]), 0),
    gradient: product.map((entry, i) => entry - b[i]),
  };
}

Deno.test("a quadratic with active bounds: its multipliers have the right sign", async () => {
  const bounds = [[0, 1], [-0.5, 1], [-1, 2]] as const;
  const { point, gradient, converged } = await minimize(quadratic, [1, 1, -1], { bounds, tolerance: 1e-10 });
  assert(converged);
  point.forEach((x, i) => {
    const [low, high] = bounds[i];
    if (x === low) assert(gradient[i] >= 0, `variable ${i} at its lower bound`);
    else if (x === high) assert(gradient[i] <= 0, `variable ${i} at its upper bound`);
    else assertClose(gradient[i], 0, { atol: 1e-9 });
  });
  assert(point.some((x, i) => bounds[i].includes(x as never)), "no bound is active");
  assert(point.some((x, i) => !bounds[i].includes(x as never)), "all bounds are active");
});

Deno.test("a start beyond the bounds is moved onto them", async () => {
  const { point } = await minimize(quadratic, [9, 9, 9], { bounds: [[2, 3], [2, 3], [2, 3]] });
  assertClose(point, [2, 2, 2]);
});

Deno.test("a region where the function is not defined is stepped around", async () => {
  const steps: Step[] = [];
  // −log x + x beyond 0, whose minimum is at 1; the first step from 20 leads below 0.
  const barrier = ([x]: readonly number[]): Slope =>
    x <= 0
      ? { value: NaN, gradient: [NaN] }
      : { value: 40 * (x - Math.log(x)), gradient: [40 * (1 - 1 / x)] };
  for (const start of [0.01, 0.5, 20]) {
    const { point, converged } = await minimize(barrier, [start], {
      bounds: unbounded(1),
      tolerance: 1e-8,
      onStep: (step) => steps.push(step),
    });
    assert(converged);
    assertClose(point, [1], { atol: 1e-8 });
  }
  assert(steps.every(({ value }) => Number.isFinite(value)));
  for (const [i, { value, iteration }] of steps.entries()) {
    assert(iteration === 0 || value < steps[i - 1].value);
  }
});

Deno.test("an infinite region beside the start", async () => {
  const wall = ([x]: readonly number[]): Slope =>
    x > 1 ? { value: Infinity, gradient: [Infinity] } : { value: -x, gradient: [-1] };
  const { point, converged } = await minimize(wall, [0.3], { bounds: [[-5, 5]] });
  assert(converged);
  assertClose(point, [1], { atol: 1e-6 });
});

Deno.test("steps are counted, and too few of them are no convergence", async () => {
  const { converged, iteration } = await minimize(rosenbrock, [-1.2, 1], {
    bounds: unbounded(2),
    maxIterations: 3,
  });
  assertEquals(converged, false);
  assertEquals(iteration, 3);
});

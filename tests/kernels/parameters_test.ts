import { assertThrows } from "../assert.ts";
import * as kernels from "../../kernels/mod.ts";

/** What a caller without a type checker passes. */
const untyped = <T>(value: unknown): T => value as T;

const refused: [call: () => unknown, type: typeof RangeError | typeof TypeError, message: string][] = [
  [() => kernels.abRelu(NaN, 1), RangeError, "ABRelu as a must be a finite number: current value is NaN"],
  [
    () => kernels.abRelu(0, Infinity),
    RangeError,
    "ABRelu as b must be a finite number: current value is Infinity",
  ],
  [
    () => kernels.abRelu(0, untyped(undefined)),
    TypeError,
    "ABRelu as b must be a finite number: current value is undefined",
  ],
  [
    () => kernels.leakyRelu(untyped("0.1")),
    TypeError,
    "LeakyRelu as alpha must be a finite number: current value is 0.1",
  ],
  [
    () => kernels.erf({ b: -Infinity }),
    RangeError,
    "Erf as b must be a finite number: current value is -Infinity",
  ],
  [() => kernels.sin({ c: NaN }), RangeError, "Sin as c must be a finite number: current value is NaN"],
  [() => kernels.cos({ a: NaN }), RangeError, "Cos as a must be a finite number: current value is NaN"],
  [
    () => kernels.rbf({ gamma: -1 }),
    RangeError,
    "Rbf as gamma must be a non-negative number: current value is -1",
  ],
  [
    () => kernels.rbf({ gamma: NaN }),
    RangeError,
    "Rbf as gamma must be a finite number: current value is NaN",
  ],
  [() => kernels.exp({ b: NaN }), RangeError, "Exp as b must be a finite number: current value is NaN"],
  [
    () => kernels.gaussian({ a: untyped(null) }),
    TypeError,
    "Gaussian as a must be a finite number: current value is null",
  ],
  [
    () => kernels.expNormalized({ gamma: -2 }),
    RangeError,
    "ExpNormalized as gamma must be a non-negative number: current value is -2",
  ],
  [
    () => kernels.expNormalized({ shift: NaN }),
    RangeError,
    "ExpNormalized as shift must be a finite number: current value is NaN",
  ],
  [
    () => kernels.monomial(1.5),
    RangeError,
    "Monomial as degree must be a non-negative integer: current value is 1.5",
  ],
  [
    () => kernels.monomial(-1),
    RangeError,
    "Monomial as degree must be a non-negative integer: current value is -1",
  ],
  [
    () => kernels.monomial(untyped("2")),
    TypeError,
    "Monomial as degree must be a non-negative integer: current value is 2",
  ],
  [
    () => kernels.rectifiedMonomial(NaN),
    RangeError,
    "RectifiedMonomial as degree must be a non-negative integer: current value is NaN",
  ],
  [
    () => kernels.hermite(Infinity),
    RangeError,
    "Hermite as degree must be a non-negative integer: current value is Infinity",
  ],
  [
    () => kernels.polynomial(untyped(3)),
    TypeError,
    "Polynomial as coef must be an array of numbers: current value is 3",
  ],
  [
    () => kernels.polynomial([1, NaN]),
    RangeError,
    "Polynomial as coef[1] must be a finite number: current value is NaN",
  ],
  [
    () => kernels.polynomial(untyped([[1]])),
    TypeError,
    "Polynomial as coef[0] must be a finite number: current value is [1]",
  ],
];

for (const [call, type, message] of refused) {
  Deno.test(`refused: ${message}`, () => assertThrows(call, type, `Cannot build ${message}`));
}

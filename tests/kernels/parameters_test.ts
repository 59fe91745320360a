import { assertThrows } from "../assert.ts";
import { stax } from "../../mod.ts";

/** What a caller without a type checker passes. */
const untyped = <T>(value: unknown): T => value as T;

const refused: [call: () => unknown, type: typeof RangeError | typeof TypeError, message: string][] = [
  [() => stax.ABRelu(NaN, 1), RangeError, "ABRelu as a must be a finite number: current value is NaN"],
  [
    () => stax.ABRelu(0, Infinity),
    RangeError,
    "ABRelu as b must be a finite number: current value is Infinity",
  ],
  [
    () => stax.ABRelu(0, untyped(undefined)),
    TypeError,
    "ABRelu as b must be a finite number: current value is undefined",
  ],
  [
    () => stax.LeakyRelu(untyped("0.1")),
    TypeError,
    "LeakyRelu as alpha must be a finite number: current value is 0.1",
  ],
  [
    () => stax.Erf({ b: -Infinity }),
    RangeError,
    "Erf as b must be a finite number: current value is -Infinity",
  ],
  [() => stax.Sin({ c: NaN }), RangeError, "Sin as c must be a finite number: current value is NaN"],
  [() => stax.Cos({ a: NaN }), RangeError, "Cos as a must be a finite number: current value is NaN"],
  [
    () => stax.Rbf({ gamma: -1 }),
    RangeError,
    "Rbf as gamma must be a non-negative number: current value is -1",
  ],
  [
    () => stax.Rbf({ gamma: NaN }),
    RangeError,
    "Rbf as gamma must be a finite number: current value is NaN",
  ],
  [() => stax.Exp({ b: NaN }), RangeError, "Exp as b must be a finite number: current value is NaN"],
  [
    () => stax.Gaussian({ a: untyped(null) }),
    TypeError,
    "Gaussian as a must be a finite number: current value is null",
  ],
  [
    () => stax.ExpNormalized({ gamma: -2 }),
    RangeError,
    "ExpNormalized as gamma must be a non-negative number: current value is -2",
  ],
  [
    () => stax.ExpNormalized({ shift: NaN }),
    RangeError,
    "ExpNormalized as shift must be a finite number: current value is NaN",
  ],
  [
    () => stax.Monomial(1.5),
    RangeError,
    "Monomial as degree must be a non-negative integer: current value is 1.5",
  ],
  [
    () => stax.Monomial(-1),
    RangeError,
    "Monomial as degree must be a non-negative integer: current value is -1",
  ],
  [
    () => stax.Monomial(untyped("2")),
    TypeError,
    "Monomial as degree must be a non-negative integer: current value is 2",
  ],
  [
    () => stax.RectifiedMonomial(NaN),
    RangeError,
    "RectifiedMonomial as degree must be a non-negative integer: current value is NaN",
  ],
  [
    () => stax.Hermite(Infinity),
    RangeError,
    "Hermite as degree must be a non-negative integer: current value is Infinity",
  ],
  [
    () => stax.Polynomial(untyped(3)),
    TypeError,
    "Polynomial as coef must be an array of numbers: current value is 3",
  ],
  [
    () => stax.Polynomial([1, NaN]),
    RangeError,
    "Polynomial as coef[1] must be a finite number: current value is NaN",
  ],
  [
    () => stax.Polynomial(untyped([[1]])),
    TypeError,
    "Polynomial as coef[0] must be a finite number: current value is [1]",
  ],
];

for (const [call, type, message] of refused) {
  Deno.test(`refused: ${message}`, () => assertThrows(call, type, `Cannot build ${message}`));
}

/** `batch`: the function itself, after its options were checked. */
import { batch, stax, UnsupportedError } from "../../mod.ts";
import { assertEquals, assertThrows } from "../assert.ts";

const { Dense } = stax;

Deno.test("batch is the function itself, whatever the size of the blocks", () => {
  for (const options of [{}, { batchSize: 2 }, { deviceCount: 1, storeOnDevice: false }]) {
    assertEquals(batch(kernelFn, options), kernelFn);
  }
});

/** What a caller without a type checker passes. */
const untyped = <T>(value: unknown): T => value as T;
const { kernelFn } = Dense(1);

// deno-fmt-ignore
const refused: readonly [() => unknown, new (...args: never[]) => Error, string][] = [
  [() => batch(untyped(Dense(1))), TypeError, "Cannot build batch as kernelFn must be that of a network, such as stax.serial(…).kernelFn: current value is a value of type Object"],
  [() => batch(untyped(() => 0)), TypeError, "Cannot build batch as kernelFn must be that of a network, such as stax.serial(…).kernelFn: current value is a function"],
  [() => batch(kernelFn, { batchSize: -1 }), RangeError, "Cannot build batch as batchSize must be an integer of at least 0: current value is -1"],
  [() => batch(kernelFn, { batchSize: 1.5 }), RangeError, "Cannot build batch as batchSize must be an integer of at least 0: current value is 1.5"],
  [() => batch(kernelFn, untyped(5)), TypeError, "Cannot build batch as its options must be an object: current value is 5"],
  [() => batch(kernelFn, untyped({ batch_size: 5 })), TypeError, "Cannot build batch as its options must be among batchSize, deviceCount, storeOnDevice: current value is batch_size, did you mean batchSize?"],
  [() => batch(kernelFn, { deviceCount: -2 }), RangeError, "Cannot build batch as deviceCount must be an integer of at least -1: current value is -2"],
  [() => batch(kernelFn, { deviceCount: 2 }), UnsupportedError, "Cannot build batch as deviceCount must be -1, 0 or 1: current value is 2, leave it out, since a backend computes on one device with all of its cores"],
  [() => batch(kernelFn, { storeOnDevice: true }), UnsupportedError, "Cannot build batch as storeOnDevice must be false: current value is true, leave it out, since results are always in the memory of the host"],
  [() => batch(kernelFn, { storeOnDevice: untyped("host") }), TypeError, 'Cannot build batch as storeOnDevice must be true or false: current value is "host"'],
];

for (const [call, type, message] of refused) {
  Deno.test(`refused: ${message}`, () => assertThrows(call, type, message));
}

/**
 * Run as a program by native_fallback_test.ts: prints how far the kernels of `auto` are from those of `reference`, relative to the
 * largest entry, for some networks in turn. Before each but the first it runs the command that the arguments give, if any.
 */
import { random, stax } from "../../mod.ts";

const x = random.normal(random.key(1), [330, 3]);
const image = random.normal(random.key(2), [20, 5, 5, 1]);
const images = (wStd: number) =>
  stax.serial(stax.Conv(1, [3, 3], { wStd }), stax.Relu(), stax.GlobalAvgPool(), stax.Dense(1));
const vectors = (wStd: number) => stax.serial(stax.Dense(1, { wStd }), stax.Relu(), stax.Dense(1));

const [kind, ...command] = Deno.args;
const errors: number[] = [];
for (const wStd of [1.1, 1.2, 1.3]) {
  if (errors.length > 0 && command.length > 0) {
    await new Deno.Command(command[0], { args: command.slice(1) }).output();
  }
  const [network, input] = kind === "images" ? [images(wStd), image] : [vectors(wStd), x];
  const options = { diagonalSpatial: true };
  const [auto, reference] = await Promise.all(
    ["auto", "reference"].map((backend) => network.kernelFn(input, null, "ntk", { ...options, backend })),
  );
  const largest = reference.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  errors.push(Math.max(...auto.data.map((value, i) => Math.abs(value - reference.data[i]))) / largest);
}
console.log(JSON.stringify(errors));

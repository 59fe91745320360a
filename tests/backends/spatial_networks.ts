/** Parts of the networks with positions that tests of backends build. */
import { stax } from "../../mod.ts";

/** A convolution of 3 × 3 that keeps the size. */
export const conv = (options: stax.ConvOptions = {}) =>
  stax.Conv(1, [3, 3], { padding: "SAME", wStd: 1.4, bStd: 0.1, ...options });

/** A convolution and a rectifier. */
export const layer = (options: stax.ConvOptions = {}) => stax.serial(conv(options), stax.Relu());

/** The mean of 2 × 2. */
export const pool = stax.AvgPool([2, 2], { strides: [2, 2] });

/** A layer beside its input. */
export const residual = stax.serial(
  stax.FanOut(2),
  stax.parallel(stax.serial(stax.Relu(), conv()), stax.Identity()),
  stax.FanInSum(),
);

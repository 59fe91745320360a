/**
 * Random numbers, bit for bit those of `jax.random` with its default generator: counter-based Threefry-2x32
 * (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") in the partitionable layout that JAX
 * uses since version 0.5, on a CPU in x64 mode. A key is a value: the same key always gives the same numbers,
 * so make new ones with `split` or `foldIn`.
 */
export { foldIn, Key, key, split } from "./key.ts";
export { type Bits, bits } from "./bits.ts";
export { uniform, type UniformOptions } from "./uniform.ts";
export { normal } from "./normal.ts";
export { bernoulli } from "./bernoulli.ts";
export { type IntegerOptions, randint } from "./randint.ts";
export { choice } from "./choice.ts";
export { permutation } from "./permutation.ts";

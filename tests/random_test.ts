import { type DType, NdArray, rows, scale, sum } from "../lib/array.ts";
import {
  bernoulli,
  bits,
  choice,
  foldIn,
  Key,
  key,
  normal,
  permutation,
  randint,
  split,
  uniform,
} from "../lib/random/mod.ts";
import { erfInv32 } from "../lib/random/erf_inv32.ts";
import { erfInv64 } from "../lib/random/erf_inv64.ts";
import { fma } from "../lib/random/fma.ts";
import { assert, assertClose, assertDeepEquals, assertEquals, assertThrows } from "./assert.ts";
import { fixture, type FixtureArray } from "./fixtures.ts";

type Named = Record<string, FixtureArray>;
type Samples = Record<string, Record<"normal" | "uniform", FixtureArray>> & { "uniform_-2_3": FixtureArray };

/** What jax.random of JAX 0.10.2 gives for one key. */
interface Stream {
  key: FixtureArray;
  split: Named;
  split_of_split: FixtureArray;
  fold_in: Named;
  bits32: Named;
  bits64: Record<string, { shape: number[]; data: string[] }>;
  float32: Samples;
  float64: Samples;
  randint_int32: Named;
  randint_int64: Named;
  choice_x32: Named;
  choice_x64: Named;
  bernoulli_x32: FixtureArray;
  bernoulli_x64: FixtureArray;
  permutation_7: FixtureArray;
}

interface DualKernelInput {
  sum: number;
  first_row_5: FixtureArray;
  last_row_5: FixtureArray;
}

const streams =
  fixture<{ partitionable_true: Record<string, Stream> & { dual_kernel_approx_seed1: DualKernelInput } }>("random")
    .partitionable_true;

const wordsOf = (keys: Key[]) => keys.flatMap((k) => [...k.data]);
const same = (actual: NdArray, { shape, data }: FixtureArray, what: string) => {
  assertDeepEquals(actual.shape, shape, what);
  assertDeepEquals([...actual.data], data, what);
};

/** What a kernel is computed from, checked: what `inputs.ts` and `from_kernel.ts` make of the arguments of a call. */
import type { DType, NdArray, Values } from "../array/mod.ts";
import type { Given, Gram, Job } from "../program/job.ts";
import type { Axes } from "./axes.ts";
import type { Pairs } from "../pairs.ts";
import type { Kernel } from "./kernel.ts";
import type { RowFacts } from "./kernel_expr.ts";
import type { PatternPair } from "./patterns.ts";

/** Checked inputs in the wanted precision. */
export interface Prepared extends Pairs {
  readonly source: Gram | Given;
  /** Features of the inputs (or of the outputs that are continued) */
  readonly width: number;
  /** Lengths of the axes that are neither batch nor features; none for vectors */
  readonly positions: readonly number[];
  /** Where the inputs have their examples and features, from 0 */
  readonly batchAxis: number;
  readonly channelAxis: number;
  /** The kernel that is continued, or null */
  readonly kernel: Kernel | null;
  /** The inputs with their examples first and features last, or null when a kernel is continued */
  readonly array1: NdArray | null;
  readonly array2: NdArray | null;
  /** `index`: the number of every row, those of x1, then those of x2 unless symmetric */
  readonly rowVariables: Job["rowVariables"];
  /** Refuses an entry that is NaN or infinite, if that was left to whoever computes variances: it makes that of its row so */
  readonly requireFinite?: () => void;
  readonly facts: RowFacts;
}

/** What the call says besides the inputs. */
export interface InputOptions {
  readonly dtype: DType;
  /** The axes of examples and features */
  readonly axes: Axes;
  readonly pattern: PatternPair | null;
  /** Entries with this value are padding; null: none are */
  readonly maskConstant: number | null;
}

/** The values of an array in a precision. */
export function rounded({ data }: NdArray, dtype: DType): Values {
  if (dtype === "float32") return data instanceof Float32Array ? data : new Float32Array(data);
  return data instanceof Float64Array ? data : new Float64Array(data);
}

/** 0, 1, 2, … */
export const indices = (count: number): Float64Array => new Float64Array(count).map((_, i) => i);

/** Complex numbers in arrays: what sketches give and take. */
import { type ArrayInput, assertFinite, NdArray, ownArray } from "../array/mod.ts";
import { requireNames } from "../options.ts";

/** Complex numbers: their real and their imaginary parts, in arrays of one shape. */
export interface ComplexArray {
  /** The real parts. */
  readonly re: NdArray<Float64Array>;
  /** The imaginary parts. */
  readonly im: NdArray<Float64Array>;
}

/** What arguments take that may be complex: an array, or one for the real and one for the imaginary parts. */
export type ComplexInput = ArrayInput | { readonly re: ArrayInput; readonly im: ArrayInput };

/** Numbers of a shape; `im` is null for real ones. */
export interface Parts {
  readonly shape: readonly number[];
  readonly re: Float64Array;
  readonly im: Float64Array | null;
}

/** Copies of the parts of what an argument called `name` stands for, if they are finite and of one shape. */
export function partsOf(input: ComplexInput, name: string): Parts {
  if (!isPair(input)) return { ...copy(input, name), im: null };
  requireNames(`read ${name}`, `its parts`, ["re", "im"], input);
  const [re, im] = [copy(input.re, `${name}.re`), copy(input.im, `${name}.im`)];
  if (String(re.shape) !== String(im.shape)) {
    throw new TypeError(
      `Cannot read ${name} as the shape of ${name}.im must be [${
        re.shape.join(", ")
      }], as that of ${name}.re: ` +
        `current value is [${im.shape.join(", ")}]`,
    );
  }
  return { shape: re.shape, re: re.re, im: im.re };
}

const isPair = (input: ComplexInput): input is { readonly re: ArrayInput; readonly im: ArrayInput } =>
  typeof input === "object" && input !== null && "re" in input;

/** A copy in double precision, as the caller may change the array. */
function copy(input: ArrayInput, name: string): Omit<Parts, "im"> {
  const { data, shape } = finiteCopy(input, name);
  return { shape, re: data instanceof Float64Array ? data : Float64Array.from(data) };
}

function finiteCopy(input: ArrayInput, name: string): NdArray {
  const a = ownArray(input, name);
  assertFinite(a, name);
  return a;
}

/** The parts of rows of a length, if that is what an argument called `name` stands for. */
export function rowsOf(action: string, input: ComplexInput, name: string, width: number, as: string): Parts {
  const parts = partsOf(input, name);
  const { shape } = parts;
  if (shape.length === 2 && shape[1] === width) return parts;
  throw new TypeError(
    `Cannot ${action} as the shape of ${name} must be [n, ${width}], ${as}: current value is [${
      shape.join(", ")
    }]`,
  );
}

/** Parts as an array of complex numbers, the imaginary ones 0 unless there are some. */
export function complexArray({ shape, re, im }: Parts): ComplexArray {
  return { re: new NdArray(re, shape), im: new NdArray(im ?? new Float64Array(re.length), shape) };
}

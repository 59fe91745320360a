/**
 * Sketches of gradients. In: for every layer two vectors, whose tensor product is the gradient in its parameters. Out: one row of columns for
 * all layers, of which each has as many: E⟨ψ(x), ψ(y)⟩ = Σₗ ⟨aₗ, aₗ′⟩·⟨δₗ, δₗ′⟩, however few columns there are.
 */
import { NdArray } from "../../array/mod.ts";
import { foldIn, type Key } from "../../random/mod.ts";
import { hashesOf, TensorSRHT } from "../../sketching/tensor_srht.ts";
import { tensorSketch } from "../../sketching/compute.ts";
import { fouriers } from "../../sketching/fourier.ts";
import type { Steps } from "../../steps.ts";
import type { Gradient } from "./gradients.ts";

/** A sketch for the gradients of layers with vectors of these sizes. */
export class GradientSketch {
  readonly #layers: readonly TensorSRHT[];
  readonly #columns: number;
  readonly #plan = fouriers();

  constructor(key: Key, sizes: readonly { readonly input: number; readonly delta: number }[], most: number) {
    const pairs = Math.floor(most / 2);
    this.#layers = sizes.map(({ input, delta }, i) =>
      TensorSRHT.draw(foldIn(key, i), {
        inputDim1: input,
        inputDim2: delta,
        // Shares that differ by at most one pair of columns, a real and an imaginary part.
        sketchDim: 2 * Math.floor((pairs + i) / sizes.length),
      })
    );
    // One of zeros for a network without parameters.
    this.#columns = Math.max(1, this.#layers.reduce((sum, { outputDim }) => sum + 2 * outputDim, 0));
  }

  /** The sketches of some rows, shape [n, columns]. */
  *of(gradients: readonly Gradient[], count: number): Steps<NdArray<Float64Array>> {
    const out = new Float64Array(count * this.#columns);
    let start = 0;
    for (const [i, { input, delta }] of gradients.entries()) {
      const srht = this.#layers[i];
      const { re, im } = yield* tensorSketch(parts(input), parts(delta), hashesOf(srht), this.#plan);
      const width = srht.outputDim;
      for (let row = 0; row < count; row++) {
        const [from, to] = [row * width, row * this.#columns + start];
        out.set(re.subarray(from, from + width), to);
        out.set(im!.subarray(from, from + width), to + width);
      }
      start += 2 * width;
      yield;
    }
    return new NdArray(out, [count, this.#columns]);
  }
}

const parts = ({ data, shape }: NdArray<Float64Array>) => ({ shape, re: data, im: null });

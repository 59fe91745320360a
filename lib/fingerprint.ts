/** Fingerprints of numbers: 64 bits that differ, but for one chance in 2⁶⁴, if any of the numbers does. Not against forgery. */
import { inRanges, type Steps } from "./steps.ts";

/** Numbers of 32 bits that are mixed in a step, some milliseconds. */
const STEP_WORDS = 2 ** 20;

/** A fingerprint of what was added so far, in order. */
export class Fingerprint {
  #a = 0x9e3779b9;
  #b = 0x85ebca6b;

  /** Adds a text. */
  text(text: string): this {
    this.#mix(Uint32Array.from(text, (letter) => letter.codePointAt(0)!));
    return this;
  }

  /** Adds numbers by their bits. */
  numbers(numbers: Float64Array): this {
    this.#mix(wordsOf(numbers));
    return this;
  }

  /** Adds many numbers by their bits, in steps. */
  *manyNumbers(numbers: Float64Array | Int32Array): Steps<void> {
    const words = wordsOf(numbers);
    yield* inRanges(words.length, STEP_WORDS, (start, end) => this.#mix(words.subarray(start, end)));
  }

  /** 16 hexadecimal digits. */
  get digits(): string {
    return this.halves.map((half) => half.toString(16).padStart(8, "0")).join("");
  }

  /** The 64 bits in two halves. */
  get halves(): readonly [number, number] {
    return [this.#a >>> 0, this.#b >>> 0];
  }

  #mix(words: Uint32Array): void {
    let a = this.#a, b = this.#b;
    for (let i = 0; i < words.length; i++) {
      // A product carries bits up only; the shifts bring them down, or two changed signs would cancel.
      a = Math.imul(a ^ words[i], 0x9e3779b1);
      a ^= a >>> 15;
      b = Math.imul(b ^ words[i], 0xc2b2ae35);
      b ^= b >>> 13;
    }
    this.#a = a;
    this.#b = b;
  }
}

const wordsOf = ({ buffer, byteOffset, byteLength }: Float64Array | Int32Array) =>
  new Uint32Array(buffer, byteOffset, byteLength / Uint32Array.BYTES_PER_ELEMENT);

/** Rotation distances of the odd and the even groups of four rounds (Salmon et al. 2011, table 2, 2×32). */
const ROTATIONS = [[13, 15, 26, 6], [17, 29, 16, 24]];

/** The key schedule's parity constant, the low half of the 64-bit one. */
const PARITY = 0x1bd11bda;

/** Two words for every counter. */
export interface Words {
  readonly first: Uint32Array;
  readonly second: Uint32Array;
}

/**
 * Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2,
 * 3", §3) of the counters (0, start), (0, start + 1), … , `count` of them, all below 2³².
 *
 * A round maps the words (x₀, x₁) to x₀ ← x₀ + x₁ mod 2³², x₁ ← rotate(x₁) ⊕ x₀. Before the first and after
 * every fourth round two of the three key words k₀, k₁, k₂ = k₀ ⊕ k₁ ⊕ parity are added, in turn, and the
 * number of the injection to x₁.
 */
export function threefry2x32([k0, k1]: Uint32Array, start: number, count: number): Words {
  const schedule = [k0, k1, k0 ^ k1 ^ PARITY];
  const first = new Uint32Array(count);
  const second = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    let x0 = k0;
    let x1 = (start + i + k1) | 0;
    for (let group = 0; group < 5; group++) {
      for (const distance of ROTATIONS[group % 2]) {
        x0 = (x0 + x1) | 0;
        x1 = ((x1 << distance) | (x1 >>> (32 - distance))) ^ x0;
      }
      x0 = (x0 + schedule[(group + 1) % 3]) | 0;
      x1 = (x1 + schedule[(group + 2) % 3] + group + 1) | 0;
    }
    first[i] = x0;
    second[i] = x1;
  }
  return { first, second };
}

// The covariance of two inputs at a pair of positions, where a chain or an entrywise shader begins with the inputs: channel c of
// position p of row i is inputs1[(i * positions + p) * depth + c].

@group(0) @binding(1) var<storage, read> inputs1: array<Real>;
@group(0) @binding(2) var<storage, read> inputs2: array<Real>;

// Written out, since Mesa's emulation ends all loops of a thread after 65 535 turns together.
fn plus_four(sum: Real, at1: u32, at2: u32) -> Real {
  return sum + inputs1[at1] * inputs2[at2] + inputs1[at1 + 1u] * inputs2[at2 + 1u] +
    inputs1[at1 + 2u] * inputs2[at2 + 2u] + inputs1[at1 + 3u] * inputs2[at2 + 3u];
}

// ⟨x, y⟩ / depth of row rows.x of x1 at position p and row rows.y of x2 at position q, whose channels are `depth` neighbours. Equal
// inputs have equal sums, since all pairs are summed in the same order.
fn input_covariance(rows: vec2<u32>, p: u32, q: u32, positions: u32, depth: u32) -> Real {
  let start1 = (rows.x * positions + p) * depth;
  let start2 = (rows.y * positions + q) * depth;
  // Runs of 64 channels are summed on their own, and 64 of these: the roundings of one long chain would add up.
  var sum = Real(0);
  var part = Real(0);
  var run = Real(0);
  // Whole turns of the loop, CHANNELS_PER_TURN (budget.ts) each; what is left follows one by one.
  let whole = depth - depth % 16u;
  for (var c = 0u; c < whole; c += 16u) {
    run = plus_four(run, start1 + c, start2 + c);
    run = plus_four(run, start1 + c + 4u, start2 + c + 4u);
    run = plus_four(run, start1 + c + 8u, start2 + c + 8u);
    run = plus_four(run, start1 + c + 12u, start2 + c + 12u);
    if (c % 64u == 48u) {
      part += run;
      run = Real(0);
    }
    if (c % 4096u == 4080u) {
      sum += part;
      part = Real(0);
    }
  }
  for (var c = whole; c < depth; c++) {
    run += inputs1[start1 + c] * inputs2[start2 + c];
  }
  sum += part + run;
  return sum / Real(depth);
}

// The covariance of two inputs at a pair of positions: channel c of position p of row i is inputs1[(i * positions + p) * depth + c].

@group(0) @binding(1) var<storage, read> inputs1: array<Real>;
@group(0) @binding(2) var<storage, read> inputs2: array<Real>;

fn input_covariance(rows: vec2<u32>, p: u32, q: u32, positions: u32, depth: u32) -> Real {
  let start1 = (rows.x * positions + p) * depth;
  let start2 = (rows.y * positions + q) * depth;
  var sum = Real(0);
  for (var c = 0u; c < depth; c++) {
    sum += inputs1[start1 + c] * inputs2[start2 + c];
  }
  return sum / Real(depth);
}

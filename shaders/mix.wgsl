// Half of a linear map with a matrix of its own for each input, K′(P, Q) = Σₚ,q A₁(P, p) · A₂(Q, q) · K(p, q): the sum over q, or
// that over p.
//
// Matrices are dense, n × n numbers of every input. Side 2 comes first and leaves K·A₂ᵀ in the arena, which side 1 reads: n³
// products each, where both sums at once would be n⁴.

@group(0) @binding(0) var<uniform> mix: Mix;
// Row by row of all inputs.
@group(0) @binding(1) var<storage, read> matrices1: array<Real>;
@group(0) @binding(2) var<storage, read> matrices2: array<Real>;

@compute @workgroup_size(UNIT)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let entry = (mix.first_unit + workgroup.x) * UNIT + thread;
  if (entry >= mix.entries) {
    return;
  }
  let pair = mix.first_pair + workgroup.y;
  let rows = pairs[pair];
  let n = mix.positions;
  let P = entry % n;
  let Q = wrap(P + entry / n, n);
  let first = mix.source + pair * mix.source_stride;
  var sum = Value();
  if (mix.side == 2u) {
    for (var q = 0u; q < n; q++) {
      sum += matrices2[(rows.y * n + Q) * n + q] * arena[first + cell(P, q, n)];
    }
  } else {
    for (var p = 0u; p < n; p++) {
      sum += matrices1[(rows.x * n + P) * n + p] * arena[first + cell(p, Q, n)];
    }
  }
  arena[mix.sink + pair * mix.sink_stride + entry] = sum;
}

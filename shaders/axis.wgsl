// A linear map along one axis, K′(P, Q) = scale · Σₖ Σₚ,q Tₖ(P, p) · Tₖ(Q, q) · K(p, q), of everything around that axis at once.
//
// One dispatch an axis: a map of a 2 × 2 average pooling is two of them, the second on what the first has stored. A thread
// computes one value (P, Q): rows P and Q of each of the sparse matrices Tₖ list which (p, q) it is the weighted sum of.

@group(0) @binding(0) var<uniform> axis: Axis;
// For row P of matrix k, number k·out_size + P, where its entries start; after the last row the number of all entries. Then the
// position of each entry.
@group(0) @binding(1) var<storage, read> indices: array<u32>;
// The scale, and the weight of each entry.
@group(0) @binding(2) var<storage, read> weights: array<Real>;

@compute @workgroup_size(UNIT)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let entry = (axis.first_unit + workgroup.x) * UNIT + thread;
  if (entry >= axis.entries) {
    return;
  }
  let pair = axis.first_pair + workgroup.y;
  let out_positions = axis.outer * axis.out_size * axis.inner;
  let positions = axis.outer * axis.size * axis.inner;
  let P = entry % out_positions;
  let Q = wrap(P + entry / out_positions, out_positions);
  var sum = Value();
  // A local map leads nowhere off the diagonal
  if (axis.local == 0u || P == Q) {
    let first = axis.source + pair * axis.source_stride;
    // Positions are numbered (before the axis, along it, behind it): what is around it stays, and `row` is the place along it.
    let around1 = P / (axis.out_size * axis.inner) * axis.size * axis.inner + P % axis.inner;
    let around2 = Q / (axis.out_size * axis.inner) * axis.size * axis.inner + Q % axis.inner;
    let row1 = P / axis.inner % axis.out_size;
    let row2 = Q / axis.inner % axis.out_size;
    // Behind the starts of all rows of all matrices are the positions of the entries
    let at = axis.terms * axis.out_size + 1u;
    // Terms are summed in runs of RUN, and runs in parts: one long chain drifts, as when every term is rounded the same way.
    var part = Value();
    var rows = 0u;
    for (var k = 0u; k < axis.terms * axis.out_size; k += axis.out_size) {
      for (var i = indices[k + row1]; i < indices[k + row1 + 1u]; i++) {
        let p = around1 + indices[at + i] * axis.inner;
        var row = Value();
        var run = Value();
        let start = indices[k + row2];
        for (var j = start; j < indices[k + row2 + 1u]; j++) {
          let q = around2 + indices[at + j] * axis.inner;
          run += (weights[1u + i] * weights[1u + j]) * arena[first + cell(p, q, positions)];
          if ((j - start) % RUN == RUN - 1u) {
            row += run;
            run = Value();
          }
        }
        part += row + run;
        rows++;
        if (rows % RUN == 0u) {
          sum += part;
          part = Value();
        }
      }
    }
    sum += part;
  }
  arena[axis.sink + pair * axis.sink_stride + entry] = sum * weights[0];
}

// The covariances cov[i, j] = ⟨x1ᵢ, x2ⱼ⟩ / depth of a tile, which never leave the registers: `entries` maps those of a thread.
//
// Inputs pass through workgroup memory in slabs of SLAB coordinates. Slot s of a coordinate holds its values in the rows s,
// s + SIDE, s + 2 · SIDE and s + 3 · SIDE of the tile, so that threads side by side read and write neighbouring columns. Runs
// of slabs are summed apart before they join the total: rounding errors then grow with √depth, not with depth.
//
// A thread at (x, y) holds the products of the rows y, y + SIDE, y + 2 · SIDE, y + 3 · SIDE of the tile with as many columns: for
// eight values that it reads of a coordinate it does sixteen products. sum0 … sum3 are these rows, a vector of columns each.

// One more than the slots, so that threads that fill neighbouring coordinates write to different banks.
const PITCH = SLAB + 1u;

var<workgroup> left_slab: array<vec4<Real>, SLAB * PITCH>;
var<workgroup> right_slab: array<vec4<Real>, SLAB * PITCH>;

// Coordinate k of row i of x1, and zeros beyond the block, which add nothing.
fn left_value(i: u32, k: u32) -> Real {
  if (i < block.rows && k < block.depth) {
    return left[i * block.depth + k];
  }
  return Real(0);
}

fn right_value(j: u32, k: u32) -> Real {
  if (j < block.cols && k < block.depth) {
    return right[j * block.depth + k];
  }
  return Real(0);
}

alias Sum = ptr<function, vec4<Real>>;

// The products of coordinate q.
fn add_one(q: u32, thread: vec3<u32>, sum0: Sum, sum1: Sum, sum2: Sum, sum3: Sum) {
  let x = left_slab[q * PITCH + thread.y];
  let y = right_slab[q * PITCH + thread.x];
  *sum0 += x.x * y;
  *sum1 += x.y * y;
  *sum2 += x.z * y;
  *sum3 += x.w * y;
}

// Written out, since Mesa's emulation ends all loops of a thread after 65 535 turns together.
fn add_four(q: u32, thread: vec3<u32>, sum0: Sum, sum1: Sum, sum2: Sum, sum3: Sum) {
  add_one(q, thread, sum0, sum1, sum2, sum3);
  add_one(q + 1u, thread, sum0, sum1, sum2, sum3);
  add_one(q + 2u, thread, sum0, sum1, sum2, sum3);
  add_one(q + 3u, thread, sum0, sum1, sum2, sum3);
}

@compute @workgroup_size(SIDE, SIDE)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_id) thread: vec3<u32>,
  @builtin(local_invocation_index) index: u32,
) {
  let origin = workgroup.xy * TILE;
  if (unwanted(origin)) {
    return;
  }
  // Which slot and which coordinate of a slab this thread fetches
  let slot = index / SLAB;
  let coordinate = index % SLAB;
  let i = origin.y + slot;
  let j = origin.x + slot;
  var sums: array<vec4<Real>, 4>;
  var sum0 = vec4<Real>();
  var sum1 = vec4<Real>();
  var sum2 = vec4<Real>();
  var sum3 = vec4<Real>();
  var slabs = 0u;
  for (var start = 0u; start < block.depth; start += SLAB) {
    let k = start + coordinate;
    left_slab[coordinate * PITCH + slot] =
      vec4<Real>(left_value(i, k), left_value(i + SIDE, k), left_value(i + 2u * SIDE, k), left_value(i + 3u * SIDE, k));
    right_slab[coordinate * PITCH + slot] =
      vec4<Real>(right_value(j, k), right_value(j + SIDE, k), right_value(j + 2u * SIDE, k), right_value(j + 3u * SIDE, k));
    // The slab is complete only when all threads have written their part.
    workgroupBarrier();
    for (var q = 0u; q < SLAB; q += 8u) {
      add_four(q, thread, &sum0, &sum1, &sum2, &sum3);
      add_four(q + 4u, thread, &sum0, &sum1, &sum2, &sum3);
    }
    // None may write the next one before all have read this.
    workgroupBarrier();
    slabs++;
    if (slabs == block.slabs_per_sum || start + SLAB >= block.depth) {
      sums[0] += sum0;
      sums[1] += sum1;
      sums[2] += sum2;
      sums[3] += sum3;
      sum0 = vec4<Real>();
      sum1 = vec4<Real>();
      sum2 = vec4<Real>();
      sum3 = vec4<Real>();
      slabs = 0u;
    }
  }
  entries(origin + thread.xy, sums);
}

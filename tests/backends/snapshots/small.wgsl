alias Real = f32;
const SIDE = 16u;
const TILE = 64u;
const SLAB = 16u;
struct Block {
  rows: u32,
  cols: u32,
  // Of the first pair among all pairs
  row: u32,
  col: u32,
  // Length of a row of inputs
  depth: u32,
  // Slabs that are summed apart before they join the total
  slabs_per_sum: u32,
  // 1: pairs below the diagonal are not wanted
  triangle: u32,
}

// What the shaders of a kernel share: one dispatch computes one block of pairs, in tiles of TILE × TILE, with SIDE × SIDE
// threads that hold 4 × 4 pairs each. `Real` (f32 or f64), the sizes, `Block` and `entry`, which maps one pair, are
// generated (lib/backends/webgpu/wgsl).

@group(0) @binding(0) var<uniform> block: Block;
// Rows of x1 and of x2; or cov and ntk of the block, row by row.
@group(0) @binding(1) var<storage, read> left: array<Real>;
@group(0) @binding(2) var<storage, read> right: array<Real>;
// Column by column: feature k of row i is features1[k * rows + i].
@group(0) @binding(3) var<storage, read> features1: array<Real>;
@group(0) @binding(4) var<storage, read> features2: array<Real>;
// One matrix of rows × cols for each output.
@group(0) @binding(5) var<storage, read_write> outputs: array<Real>;

// Every pair of the tile at `origin` (x: column, y: row) is below the diagonal: so it is for 27 % of the tiles of 4000 rows.
fn unwanted(origin: vec2<u32>) -> bool {
  return block.triangle == 1u && block.col + origin.x + TILE <= block.row + origin.y;
}

fn entry_sum0(i: u32, j: u32, rho: Real) -> Real {
  let a = 1u;
  let b = 1u;
  var sum = Real(0);
  for (var k = min(32u, 32u); k > 0u;) {
    k--;
    sum = sum * rho + features1[(a + k) * block.rows + i] * features2[(b + k) * block.cols + j];
  }
  return sum;
}
fn entry(i: u32, j: u32, cov: Real, ntk: Real) {
  let t0 = (features1[0u * block.rows + i] * features2[0u * block.cols + j]);
  let t1 = entry_sum0(i, j, (cov / t0));
  let t2 = (ntk * select(t1, 0f, (cov < 0f)));
  let at = i * block.cols + j;
  outputs[at + 0u * block.rows * block.cols] = t1;
  outputs[at + 1u * block.rows * block.cols] = t2;
}

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
// The last step of gram.wgsl, unless the program reads gaps (near.wgsl has another `entries` then).
// Maps the pairs of a thread: sums[r][c] is the product of the rows first.y + r · SIDE of x1 and first.x + c · SIDE of x2.
fn entries(first: vec2<u32>, products: array<vec4<Real>, 4>) {
  // A copy in a variable, as only those may be indexed by what is not constant.
  var sums = products;
  for (var r = 0u; r < 4u; r++) {
    for (var c = 0u; c < 4u; c++) {
      let row = first.y + r * SIDE;
      let col = first.x + c * SIDE;
      // Tiles at the edge have rows and columns that no one asked for.
      if (row < block.rows && col < block.cols) {
        entry(row, col, sums[r][c] / Real(block.depth), Real(0));
      }
    }
  }
}

// Maps the pairs of a thread like entries.wgsl, by a program that reads gaps. Where a row has near pairs, a thread goes through it
// again and sums what cancels from differences (lib/backends/near.ts has the formulas). `leading`, the share NEAR of √(var1·var2)
// that makes a pair near and the column ROOT of √var are generated.

// With t = cov / var1, the rest r = y − t·x is what y has beside x. Then the gap √(var1·var2) − |cov| follows from E[r²] and E[x·r], and
// E[(y ∓ x)²] from the same two and t ∓ 1: sums of small numbers, where the differences of large ones have lost their digits. A near
// pair costs as much as its products once more, four columns of a row at a time.

// √var of the columns of a thread, zeros beyond the block.
fn roots_of_cols(first: u32) -> vec4<Real> {
  var roots = vec4<Real>();
  for (var c = 0u; c < 4u; c++) {
    let col = first + c * SIDE;
    if (col < block.cols) {
      roots[c] = features2[ROOT * block.cols + col];
    }
  }
  return roots;
}

// Which pairs of a row are near: an input with itself is not.
fn near_pairs(row: u32, cols: vec4<u32>, cov: vec4<Real>, root: Real, roots: vec4<Real>) -> vec4<bool> {
  let own = vec4<bool>(block.triangle == 1u) & (cols + block.col == vec4<u32>(row + block.row));
  return (abs(cov) > (Real(1) - NEAR) * root * roots) & !own;
}

// Adds what the rests y − t·x have in coordinate k, t = most + more: nothing behind the last one. Without branches, which
// compilers would have to keep apart in every copy.
fn rests_of_one(start: u32, starts: vec4<u32>, k: u32, most: vec4<Real>, more: vec4<Real>, squares: Sum, mixed: Sum) {
  let at = min(k, block.depth - 1u);
  let x = left[start + at];
  let y = vec4<Real>(right[starts.x + at], right[starts.y + at], right[starts.z + at], right[starts.w + at]);
  let head = leading(vec4<Real>(x));
  let rest = select(vec4<Real>(), y - most * head - most * (x - head) - more * head - more * (x - head), k < block.depth);
  *squares += rest * rest;
  *mixed += x * rest;
}

// Written out like `add_four`.
fn rests_of_four(start: u32, starts: vec4<u32>, k: u32, most: vec4<Real>, more: vec4<Real>, squares: Sum, mixed: Sum) {
  rests_of_one(start, starts, k, most, more, squares, mixed);
  rests_of_one(start, starts, k + 1u, most, more, squares, mixed);
  rests_of_one(start, starts, k + 2u, most, more, squares, mixed);
  rests_of_one(start, starts, k + 3u, most, more, squares, mixed);
}

fn entries(first: vec2<u32>, products: array<vec4<Real>, 4>) {
  var sums = products;
  let roots = roots_of_cols(first.x);
  let cols = first.x + SIDE * vec4<u32>(0u, 1u, 2u, 3u);
  for (var r = 0u; r < 4u; r++) {
    let row = first.y + r * SIDE;
    if (row >= block.rows) {
      break;
    }
    let root = features1[ROOT * block.rows + row];
    let cov = sums[r] / Real(block.depth);
    let nearness = near_pairs(row, cols, cov, root, roots);
    var gap = vec4<Real>(-1);
    var apart = vec4<Real>();
    if (any(nearness)) {
      // In two parts, so that what is left of a long row is not larger than the rounding of the multiple.
      let multiple = cov / (root * root);
      let most = leading(multiple);
      let more = leading(multiple - most);
      let start = row * block.depth;
      // Columns behind the last are not stored.
      let starts = min(cols, vec4<u32>(block.cols - 1u)) * block.depth;
      // E[r²] and E[x·r], times the depth, of four columns
      var squares = vec4<Real>();
      var mixed = vec4<Real>();
      var part_squares = vec4<Real>();
      var part_mixed = vec4<Real>();
      for (var k = 0u; k < block.depth; k += 8u) {
        // Runs, and runs of runs, are summed apart like the slabs of the products.
        var run_squares = vec4<Real>();
        var run_mixed = vec4<Real>();
        rests_of_four(start, starts, k, most, more, &run_squares, &run_mixed);
        rests_of_four(start, starts, k + 4u, most, more, &run_squares, &run_mixed);
        part_squares += run_squares;
        part_mixed += run_mixed;
        if (k % 1024u == 1016u || k + 8u >= block.depth) {
          squares += part_squares;
          mixed += part_mixed;
          part_squares = vec4<Real>();
          part_mixed = vec4<Real>();
        }
      }
      squares /= Real(block.depth);
      mixed /= Real(block.depth);
      // t − 1, or t + 1 where the covariance is negative: how far y is from ±x along x
      let shift = most - select(vec4<Real>(1), vec4<Real>(-1), cov < vec4<Real>()) + more;
      let size = root * roots + abs(cov);
      let positive = select(vec4<Real>(1), size, size > vec4<Real>());
      let between = root / positive * root * squares - mixed / positive * mixed;
      let distance = squares + Real(2) * shift * mixed + shift * root * (shift * root);
      gap = select(gap, max(between, vec4<Real>()), nearness);
      apart = max(distance, vec4<Real>());
    }
    for (var c = 0u; c < 4u; c++) {
      if (cols[c] < block.cols) {
        entry(row, cols[c], cov[c], Real(0), gap[c], apart[c]);
      }
    }
  }
}

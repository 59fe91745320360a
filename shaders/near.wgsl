// Maps the pairs of a thread like entries.wgsl, by a program that reads gaps. A thread that has a near pair goes through its rows
// again and sums what cancels from differences (lib/backends/near.ts has the formulas). `leading`, the share NEAR of √(var1·var2)
// that makes a pair near and the column ROOT of √var are generated.

fn roots_of_rows(first: u32) -> vec4<Real> {
  var roots = vec4<Real>();
  for (var r = 0u; r < 4u; r++) {
    let row = first + r * SIDE;
    if (row < block.rows) {
      roots[r] = features1[ROOT * block.rows + row];
    }
  }
  return roots;
}

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

fn entries(first: vec2<u32>, products: array<vec4<Real>, 4>) {
  var covs = products;
  let roots1 = roots_of_rows(first.y);
  let roots2 = roots_of_cols(first.x);
  let cols = first.x + SIDE * vec4<u32>(0u, 1u, 2u, 3u);
  var nearness: array<vec4<bool>, 4>;
  var multiples: array<vec4<Real>, 4>;
  var is_near = false;
  for (var r = 0u; r < 4u; r++) {
    covs[r] /= Real(block.depth);
    nearness[r] = near_pairs(first.y + r * SIDE, cols, covs[r], roots1[r], roots2);
    multiples[r] = leading(covs[r] / select(Real(1), roots1[r] * roots1[r], roots1[r] > Real(0)));
    is_near = is_near || any(nearness[r]);
  }
  var squares: array<vec4<Real>, 4>;
  var mixed: array<vec4<Real>, 4>;
  if (is_near) {
    for (var k = 0u; k < block.depth; k++) {
      let y = vec4<Real>(right_value(cols.x, k), right_value(cols.y, k), right_value(cols.z, k), right_value(cols.w, k));
      for (var r = 0u; r < 4u; r++) {
        let x = vec4<Real>(left_value(first.y + r * SIDE, k));
        let head = leading(x);
        let rest = y - multiples[r] * head - multiples[r] * (x - head);
        squares[r] += rest * rest;
        mixed[r] += x * rest;
      }
    }
  }
  for (var r = 0u; r < 4u; r++) {
    for (var c = 0u; c < 4u; c++) {
      let row = first.y + r * SIDE;
      let col = first.x + c * SIDE;
      if (row >= block.rows || col >= block.cols) {
        continue;
      }
      let cov = covs[r][c];
      var gap = Real(-1);
      var apart = Real(0);
      if (nearness[r][c]) {
        let root = roots1[r];
        let square = squares[r][c] / Real(block.depth);
        let product = mixed[r][c] / Real(block.depth);
        let shift = multiples[r][c] - select(Real(1), Real(-1), cov < Real(0));
        let size = root * roots2[c] + abs(cov);
        gap = max(Real(0), root / size * root * square - product / size * product);
        apart = max(Real(0), square + Real(2) * shift * product + shift * root * (shift * root));
      }
      entry(row, col, cov, Real(0), gap, apart);
    }
  }
}

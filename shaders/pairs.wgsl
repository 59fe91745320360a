// What the shaders of networks with positions share. A dispatch works on pairs of inputs, of which `pairs` has the rows. What is
// known of a pair, `Value`: (nngp, ntk) or nngp alone, is kept in `arena` by offset: K(p, q) of m positions is at
// ((q − p) mod m)·m + p, so that the first m values are the diagonal. `Real` (f32 or f64), `Value`, the
// sizes and the structs of uniforms are generated (lib/backends/webgpu/wgsl/parameters.ts).

// Column by column over the positions, row by row.
@group(0) @binding(3) var<storage, read> features1: array<Real>;
@group(0) @binding(4) var<storage, read> features2: array<Real>;
@group(0) @binding(5) var<storage, read> pairs: array<vec2<u32>>;
@group(0) @binding(6) var<storage, read_write> arena: array<Value>;

// x mod n for x < 2n.
fn wrap(x: u32, n: u32) -> u32 {
  return select(x, x - n, x >= n);
}

fn cell(p: u32, q: u32, positions: u32) -> u32 {
  return wrap(q + positions - p, positions) * positions + p;
}

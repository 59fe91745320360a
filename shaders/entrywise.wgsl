// An entrywise map, or the covariance of the inputs, at every pair of positions that is wanted.

@group(0) @binding(0) var<uniform> work: Work;
@group(0) @binding(7) var<storage, read_write> outputs: array<Real>;

fn table_of(step: u32, t: u32) -> vec4<u32> {
  return work.tables[t];
}

fn source(k: u32, pair: u32, entry: u32) -> Value {
  return arena[work.sources[k].x + pair * work.sources[k].y + entry];
}

@compute @workgroup_size(UNIT)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let entry = (work.first_unit + workgroup.x) * UNIT + thread;
  if (entry >= work.entries) {
    return;
  }
  let pair = work.first_pair + workgroup.y;
  let p = entry % work.positions;
  let q = wrap(p + entry / work.positions, work.positions);
  let rows = pairs[pair];
  let at1 = work.start1 + rows.x * work.stride1 + p;
  let at2 = work.start2 + rows.y * work.stride2 + q;
  let offset = select(Real(1), Real(0), p == q);
  store(pair, entry, p, q, value_of(pair, entry, p, q, rows, offset, at1, at2));
}

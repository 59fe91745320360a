// An entrywise map, or the covariance of the inputs, at every pair of positions that is wanted: a thread computes one value.
//
// In: `work`, which says where everything is, and `value_of`, which is generated (lib/backends/webgpu/run/kernels.ts) and calls
// the program's map. Out: `store`, generated as well, puts the value into the arena or among the outputs. A dispatch has a
// workgroup for every UNIT values of a pair (x) and for every pair (y).

@group(0) @binding(0) var<uniform> work: Work;
@group(0) @binding(7) var<storage, read_write> outputs: array<Real>;

// For table t where it starts among the features of x1, how wide it is there, and the same of x2.
fn table_of(step: u32, t: u32) -> vec4<u32> {
  return work.tables[t];
}

// What the k-th node that the map reads has stored for a pair.
fn source(k: u32, pair: u32, entry: u32) -> Value {
  return arena[work.sources[k].x + pair * work.sources[k].y + entry];
}

@compute @workgroup_size(UNIT)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let entry = (work.first_unit + workgroup.x) * UNIT + thread;
  // The last workgroup of a pair has threads to spare.
  if (entry >= work.entries) {
    return;
  }
  let pair = work.first_pair + workgroup.y;
  // The place of a value tells its positions, as `cell` does the other way round.
  let p = entry % work.positions;
  let q = wrap(p + entry / work.positions, work.positions);
  let rows = pairs[pair];
  let at1 = work.start1 + rows.x * work.stride1 + p;
  let at2 = work.start2 + rows.y * work.stride2 + q;
  // What maps read as `offset`: only a position with itself may have the variance of an input at it.
  let offset = select(Real(1), Real(0), p == q);
  store(pair, entry, p, q, value_of(pair, entry, p, q, rows, offset, at1, at2));
}

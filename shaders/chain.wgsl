// A chain of nodes for one class of offsets of one pair of inputs: a workgroup keeps its covariances in workgroup memory, from
// the inputs (or what an earlier step stored) to the chain's result. Each step reads a value for every slot of the tile, maps it,
// and writes it to the other half of the tile or out of the chain.
//
// In: the steps (lib/backends/webgpu/run/chain_kernel.ts), each with the numbers of the functions that it calls: `read_value`,
// `place_of` and `mapped` are generated, and choose by these numbers (lib/backends/webgpu/wgsl/chain_text.ts). Out: values in the
// arena, or the sum over the tile, one a class of offsets. Three steps of a chain of two convolutions:
//
//     read inputs              map 1   write tile      every slot: the covariance of the inputs, mapped by node 1
//     read convolution 0       map 2   write tile      the sum over its window in the other half, mapped by node 2
//     read convolution 1       none    write arena     the same of node 2, which is the result
//
// Between steps all threads wait: what one writes, others read through their windows.

struct Place {
  // False for slots beyond the positions
  valid: bool,
  p: u32,
  q: u32,
  cell: u32,
}

@group(0) @binding(0) var<uniform> chain: Chain;

// Two halves of SLOTS values.
var<workgroup> tile: array<Value, TILE>;

// Where table t of the map of a step is, as in entrywise.wgsl.
fn table_of(step: u32, t: u32) -> vec4<u32> {
  return chain.step[step].tables[t];
}

// What the k-th node that the chain begins with has stored.
fn stored(k: u32, pair: u32, at: u32) -> Value {
  return arena[chain.sources[k].x + pair * chain.sources[k].y + at];
}

// p·stride, or what is no slot if p or q is outside.
fn reach(p: u32, q: u32, size: u32, stride: u32) -> u32 {
  return select(SLOTS, p * stride, p < size && q < size);
}

// The value of a slot, or 0 if it is none.
fn tap(tile_start: u32, slot: u32) -> Value {
  return select(Value(), tile[tile_start + min(slot, SLOTS - 1u)], slot < SLOTS);
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let pair = chain.first_pair + workgroup.y;
  let rows = pairs[pair];
  let offsets = chain.first_unit + workgroup.x;
  var total = Value();
  var tile_start = SLOTS;
  for (var s = 0u; s < chain.steps; s++) {
    let other_start = SLOTS - tile_start;
    for (var slot = thread; slot < SLOTS; slot += THREADS) {
      let place = place_of(s, slot, offsets);
      if (place.valid) {
        let value = mapped(s, read_value(s, slot, offsets, tile_start, pair, rows, place), pair, offsets, rows, place);
        switch chain.step[s].write {
          case 0u: {
            tile[other_start + slot] = value;
          }
          case 1u: {
            arena[chain.sink + pair * chain.sink_stride + place.cell] = value;
          }
          default: {
            total += value;
          }
        }
      }
    }
    workgroupBarrier();
    tile_start = other_start;
  }
  if (chain.step[chain.steps - 1u].write == 2u) {
    tile[thread] = total;
    workgroupBarrier();
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
      if (thread < half) {
        tile[thread] += tile[thread + half];
      }
      workgroupBarrier();
    }
    if (thread == 0u) {
      arena[chain.sink + pair * chain.sink_stride + offsets] = tile[0] * SUM_SCALE;
    }
  }
}

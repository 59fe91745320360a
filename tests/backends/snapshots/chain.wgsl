alias Real = f32;
alias Value = vec2<f32>;
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

const SLOTS = 8u;
const THREADS = 32u;
const TILE = 32u;
const STEPS = 8u;
const TABLES = 1u;
const SOURCES = 1u;
const SUM_SCALE = 0.25f;
// The covariance of two inputs at a pair of positions, where a chain or an entrywise shader begins with the inputs: channel c of
// position p of row i is inputs1[(i * positions + p) * depth + c].

@group(0) @binding(1) var<storage, read> inputs1: array<Real>;
@group(0) @binding(2) var<storage, read> inputs2: array<Real>;

// Written out, since Mesa's emulation ends all loops of a thread after 65 535 turns together.
fn plus_four(sum: Real, at1: u32, at2: u32) -> Real {
  return sum + inputs1[at1] * inputs2[at2] + inputs1[at1 + 1u] * inputs2[at2 + 1u] +
    inputs1[at1 + 2u] * inputs2[at2 + 2u] + inputs1[at1 + 3u] * inputs2[at2 + 3u];
}

// ⟨x, y⟩ / depth of row rows.x of x1 at position p and row rows.y of x2 at position q, whose channels are `depth` neighbours. Equal
// inputs have equal sums, since all pairs are summed in the same order.
fn input_covariance(rows: vec2<u32>, p: u32, q: u32, positions: u32, depth: u32) -> Real {
  let start1 = (rows.x * positions + p) * depth;
  let start2 = (rows.y * positions + q) * depth;
  // Runs of 64 channels are summed on their own, and 64 of these: the roundings of one long chain would add up.
  var sum = Real(0);
  var part = Real(0);
  var run = Real(0);
  // Whole turns of the loop, CHANNELS_PER_TURN (budget.ts) each; what is left follows one by one.
  let whole = depth - depth % 16u;
  for (var c = 0u; c < whole; c += 16u) {
    run = plus_four(run, start1 + c, start2 + c);
    run = plus_four(run, start1 + c + 4u, start2 + c + 4u);
    run = plus_four(run, start1 + c + 8u, start2 + c + 8u);
    run = plus_four(run, start1 + c + 12u, start2 + c + 12u);
    if (c % 64u == 48u) {
      part += run;
      run = Real(0);
    }
    if (c % 4096u == 4080u) {
      sum += part;
      part = Real(0);
    }
  }
  for (var c = whole; c < depth; c++) {
    run += inputs1[start1 + c] * inputs2[start2 + c];
  }
  sum += part + run;
  return sum / Real(depth);
}

struct Step {
  // 0: the inputs, 1: the first source, 2 + k: convolution k of the tile
  read: u32,
  // Which positions the slots are
  place: u32,
  // 0: none, 1 + k: map k
  map: u32,
  // 0: the tile, 1: the arena, 2: the sum over the tile
  write: u32,
  // Where the map's features start among those of x1 and of x2, and how far rows are apart
  start1: u32,
  stride1: u32,
  start2: u32,
  stride2: u32,
  // Of each table the first coefficient and the number of them, for x1 and for x2
  tables: array<vec4<u32>, TABLES>,
}

struct Chain {
  first_pair: u32,
  first_unit: u32,
  steps: u32,
  depth: u32,
  // Where the result of the first pair goes, and how far pairs are apart
  sink: u32,
  sink_stride: u32,
  // Where the arena has what is read, and how far pairs are apart
  sources: array<vec4<u32>, SOURCES>,
  step: array<Step, STEPS>,
}

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

fn sqrt_(x: f32) -> f32 { return sqrt(max(x, 0f)); }
fn atanSqrt_(x: f32) -> f32 {
  let t0 = sqrt_(x);
  let t1 = ((t0 * x) * ((((-0.823358f * x) + -5.674568f) * x) + -6.5650296f));
  let t2 = (t1 / (((((x + 11.334943f) * x) + 28.840626f) * x) + 19.695095f));
  let t3 = (t0 + t2);
  return t3;
}
fn map_0(v0: Value, offset: Real, step: u32, at1: u32, at2: u32) -> Value {
  let t0 = ((v0.x == features1[at1 + 0u * 8u]) && (features1[at1 + 0u * 8u] == features2[at2 + 0u * 8u]));
  let t1 = select(v0.x, features1[at1 + 0u * 8u], t0);
  return Value(t1, 0f);
}
fn map_1(v0: Value, offset: Real, step: u32, at1: u32, at2: u32) -> Value {
  let t0 = ((v0.x * 1.69f) + 0.01f);
  let t1 = (features1[at1 + 1u * 8u] == features2[at2 + 1u * 8u]);
  let t2 = ((v0.x == features1[at1 + 1u * 8u]) && t1);
  let t3 = select(t0, features1[at1 + 3u * 8u], t2);
  let t4 = abs(t3);
  let t5 = select((features1[at1 + 2u * 8u] * features2[at2 + 2u * 8u]), features1[at1 + 3u * 8u], t1);
  let t6 = ((features1[at1 + 0u * 8u] * features2[at2 + 0u * 8u]) + (features1[at1 + 0u * 8u] + features2[at2 + 0u * 8u]));
  let t7 = (t5 * select(t6, 0f, t1));
  let t8 = ((t5 + t4) + t7);
  let t9 = select(1f, (max(((t5 - t4) + t7), 0f) / t8), (0f < t8));
  let t10 = atanSqrt_(t9);
  let t11 = ((select(t10, (1.5707964f - t10), (t3 < 0f)) * -0.31830987f) + 0.5f);
  let t12 = select((((sqrt_(t9) * t8) * 0.15915494f) + (t11 * t3)), features1[at1 + 4u * 8u], t2);
  let t13 = (t0 * t11);
  return Value(t12, t13);
}
fn map_2(v0: Value, offset: Real, step: u32, at1: u32, at2: u32) -> Value {
  let t0 = ((v0.x * 1.69f) + 0.01f);
  let t1 = (features1[at1 + 1u * 8u] == features2[at2 + 1u * 8u]);
  let t2 = ((v0.x == features1[at1 + 1u * 8u]) && t1);
  let t3 = select(t0, features1[at1 + 3u * 8u], t2);
  let t4 = abs(t3);
  let t5 = select((features1[at1 + 2u * 8u] * features2[at2 + 2u * 8u]), features1[at1 + 3u * 8u], t1);
  let t6 = ((features1[at1 + 0u * 8u] * features2[at2 + 0u * 8u]) + (features1[at1 + 0u * 8u] + features2[at2 + 0u * 8u]));
  let t7 = (t5 * select(t6, 0f, t1));
  let t8 = ((t5 + t4) + t7);
  let t9 = select(1f, (max(((t5 - t4) + t7), 0f) / t8), (0f < t8));
  let t10 = atanSqrt_(t9);
  let t11 = ((select(t10, (1.5707964f - t10), (t3 < 0f)) * -0.31830987f) + 0.5f);
  let t12 = select((((sqrt_(t9) * t8) * 0.15915494f) + (t11 * t3)), features1[at1 + 4u * 8u], t2);
  let t13 = ((t0 + (v0.y * 1.69f)) * t11);
  return Value(t12, t13);
}
fn map_3(v0: Value, offset: Real, step: u32, at1: u32, at2: u32) -> Value {
  let t0 = ((v0.x * 1.69f) + 0.01f);
  let t1 = (features1[at1 + 1u * 4u] == features2[at2 + 1u * 4u]);
  let t2 = ((v0.x == features1[at1 + 1u * 4u]) && t1);
  let t3 = select(t0, features1[at1 + 3u * 4u], t2);
  let t4 = abs(t3);
  let t5 = select((features1[at1 + 2u * 4u] * features2[at2 + 2u * 4u]), features1[at1 + 3u * 4u], t1);
  let t6 = ((features1[at1 + 0u * 4u] * features2[at2 + 0u * 4u]) + (features1[at1 + 0u * 4u] + features2[at2 + 0u * 4u]));
  let t7 = (t5 * select(t6, 0f, t1));
  let t8 = ((t5 + t4) + t7);
  let t9 = select(1f, (max(((t5 - t4) + t7), 0f) / t8), (0f < t8));
  let t10 = atanSqrt_(t9);
  let t11 = ((select(t10, (1.5707964f - t10), (t3 < 0f)) * -0.31830987f) + 0.5f);
  let t12 = select((((sqrt_(t9) * t8) * 0.15915494f) + (t11 * t3)), features1[at1 + 4u * 4u], t2);
  let t13 = ((t0 + (v0.y * 1.69f)) * t11);
  return Value(t12, t13);
}
fn mapped(s: u32, value: Value, pair: u32, offsets: u32, rows: vec2<u32>, place: Place) -> Value {
  let offset = select(Real(1), Real(0), offsets == 0u);
  let at1 = chain.step[s].start1 + rows.x * chain.step[s].stride1 + place.p;
  let at2 = chain.step[s].start2 + rows.y * chain.step[s].stride2 + place.q;
  switch chain.step[s].map {
    case 1u: { return map_0(value, offset, s, at1, at2); }
    case 2u: { return map_1(value, offset, s, at1, at2); }
    case 3u: { return map_2(value, offset, s, at1, at2); }
    case 4u: { return map_3(value, offset, s, at1, at2); }
    default: { return value; }
  }
}
fn place_0(slot: u32, offsets: u32) -> Place {
  let p0 = slot;
  let q0 = wrap(p0 + offsets * 2u, 8u);
  let p = p0;
  let q = q0;
  return Place(true, p, q, cell(p, q, 8u));
}
fn place_1(slot: u32, offsets: u32) -> Place {
  let p0 = slot;
  let q0 = wrap(p0 + offsets, 4u);
  let p = p0;
  let q = q0;
  return Place(slot < 4u, p, q, cell(p, q, 4u));
}
fn place_of(s: u32, slot: u32, offsets: u32) -> Place {
  switch chain.step[s].place {
    case 0u: { return place_0(slot, offsets); }
    default: { return place_1(slot, offsets); }
  }
}
fn convolution_0(slot: u32, offsets: u32, tile_start: u32) -> Value {
  let p0 = slot;
  let q0 = wrap(p0 + offsets * 2u, 8u);
  let x0_0 = reach(p0 - 1u, q0 - 1u, 8u, 1u);
  let x0_1 = p0;
  let x0_2 = reach(p0 + 1u, q0 + 1u, 8u, 1u);
  var sum = Value();
  sum += tap(tile_start, x0_0);
  sum += tap(tile_start, x0_1);
  sum += tap(tile_start, x0_2);
  return sum * 0.33333334f;
}
fn convolution_1(slot: u32, offsets: u32, tile_start: u32) -> Value {
  let p0 = slot;
  let q0 = wrap(p0 + offsets * 2u, 8u);
  let x0_0 = (p0 + 7u) % 8u;
  let x0_1 = (p0) % 8u;
  let x0_2 = (p0 + 1u) % 8u;
  var sum = Value();
  sum += tile[tile_start + x0_0];
  sum += tile[tile_start + x0_1];
  sum += tile[tile_start + x0_2];
  return sum * 0.33333334f;
}
fn convolution_2(slot: u32, offsets: u32, tile_start: u32) -> Value {
  let p0 = slot;
  let q0 = wrap(p0 + offsets, 4u);
  let x0_0 = p0 * 2u;
  let x0_1 = p0 * 2u + 1u;
  var sum = Value();
  sum += tile[tile_start + x0_0];
  sum += tile[tile_start + x0_1];
  return sum * 0.5f;
}
fn read_value(s: u32, slot: u32, offsets: u32, tile_start: u32, pair: u32, rows: vec2<u32>, place: Place) -> Value {
  switch chain.step[s].read {
    case 0u: { return Value(input_covariance(rows, place.p, place.q, 8u, chain.depth), Real(0)); }
    case 2u: { return convolution_0(slot, offsets, tile_start); }
    case 3u: { return convolution_1(slot, offsets, tile_start); }
    case 4u: { return convolution_2(slot, offsets, tile_start); }
    default: { return stored(0u, pair, place.cell); }
  }
}
// Values side by side, or added with signs, and projections of them. A workgroup computes a segment of a row, a thread EACH columns
// of it, THREADS apart. Lines with # stand for EACH lines, with the numbers of these columns: so they stay in registers.

alias Columns = array<Real, EACH>;

// What one entry of a term adds: `width` numbers from `start` on, or a 1, to the columns from `to` on.
struct Entry {
  start: u32,
  width: u32,
  to: u32,
  weight: Real,
  signs: u32,
  first_sign: u32,
}

// x or −x, as bit n of the words from `signs` on says.
fn signed(x: Real, signs: u32, n: u32) -> Real {
  if (signs == NONE) {
    return x;
  }
  return select(x, -x, ((words[signs + n / 32u] >> (n % 32u)) & 1u) == 1u);
}

fn entry_of(term: Term, image: u32, P: u32, k: u32) -> Entry {
  var p = P;
  var tap = 0u;
  var weight = term.weights;
  if (term.starts != NONE) {
    p = words[term.entries + 2u * k];
    tap = words[term.entries + 2u * k + 1u];
    weight += k;
  }
  var start = NONE;
  if (term.place != NONE) {
    start = term.place * work.capacity + image * term.stride + p * term.width;
  }
  let first = tap * term.width;
  return Entry(start, term.width, (term.offset + first) % work.columns, reals[weight], term.signs, first);
}

// What comes to column c: every work.columns-th number, as what is wider is wrapped around.
fn reads(entry: Entry, c: u32) -> Real {
  var sum = Real(0);
  for (var j = select(c + work.columns - entry.to, c - entry.to, c >= entry.to); j < entry.width; j += work.columns) {
    var x = Real(1);
    if (entry.start != NONE) {
      x = values[entry.start + j];
    }
    sum += signed(x, entry.signs, entry.first_sign + j);
  }
  return entry.weight * sum;
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let image = work.first_image + workgroup.y;
  let unit = work.first_unit + workgroup.x;
  let P = unit / work.segments;
  let first = unit % work.segments * (EACH * THREADS) + thread;
  var x = Columns();
  for (var t = 0u; t < work.term_count; t++) {
    let term = terms[work.terms + t];
    var k = P;
    var end = P + 1u;
    if (term.starts != NONE) {
      k = words[term.starts + P];
      end = words[term.starts + P + 1u];
    }
    while (k < end) {
      // Entries are summed in runs: one long chain drifts, as when every term is rounded the same way.
      var run = Columns();
      let stop = min(end, k + RUN);
      for (; k < stop; k++) {
        let entry = entry_of(term, image, P, k);
        run[#] += reads(entry, first + #u * THREADS);
      }
      x[#] += run[#];
    }
  }
  for (var r = 0u; r < work.rounds; r++) {
    x[#] = signed(x[#], work.signs[r], first + #u * THREADS);
    transform(&x, thread);
  }
  let row = row_of(work.to, image, work.columns, P);
  store(row, first + #u * THREADS, x[#]);
}

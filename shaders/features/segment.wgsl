// Levels of the Walsh–Hadamard transform of a segment of a row between the columns of different threads.

const SEGMENT = EACH * THREADS;
var<workgroup> segment: array<Real, SEGMENT>;

// Two levels, of columns `apart` and 2 · `apart` apart.
fn quads(thread: u32, apart: u32) {
  for (var q = thread; q < SEGMENT / 4u; q += THREADS) {
    let i = q / apart * (4u * apart) + q % apart;
    let sum1 = segment[i] + segment[i + apart];
    let difference1 = segment[i] - segment[i + apart];
    let sum2 = segment[i + 2u * apart] + segment[i + 3u * apart];
    let difference2 = segment[i + 2u * apart] - segment[i + 3u * apart];
    segment[i] = sum1 + sum2;
    segment[i + apart] = difference1 + difference2;
    segment[i + 2u * apart] = sum1 - sum2;
    segment[i + 3u * apart] = difference1 - difference2;
  }
}

// One level, of neighbours.
fn twos(thread: u32) {
  for (var i = 2u * thread; i < SEGMENT; i += 2u * THREADS) {
    let sum = segment[i] + segment[i + 1u];
    let difference = segment[i] - segment[i + 1u];
    segment[i] = sum;
    segment[i + 1u] = difference;
  }
}

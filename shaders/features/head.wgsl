// What all shaders of feature maps share: the values of all images of a batch, and tables of what steps read besides.
//
// A value is an array (positions, columns) of each image; those of all images follow each other. A workgroup works on a row of one of
// them, or a segment of a row: number first_unit + x of all, for image first_image + y.

@group(0) @binding(0) var<uniform> work: Work;
@group(0) @binding(1) var<storage, read> terms: array<Term>;
// Where the entries of links start, their positions and taps; signs, 32 in a word.
@group(0) @binding(2) var<storage, read> words: array<u32>;
// Weights, and what projections are scaled and shifted by.
@group(0) @binding(3) var<storage, read> reals: array<Real>;
@group(0) @binding(4) var<storage, read_write> values: array<Real>;

// Where row P of a value of an image starts.
fn row_of(place: u32, image: u32, columns: u32, P: u32) -> u32 {
  return place * work.capacity + (image * work.positions + P) * columns;
}

// Stores a column of the row that starts at `row`.
fn store(row: u32, c: u32, x: Real) {
  if (c >= work.columns) {
    return;
  }
  var y = x;
  if (work.scale != NONE) {
    y *= reals[work.scale];
  }
  if (work.shift != NONE) {
    y += reals[work.shift + c];
  }
  values[row + c] = y;
}

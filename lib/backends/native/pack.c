// ⟨x, x⟩ / depth of each row x, to the last bit as the host computes it: number after number, and products are rounded. A few rows
// at a time, since the additions of one row wait for each other.
void variances(const REAL *x, integer count, integer depth, double *out) {
  for (integer i0 = 0; i0 < count; i0 += VARIANCES_TOGETHER) {
    const REAL *rows[VARIANCES_TOGETHER];
    double sums[VARIANCES_TOGETHER] = {0};
    for (int r = 0; r < VARIANCES_TOGETHER; r++) rows[r] = x + (i0 + r < count ? i0 + r : i0) * depth;
    for (integer k = 0; k < depth; k++) {
      UNROLL for (int r = 0; r < VARIANCES_TOGETHER; r++) {
        double square = (double)rows[r][k] * rows[r][k];
        IN_REGISTER(square);
        sums[r] += square;
      }
    }
    for (int r = 0; r < VARIANCES_TOGETHER && i0 + r < count; r++) out[i0 + r] = sums[r] / depth;
  }
}

// Packs rows of columns from `first` on, `features` numbers each: row by row, or in strips of TILE rows number by number.
void pack(const struct column *columns, integer count, integer features, integer first, integer rows, integer strips, REAL *out) {
  const integer row_step = strips ? 1 : features, number_step = strips ? TILE : 1;
  for (integer i0 = 0; i0 < rows; i0 += TILE, out += TILE * features) {
    const integer end = rows - i0 < TILE ? rows - i0 : TILE;
    for (const struct column *column = columns; column < columns + count; column++) {
      for (integer i = 0; i < end; i++) {
        const double *from = column->values + (first + i0 + i) * column->stride;
        REAL *to = out + i * row_step + column->start * number_step;
        for (integer k = 0; k < column->width; k++) to[k * number_step] = from[k];
      }
    }
  }
}

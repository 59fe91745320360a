// The points of the tiles of an offset: lists, since all maps of a segment run over the same ones.
// Second text of the driver, behind workspace.c. For an offset δ of a segment, every geometry has the pairs of positions (p, q = p
// + factor · δ) that exist, and every link the places in one tile that the points of another read. On an axis of 5 positions at δ
// = 2, p runs over 0, 1, 2 and q over 2, 3, 4; where the axis wraps around, p runs over all five. A *place* is where a point has
// its values in a tile: tiles have margins of places around their points, so that a window needs no test for the edge.

// x modulo length, never negative.
static integer modulo(integer x, integer length) {
  const integer rest = x % length;
  return rest < 0 ? rest + length : rest;
}

// The next index within `lengths`, the last axis fastest; 0 after the last one.
static int advance(integer *index, const integer *lengths, integer axes) {
  for (integer a = axes - 1; a >= 0; a--) {
    if (++index[a] < lengths[a]) return 1;
    index[a] = 0;
  }
  return 0;
}

// Axis by axis: how many points there are, where they start, and how wide the tile is with its margins. Axes in front are `step`
// places apart, the last one 1.
static void list_axes(const struct workspace *work, const integer *offset, const struct geometry *geometry, struct points *points) {
  const struct segment *segment = work->segment;
  integer step = 1, count = 1;
  for (integer a = work->job->network->axes - 1; a >= 0; a--) {
    const integer size = geometry->size[a], delta = geometry->factor[a] * offset[a];
    const integer shorter = delta < 0 ? -delta : delta;
    // Around a circle every position has a partner; else the first ones of a negative offset, or the last ones, have none.
    points->delta[a] = segment->wrap[a] ? modulo(delta, size) : delta;
    points->low[a] = segment->wrap[a] || delta > 0 ? 0 : -delta;
    points->length[a] = segment->wrap[a] ? size : shorter < size ? size - shorter : 0;
    points->width[a] = geometry->left[a] + points->length[a] + geometry->right[a];
    points->step[a] = step;
    step *= points->width[a];
    count *= points->length[a];
  }
  points->total = step;
  points->count = count;
}

// The points before the first and after the last one, which pipelines run over: they read position 0, and what they write goes to
// the place behind the tile.
static void pad(const struct workspace *work, struct points *points) {
  const integer n = points->count, end = points->total * step_of(work);
  for (integer k = 1; k <= MARGIN; k++) {
    points->p[-k] = points->q[-k] = 0;
    points->x[-k] = end;
    points->p[n - 1 + k] = points->q[n - 1 + k] = 0;
    points->x[n - 1 + k] = end;
  }
}

// The positions of all points in both inputs, and their places, in the order of positions.
static void list_points(const struct workspace *work, const integer *offset, const struct geometry *geometry, struct points *points) {
  list_axes(work, offset, geometry, points);
  const integer axes = work->job->network->axes, last = axes - 1, size = geometry->size[last];
  integer index[AXES] = {0}, k = 0;
  if (points->count > 0) do {
      integer p = 0, q = 0, x = 0;
      for (integer a = 0; a < last; a++) {
        const integer position = points->low[a] + index[a];
        p = (p + position) * geometry->size[a + 1];
        q = (q + modulo(position + points->delta[a], geometry->size[a])) * geometry->size[a + 1];
        x += (geometry->left[a] + index[a]) * points->step[a];
      }
      // Along the last axis all three go on by one; the partner may pass the end of a circle.
      for (integer t = 0; t < points->length[last]; t++, k++) {
        const integer position = points->low[last] + t, other = position + points->delta[last];
        points->p[k] = p + position;
        points->q[k] = q + (other < size ? other : other - size);
        points->x[k] = (x + geometry->left[last] + t) * step_of(work);
      }
    } while (advance(index, points->length, last));
  pad(work, points);
}

// Where the first tap of every point of a tile is in another one, and where the rows of taps start from there.
static void list_reach(const struct workspace *work, const struct link *link, struct reach *reach) {
  const struct geometry *geometries = LIST(work->plan, const struct geometry, work->plan->geometries_at);
  const struct points *from = &work->points[link->from], *to = &work->points[link->to];
  const integer axes = work->job->network->axes, last = axes - 1;
  integer index[AXES] = {0}, shift[AXES], k = 0;
  // Of the first tap of the first point, per axis, from the start of the tile that is read
  for (integer a = 0; a < axes; a++) {
    shift[a] = link->stride[a] * to->low[a] + link->first[a] - from->low[a] + geometries[link->from].left[a];
  }
  if (to->count > 0) do {
      integer x = shift[last];
      for (integer a = 0; a < last; a++) x += (shift[a] + link->stride[a] * index[a]) * from->step[a];
      for (integer t = 0; t < to->length[last]; t++, k++) reach->x[k] = (x + t * link->stride[last]) * step_of(work);
    } while (advance(index, to->length, last));
  // Equal places in the margins: no point there has a neighbour to its left.
  for (integer m = 0; m < MARGIN; m++) {
    reach->x[-1 - m] = k > 0 ? reach->x[0] : 0;
    reach->x[k + m] = k > 0 ? reach->x[k - 1] : 0;
  }
  // Taps along the last axis are neighbours; those of all other axes are rows of them
  integer tap[AXES] = {0}, row = 0;
  do {
    integer x = 0;
    for (integer a = 0; a < last; a++) x += tap[a] * from->step[a];
    reach->rows[row++] = x * step_of(work);
  } while (advance(tap, link->taps, last));
  reach->count = row;
  reach->taps = link->taps[last];
}

// Makes the lists of an offset of the segment at hand, unless they are there: points for every geometry of its tiles, and for every link
// between two tiles where the points of one read the other.
static void list_points_and_reaches(struct workspace *work, const integer *delta) {
  const struct segment *segment = work->segment;
  struct offset *offset = &work->offsets[segment - LIST(work->plan, const struct segment, work->plan->segments_at)];
  // Rows of x1 one after the other have the same offsets: with lists made anew, 21 convolutions before Flatten take 1.06 to 1.17
  // of the time
  integer known = offset->known;
  for (integer a = 0; a < AXES; a++) known &= offset->delta[a] == delta[a];
  if (known) return;
  offset->known = 1;
  for (integer a = 0; a < AXES; a++) offset->delta[a] = delta[a];
  const struct geometry *geometries = LIST(work->plan, const struct geometry, work->plan->geometries_at);
  const struct link *links = LIST(work->plan, const struct link, work->plan->links_at);
  for (integer k = segment->first_geometry; k < segment->first_geometry + segment->geometries; k++) {
    list_points(work, delta, &geometries[k], &work->points[k]);
  }
  for (integer k = segment->first_link; k < segment->first_link + segment->links; k++) {
    list_reach(work, &links[k], &work->reaches[k]);
  }
  // What was zero around the points of the last offset is not around these
  for (integer r = 0; r < most_together(work); r++) {
    for (integer k = 0; k < work->plan->buffers; k++) work->all[r].zeroed[k] = -1;
  }
}

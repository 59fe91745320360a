/** What features.c reads, each struct declared once: a term and a step of a program (steps.ts), and a job. */
import { counter, integer, integers, pointer, real, struct } from "../../../backends/native/struct.ts";

/** Factors of a product at most. */
export const FACTORS = 16;

/** A term; `from` is the place of its value in a workspace, −1 for ones; without links `starts` is 0. */
export const term = struct("term", {
  from: integer,
  width: integer,
  offset: integer,
  factor: real,
  signs: pointer("const REAL *"),
  starts: pointer("const int *"),
  at: pointer("const int *"),
  taps: pointer("const int *"),
  weights: pointer("const REAL *"),
});

/** The kinds of steps. */
export const kinds = { GATHER: 0, NONLINEARITY: 1, NORMALISE: 2, PRODUCT: 3 };

/** A step: values by their places, and what else its kind needs. */
export const step = struct("step", {
  kind: integer,
  to: integer,
  positions: integer,
  columns: integer,
  // Of a gather
  terms: pointer("const struct term *"),
  term_count: integer,
  rounds: integer,
  signs0: pointer("const REAL *"),
  signs1: pointer("const REAL *"),
  signs2: pointer("const REAL *"),
  shift: pointer("const REAL *"),
  // Of the others: the features of the NTK, how many there are, which function, and what is added to a variance
  g: integer,
  g_columns: integer,
  forward: integer,
  eps: real,
  factors: integers(FACTORS),
  factor_count: integer,
});

/** A job: images one after the other, on all threads. */
export const job = struct("job", {
  guard: pointer("struct guard *"),
  steps: pointer("const struct step *"),
  step_count: integer,
  images: pointer("const REAL *"),
  image_size: integer,
  count: integer,
  input: integer,
  /** Of a thread; workspaces lie one after the other */
  work: pointer("REAL *"),
  work_size: integer,
  nngp: integer,
  nngp_columns: integer,
  nngp_out: pointer("REAL *"),
  ntk: integer,
  ntk_columns: integer,
  ntk_out: pointer("REAL *"),
  next: counter,
  stop: counter,
});

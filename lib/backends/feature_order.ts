/**
 * The order of an input's features in its row, which generators of text and writers of memory agree on, on native and on webgpu:
 * numbers first, so that where they are does not depend on how wide tables are, which is known at run time only. Features
 * (number, table, number) are scalars 0 and 2 at positions 0 and 1, and table 1 at position 0 among tables.
 */
import type { Entrywise } from "../program/entrywise.ts";

/** The features of a row side by side: those of one number first, then the coefficient tables. */
export interface FeatureOrder {
  /** For every feature its position among its kind */
  readonly positions: readonly number[];
  /** The features of one number, in order */
  readonly scalars: readonly number[];
  /** The features that are tables, in order */
  readonly tables: readonly number[];
}

/** The order of a program's features. */
export function featureOrder({ features }: Pick<Entrywise, "features">): FeatureOrder {
  const scalars: number[] = [];
  const tables: number[] = [];
  const positions = features.map(({ kind }, f) => (kind === "table" ? tables : scalars).push(f) - 1);
  return { positions, scalars, tables };
}

/** What is asked of evidences and fits, and what evidences say. */
import type { Key } from "../../random/mod.ts";
import type { FitStep } from "./fitting.ts";
import type { ObjectiveName } from "./objectives.ts";
import type { Bounds } from "./ranges.ts";
import type { EvidenceSettings } from "./settings.ts";
import type { FreeNames } from "./variables.ts";

/** Options of `evidence`. */
export interface EvidenceOptions extends EvidenceSettings {
  /**
   * What to differentiate in, by name: a list, or an object of lists, each of which changes together, as in
   * `{ wStd: ["0.wStd", "2.wStd"] }`; default null: everything. See `evidence` for the names.
   */
  readonly free?: FreeNames | null;
}

/** The evidence, and its gradient. */
export interface Evidence {
  /** log p(y), summed over outputs. */
  readonly logMarginalLikelihood: number;
  /** Its derivative in each name of `free`; of a group, when all of its members change by the same. */
  readonly gradient: Readonly<Record<string, number>>;
}

/** Options of `fit`. */
export interface FitOptions extends EvidenceSettings {
  /**
   * What is fitted, by the names of `evidence`: a list, or an object of lists, each of which has one value, as in
   * `{ wStd: ["0.wStd", "2.wStd"], noise: ["noise"] }`; default null: everything but what is 0.
   */
  readonly free?: FreeNames | null;
  /**
   * The lowest and the highest value by name. Default: a hundredth to a hundred times the start, for the noise 1e-4 to 1e4 times; of
   * options that may be negative, ten times their size, or 10, to both sides.
   */
  readonly bounds?: Bounds;
  /** Further runs from random starts within the bounds; default 0. */
  readonly restarts?: number;
  /** What random starts are drawn with; default `random.key(0)`. */
  readonly key?: Key;
  /** `"evidence"` (default), or `"leaveOneOut"`, the log density of each target given all others. */
  readonly objective?: ObjectiveName;
  /** Whether each output is shifted and scaled to mean 0 and variance 1 first; default false. */
  readonly standardize?: boolean;
  /** Steps of a run at most; default 100. */
  readonly maxIterations?: number;
  /** A run ends where no derivative of the objective for each target, in logarithms of positive variables, is larger; default 1e-6. */
  readonly tolerance?: number;
  /** Called with the start of each run and every step of it. */
  readonly onProgress?: (step: FitStep) => void;
}

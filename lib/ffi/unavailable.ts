/** Why this backend cannot run here. */

/** Something that is not there or not permitted; the message goes on after "Cannot … on native as". */
export class Obstacle extends Error {
  override name = "Obstacle";
}

/** Something that is there and should work, but does not: `auto` says so when it computes elsewhere. */
export class Fault extends Obstacle {
  override name = "Fault";
}

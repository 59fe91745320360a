/** Why this backend cannot run here; the message goes on after "Cannot … on native as". */
export class Obstacle extends Error {
  override name = "Obstacle";
}

/** Warnings that are given once in a process. */

const given = new Set<string>();

/** Writes a warning to the console unless one about the same `subject` was written before. */
export function warnOnce(warning: string, subject: string = warning): void {
  if (given.has(subject)) return;
  given.add(subject);
  console.warn(warning);
}

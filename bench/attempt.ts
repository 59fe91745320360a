/** Rows of the report that may fail. */

/** What `measure` gives; null if it fails, which must not cost the other rows: the exit code tells. */
export async function attempt<T>(id: string, measure: () => Promise<T>): Promise<T | null> {
  try {
    return await measure();
  } catch (error) {
    console.error(`${id}: ${(error as Error).message.trim().split("\n").at(-1)}`);
    Deno.exitCode = 1;
    return null;
  }
}

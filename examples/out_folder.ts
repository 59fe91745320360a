/** The folder that an example writes into, looked at before the work rather than after it. */

/** Makes the folder; prints a one-line error and exits with 2 where nothing can be written. */
export function requireOutFolder(path: string): void {
  const reason = obstacleOf(path);
  if (reason === null) return;
  console.error(
    `Cannot write into --out as it must be a folder that can be written: current value is ${path} (${reason})`,
  );
  Deno.exit(2);
}

/** Why nothing can be written into the folder, which is made; null if something can. */
export function obstacleOf(path: string): string | null {
  try {
    Deno.mkdirSync(path, { recursive: true });
    Deno.removeSync(Deno.makeTempFileSync({ dir: path }));
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

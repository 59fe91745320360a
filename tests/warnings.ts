/** What a call writes to the console as warnings. */
export async function warningsOf(call: () => unknown): Promise<string[]> {
  const { warn } = console;
  const warnings: string[] = [];
  console.warn = (message: string) => warnings.push(message);
  try {
    await call();
  } finally {
    console.warn = warn;
  }
  return warnings;
}

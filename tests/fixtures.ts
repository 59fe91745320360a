/** Reads the reference values of `tests/fixtures` (its README says how each file was made). */

export interface FixtureArray {
  shape: number[];
  data: number[];
}

const folder = new URL("./fixtures/", import.meta.url);
const special: Record<string, number> = { NaN: NaN, Infinity: Infinity, "-Infinity": -Infinity };
const revive = (_key: string, value: unknown) =>
  typeof value === "string" && value in special ? special[value] : value;

/** The parsed content of one fixture file; the strings "NaN", "Infinity" and "-Infinity" become numbers. */
export function fixture<T>(name: string): T {
  return JSON.parse(Deno.readTextFileSync(new URL(`${name}.json`, folder)), revive);
}

/** Command-line options of the examples, on `parseArgs` of node:util; a swap to `@std/cli` touches this file only. */
import { parseArgs } from "node:util";

/** A whole or real number, optionally bounded on either side (both bounds included). */
export interface NumberOption {
  type: "integer" | "number";
  default: number;
  min?: number;
  max?: number;
  description: string;
}

/** Whole numbers with commas between them, optionally bounded on either side. */
export interface IntegersOption {
  type: "integers";
  default: readonly number[];
  min?: number;
  max?: number;
  description: string;
}

/** A text, optionally one of a few. */
export interface StringOption {
  type: "string";
  default: string;
  choices?: readonly string[];
  description: string;
}

/** A switch: `--plot` and `--plot=true` turn it on, `--plot=false` turns it off. */
export interface BooleanOption {
  type: "boolean";
  default: boolean;
  description: string;
}

/** One option of a command line. */
export type Option = NumberOption | IntegersOption | StringOption | BooleanOption;

/** All options of a command line by their camelCase names: `nTrain` is read from `--n_train` and `--n-train`. */
export type OptionSpec = Record<string, Option>;

type OptionValue<O extends Option> = O extends BooleanOption ? boolean
  : O extends NumberOption ? number
  : O extends IntegersOption ? readonly number[]
  : O extends { choices: readonly (infer Choice)[] } ? Choice
  : string;

/** The values read for a specification, under the same names. */
export type OptionValues<S extends OptionSpec> = { [Name in keyof S]: OptionValue<S[Name]> };

/**
 * The value of every option on the command line. Prints the usage and exits with 0 on `--help`; prints a one-line
 * error and exits with 2 on anything that is not as specified.
 */
export function parseOptions<const S extends OptionSpec>(
  spec: S,
  { usage, args = Deno.args }: { usage: string; args?: readonly string[] },
): OptionValues<S> {
  try {
    const values = readOptions(spec, args);
    if (values !== "help") return values;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(`${error.message}\nRun with --help to see all options`);
    Deno.exit(2);
  }
  console.log(formatHelp(spec, usage));
  Deno.exit(0);
}

/** The value of every option, or "help" when that was asked for; throws a `RangeError` on a bad command line. */
export function readOptions<const S extends OptionSpec>(
  spec: S,
  args: readonly string[],
): OptionValues<S> | "help" {
  const names = new Map(Object.keys(spec).flatMap((name) => spellings(name).map((flag) => [flag, name])));
  const tokens = tokenize(args, [...names].map(([flag, name]) => [flag, spec[name].type === "boolean"]));
  if (tokens.some(({ flag }) => flag === "--help" || flag === "-h")) return "help";
  const values = Object.fromEntries(Object.entries(spec).map(([name, option]) => [name, option.default]));
  for (const { flag, text } of tokens) {
    const name = names.get(flag);
    if (name === undefined) {
      const known = [...Object.keys(spec), "help"].map((name) => spellings(name)[0]).join(", ");
      throw new RangeError(
        `Cannot read the options as each must be one of ${known}: current value is ${flag}`,
      );
    }
    values[name] = readValue(flag, spec[name], text?.trim());
  }
  return values as OptionValues<S>;
}

/** The help text: `usage`, then one line an option with its values, description and default. */
export function formatHelp(spec: OptionSpec, usage: string): string {
  const rows = Object.entries(spec).map(([name, option]) => {
    const values = option.type === "boolean"
      ? "[=true|false]"
      : ` <${describe(option).replace(/^an? /, "")}>`;
    return [`${spellings(name)[0]}${values}`, `${option.description} (default ${option.default})`];
  });
  rows.push(["--help", "print this text"]);
  const width = Math.max(...rows.map(([left]) => left.length));
  return [usage, "", "Options:", ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)].join(
    "\n",
  );
}

/** Both flags of a camelCase name; the first one, with underscores, is the one that is shown. */
function spellings(name: string): [string, string] {
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
  return [flag, flag.replaceAll("_", "-")];
}

/** Each argument as a flag and the text that belongs to it, if any. */
function tokenize(args: readonly string[], flags: [string, boolean][]): { flag: string; text?: string }[] {
  const options = Object.fromEntries(
    flags.map((
      [flag, isSwitch],
    ) => [flag.slice(2), { type: isSwitch ? "boolean" as const : "string" as const }]),
  );
  // Not strict, as the strict parser refuses negative numbers as values and words its errors in its own way.
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  return tokens.map((token) => {
    if (token.kind === "option-terminator") return { flag: "--" };
    if (token.kind === "positional") return { flag: token.value };
    const isNextFlag = token.inlineValue === false && token.value.startsWith("--");
    return { flag: token.rawName, text: isNextFlag ? undefined : token.value };
  });
}

type Value = string | number | boolean | readonly number[];

function readValue(flag: string, option: Option, text: string | undefined): Value {
  if (option.type === "boolean" && text === undefined) return true;
  const value = text ? parse(option, text) : undefined;
  if (value !== undefined) return value;
  throw new RangeError(
    `Cannot read ${flag} as it must be ${describe(option)}: current value is ${text || "missing"}`,
  );
}

/** The value that `text` stands for, or undefined if the option does not allow it. */
function parse(option: Option, text: string): Value | undefined {
  if (option.type === "boolean") return text === "true" || (text === "false" ? false : undefined);
  if (option.type === "string") return option.choices?.includes(text) === false ? undefined : text;
  if (option.type !== "integers") return isAllowed(option, text) ? Number(text) : undefined;
  const parts = text.split(",").map((part) => part.trim());
  return parts.every((part) => isAllowed(option, part)) ? parts.map(Number) : undefined;
}

/** Whether `text` is a number of the kind and within the bounds of the option. */
function isAllowed({ type, min = -Infinity, max = Infinity }: NumberOption | IntegersOption, text: string) {
  const value = Number(text);
  const isOfKind = type === "number" ? Number.isFinite(value) : Number.isSafeInteger(value);
  return text !== "" && isOfKind && value >= min && value <= max;
}

const kinds = { integer: "an integer", number: "a number", integers: "comma-separated integers" };

function describe(option: Option): string {
  if (option.type === "boolean") return "true or false";
  if (option.type === "string") return option.choices ? `one of ${option.choices.join(", ")}` : "a text";
  const kind = kinds[option.type];
  const { min, max } = option;
  if (min !== undefined && max !== undefined) return `${kind} between ${min} and ${max}`;
  if (min !== undefined) return `${kind} of at least ${min}`;
  return max === undefined ? kind : `${kind} of at most ${max}`;
}

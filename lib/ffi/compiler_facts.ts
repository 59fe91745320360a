/** What changes when a compiler or the processor does, read without running the compiler. */
import { isGranted } from "./setup.ts";

/** Where the system describes its processors. */
const PROCESSORS = "/proc/cpuinfo";
/** What it says of the first one is shorter. */
const LONGEST = 2 ** 14;
/** What of that decides on its instructions. */
const OF_PROCESSOR = /^(vendor_id|cpu family|model|model name|stepping|flags|Features|CPU \w+)\s*:/;

/** The file of a command with its time and size, and the processor; null where that is not known or may not be read. */
export async function factsOf(command: string, processors: string = PROCESSORS): Promise<string | null> {
  if (Deno.build.os !== "linux") return null;
  try {
    const path = pathOf(command);
    if (!path || !isGranted({ name: "read", path: processors })) return null;
    const { mtime, size, ino } = await Deno.stat(path);
    return JSON.stringify([path, mtime, size, ino, await firstProcessor(processors)]);
  } catch {
    return null;
  }
}

/** The file that a command is, found as the system does. */
function pathOf(command: string): string | undefined {
  if (command.includes("/")) return isFile(command) ? command : undefined;
  const path = isGranted({ name: "env", variable: "PATH" }) ? Deno.env.get("PATH") : undefined;
  const directories = path?.split(":") ?? [];
  return directories.map((directory) => `${directory}/${command}`).find(isFile);
}

function isFile(path: string): boolean {
  if (!isGranted({ name: "read", path })) return false;
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

async function firstProcessor(processors: string): Promise<string[]> {
  using file = await Deno.open(processors);
  const buffer = new Uint8Array(LONGEST);
  const count = await file.read(buffer);
  const [first] = new TextDecoder().decode(buffer.subarray(0, count ?? 0)).split("\n\n");
  return first.split("\n").filter((line) => OF_PROCESSOR.test(line));
}

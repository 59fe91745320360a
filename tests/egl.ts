/**
 * Deno on Linux loads EGL for WebGPU on OpenGL. The destructor of its library (libglvnd 1.6), which runs when the process ends, frees
 * what each thread has of it; a thread that ends in that moment, as those of `deno test` and workers do, frees it too. One process in
 * 10 to 300 is aborted for it by the C library ("double free or corruption"), after all of its tests have passed.
 */

/** Where Linux has its drivers of Vulkan, unless a variable names others. */
const DRIVERS = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];

/** Variables by which Deno takes WebGPU from Vulkan alone, where there are drivers and nothing else is asked for. */
export async function withoutEgl(): Promise<Record<string, string>> {
  const isChosen = ["DENO_WEBGPU_BACKEND", "VK_DRIVER_FILES", "VK_ICD_FILENAMES"].some((name) =>
    Deno.env.has(name)
  );
  if (Deno.build.os !== "linux" || isChosen) return {};
  const drivers = await Promise.all(
    DRIVERS.map((path) => Array.fromAsync(Deno.readDir(path)).catch(() => [])),
  );
  return drivers.flat().length > 0 ? { DENO_WEBGPU_BACKEND: "vulkan" } : {};
}

/** Whether a process with these variables besides its parent's may load EGL. */
export const mayLoadEgl = (env: Record<string, string>): boolean =>
  Deno.build.os === "linux" && (env.DENO_WEBGPU_BACKEND ?? Deno.env.get("DENO_WEBGPU_BACKEND")) !== "vulkan";

/** What `deno test` ends with if nothing failed, colours aside. */
// deno-lint-ignore no-control-regex
const allPassed = (text: string) => /^ok \| .*\b0 failed\b/m.test(text.replaceAll(/\x1b\[[\d;]*m/g, ""));

/** So many characters hold the last lines of `deno test`. */
const END = 1000;

/** The exit code of `deno test` with `args`: 0, too, if it was aborted after it had said that all tests passed. */
export async function codeBeforeEgl(args: string[], env: Record<string, string>): Promise<number> {
  const colour: Record<string, string> = Deno.stdout.isTerminal() ? { FORCE_COLOR: "1" } : {};
  const child = new Deno.Command(Deno.execPath(), { args, env: { ...colour, ...env }, stdout: "piped" })
    .spawn();
  let end = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    await new Blob([chunk]).stream().pipeTo(Deno.stdout.writable, { preventClose: true });
    end = (end + decoder.decode(chunk, { stream: true })).slice(-END);
  }
  const { code, signal } = await child.status;
  if (signal !== "SIGABRT" || !allPassed(end)) return code;
  console.log("Deno was aborted by EGL as it ended, after all tests had passed: see tests/egl.ts");
  return 0;
}

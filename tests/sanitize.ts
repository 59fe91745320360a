/**
 * Runs the tests of native code, or the files among the arguments, with C that checks every access to memory and every operation
 * that C leaves undefined: `deno task sanitize [file …]`.
 *
 * In: GCC with its sanitizers, on Linux. Out: the output of the tests, then what the sanitizers found; exit code 1 if they found
 * something or a test failed. Arrays of JavaScript come from malloc, so that reads beyond their ends are found, too.
 */
const usual = [
  "tests/near_test.ts",
  "tests/linalg_blas_test.ts",
  ...["native", "native_pieces", "native_spatial", "native_results"].map((name) =>
    `tests/backends/${name}_test.ts`
  ),
  "tests/stax/conv_native_test.ts",
  "tests/stax/snapshots_test.ts",
];

const found = await Deno.makeTempDir();
try {
  const passed = await runTests(Deno.args.length > 0 ? Deno.args : usual);
  const reports = (await Array.fromAsync(Deno.readDir(found))).filter(({ name }) =>
    name.startsWith("report")
  );
  for (const { name } of reports) console.log(await Deno.readTextFile(`${found}/${name}`));
  console.log(`${reports.length} processes with reports of the sanitizers`);
  Deno.exitCode = passed && reports.length === 0 ? 0 : 1;
} finally {
  await Deno.remove(found, { recursive: true });
}

/** Whether the tests pass where the compiler is `checkingCompiler`, with a cache that nothing else uses. */
async function runTests(files: readonly string[]): Promise<boolean> {
  const report = `log_path=${found}/report:print_stacktrace=1`;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--quiet", ...files],
    cwd: `${import.meta.dirname}/..`,
    env: {
      CC: await checkingCompiler(),
      XDG_CACHE_HOME: `${found}/cache`,
      LD_PRELOAD: (await Promise.all(["libasan.so", "libubsan.so"].map(libraryPath))).join(" "),
      // The collector's memory is no leak, and Deno has handlers of its own.
      ASAN_OPTIONS: `${report}:detect_leaks=0:handle_segv=0:halt_on_error=0`,
      UBSAN_OPTIONS: report,
      // Tests on adapters are left out: drivers have reports of their own.
      DENO_WEBGPU_BACKEND: "vulkan",
      VK_DRIVER_FILES: "/nonexistent",
    },
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  return success;
}

/** A compiler command whose code is checked; the compiler itself is not. */
async function checkingCompiler(): Promise<string> {
  const path = `${found}/cc`;
  const flags = "-O1 -g1 -fno-omit-frame-pointer -fsanitize=address,undefined -fsanitize-recover=all";
  await Deno.writeTextFile(
    path,
    `#!/bin/sh\nunset LD_PRELOAD ASAN_OPTIONS UBSAN_OPTIONS\nexec gcc "$@" ${flags}\n`,
    { mode: 0o755 },
  );
  return path;
}

async function libraryPath(name: string): Promise<string> {
  const { stdout } = await new Deno.Command("gcc", { args: [`-print-file-name=${name}`] }).output();
  return new TextDecoder().decode(stdout).trim();
}

/** Progress of a long computation: a bar on a terminal, plain lines anywhere else. */
import process from "node:process";
import cliProgress from "cli-progress";

/** What a computation reports to. */
export interface Progress {
  /** Shows that `done` of the total are finished. */
  update(done: number): void;
  /** Ends the display; has to be called, also when the computation failed. */
  stop(): void;
}

/** A progress display on standard error for `total` units of work named by `label`. */
export function progress(label: string, total: number): Progress {
  return process.stderr.isTTY ? bar(label, total) : lines(label, total);
}

/** The part of cli-progress used here, which ships no types. */
interface SingleBar {
  start(total: number, startValue: number, payload: { label: string }): void;
  update(value: number): void;
  stop(): void;
}

function bar(label: string, total: number): Progress {
  const single: SingleBar = new cliProgress.SingleBar({
    stream: process.stderr,
    format: "{label} [{bar}] {percentage} % | {value} of {total} | {eta_formatted} left",
    barsize: 24,
    // Line wrapping would stay off if the program was interrupted before it could be restored.
    linewrap: true,
  });
  single.start(total, 0, { label });
  return { update: (done) => single.update(done), stop: () => single.stop() };
}

/** A line whenever another tenth of the work is done: logs keep short and free of control characters. */
function lines(label: string, total: number): Progress {
  let printedTenths = 0;
  return {
    update(done) {
      const tenths = total > 0 ? Math.floor((10 * done) / total) : 10;
      if (tenths <= printedTenths) return;
      printedTenths = tenths;
      console.error(`${label}: ${10 * tenths} % (${done} of ${total})`);
    },
    stop() {},
  };
}

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

/** Work that takes longer, in seconds, says how much of it is left. */
const LONG = 30;
/** Seconds after which that can be told. */
const SOON = 3;

/**
 * A line whenever another tenth of the work is done: logs keep short and free of control characters. Long work has one more after a
 * few seconds, and all of its lines tell the time that is left.
 */
function lines(label: string, total: number): Progress {
  const start = performance.now();
  let printedTenths = 0;
  let isAnnounced = false;
  return {
    update(done) {
      const seconds = (performance.now() - start) / 1000;
      const isLong = seconds > SOON && seconds * total > LONG * done;
      const tenths = total > 0 ? Math.floor((10 * done) / total) : 10;
      const isNews = isLong && !isAnnounced && done > 0;
      if (tenths <= printedTenths && !isNews) return;
      isAnnounced ||= isNews;
      printedTenths = tenths;
      const percent = isNews ? Math.floor(100 * done / total) : 10 * tenths;
      const left = isLong && done < total ? `, about ${duration(seconds * (total / done - 1))} left` : "";
      console.error(`${label}: ${percent} % (${done} of ${total})${left}`);
    },
    stop() {},
  };
}

function duration(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${Number((seconds / 3600).toPrecision(2))} h`;
}

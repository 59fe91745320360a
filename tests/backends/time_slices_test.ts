/** Long computations in calls: an abort ends them before the next call, and during one. */
import { inSlices, type Sliced, stoppedBy } from "../../lib/backends/native/time_slices.ts";
import { Pool } from "../../lib/ffi/pool.ts";
import { assertDeepEquals, assertEquals } from "../assert.ts";

/** Computes `total` pieces, one a call, and tells what was computed and reported, and why it ended. */
async function run({ signal }: AbortController, total: number, parts: Partial<Sliced> = {}) {
  let computed = 0, reported = 0;
  const reason = await inSlices(new Pool(1), {
    signal,
    ends: () => computed >= total,
    compute: (thread, most) => {
      const count = Math.min(1, most);
      computed += count;
      return parts.compute?.(thread, most) ?? Promise.resolve(count);
    },
    report: (count) => {
      reported += count;
      parts.report?.(count);
    },
  }).then(() => "the end", (error) => error);
  return { computed, reported, reason };
}

Deno.test("without an abort all pieces are computed and reported", async () => {
  assertDeepEquals(await run(new AbortController(), 5), { computed: 5, reported: 5, reason: "the end" });
});

Deno.test("after an abort nothing is called", async () => {
  const controller = new AbortController();
  controller.abort("enough");
  assertDeepEquals(await run(controller, 5), { computed: 0, reported: 0, reason: "enough" });
});

Deno.test("an abort between two calls is heard before the second", async () => {
  const controller = new AbortController();
  const report = () => controller.abort("enough");
  assertDeepEquals(await run(controller, 5, { report }), { computed: 1, reported: 1, reason: "enough" });
});

for (const total of [5, 1]) {
  Deno.test(`an abort during call 1 of ${total} is heard after it: its result is not whole`, async () => {
    const controller = new AbortController();
    const compute = () => {
      controller.abort("enough");
      return Promise.resolve(1);
    };
    assertDeepEquals(await run(controller, total, { compute }), {
      computed: 1,
      reported: 0,
      reason: "enough",
    });
  });
}

Deno.test("a call is told how many pieces are about a tenth of a second, and at least one", async () => {
  const most: number[] = [];
  await inSlices(new Pool(1), {
    signal: undefined,
    ends: () => most.length === 3,
    compute: async (_thread, count) => {
      most.push(count);
      // The second call computes a piece of more than a tenth of a second.
      await new Promise((resolve) => setTimeout(resolve, most.length === 2 ? 210 : 10));
      return most.length === 2 ? 1 : 10;
    },
    report: () => {},
  });
  assertEquals(most[0], 1);
  // 10 pieces took 10 ms or, on a busy machine, more.
  assertDeepEquals([most[1] > 1 && most[1] <= 100, most[2]], [true, 1]);
});

Deno.test("code is stopped by an abort while it runs, not by one after it", async () => {
  const controller = new AbortController();
  let stopped = 0;
  const stop = () => void stopped++;
  assertEquals(await stoppedBy(controller.signal, stop, () => Promise.resolve(7)), 7);
  controller.abort();
  assertEquals(stopped, 0);
  const other = new AbortController();
  await stoppedBy(other.signal, stop, () => Promise.resolve(other.abort()));
  assertEquals(stopped, 1);
});

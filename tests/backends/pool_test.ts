/** Calls share threads: never more at a time than there are, each with a number of its own. */
import { Pool } from "../../lib/ffi/pool.ts";
import { assert, assertDeepEquals, assertEquals, assertThrows } from "../assert.ts";

Deno.test("calls at the same time have different numbers of threads, and later ones the same again", async () => {
  const pool = new Pool(3);
  const running = new Set<number>();
  const used = new Set<number>();
  const call = async (thread: number) => {
    assert(!running.has(thread));
    running.add(thread);
    used.add(thread);
    await new Promise((resolve) => setTimeout(resolve, 1));
    running.delete(thread);
  };
  await Promise.all(Array.from({ length: 20 }, () => pool.run(call)));
  assertDeepEquals([...used].toSorted(), [0, 1, 2]);
});

Deno.test("a call that fails gives its thread back", async () => {
  const pool = new Pool(1);
  await assertThrows(() => pool.run(() => Promise.reject(new RangeError("no"))), RangeError, "no");
  assertEquals(await pool.run((thread) => Promise.resolve(thread)), 0);
});

Deno.test("a call on all threads waits for those that run, and gives all of them back", async () => {
  const pool = new Pool(2);
  let running = 0;
  const short = () =>
    pool.run(async () => {
      running++;
      await new Promise((resolve) => setTimeout(resolve, 2));
      running--;
    });
  const before = [short(), short(), short()];
  await pool.runAlone(() => {
    assertEquals(running, 0);
    return Promise.resolve();
  });
  await Promise.all(before);
  const numbers = await Promise.all([0, 1].map(() =>
    pool.run(async (thread) => {
      await Promise.resolve();
      return thread;
    })
  ));
  assertDeepEquals(numbers.toSorted(), [0, 1]);
});

Deno.test("calls on all threads that wait at the same time come one after the other, and none waits for ever", async () => {
  const pool = new Pool(2);
  const short = () => pool.run(() => new Promise((resolve) => setTimeout(resolve, 2)));
  const before = [short(), short()];
  let running = 0;
  const order: number[] = [];
  const alone = (number: number) =>
    pool.runAlone(async () => {
      assertEquals(++running, 1);
      order.push(number);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
    });
  const all = Promise.all([1, 2, 3].map(alone));
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Each of them would have one thread and wait for the other's.
  await Promise.race([all, new Promise((resolve) => timer = setTimeout(resolve, 2000))]);
  clearTimeout(timer);
  assertDeepEquals(order, [1, 2, 3]);
  await Promise.all(before);
});

/** Strips of rows on the device, which are kept while there is room. */
import { ROWS_BUFFERS, ROWS_BYTES } from "../../budget.ts";
import type { Strip } from "../plan/row_state.ts";
import type { Session } from "./session.ts";
import { Side } from "./device_rows.ts";

/** The strips of a job. */
export class SideCache {
  /** In the order of their last use, by their first row */
  readonly #sides = new Map<number, Side>();

  constructor(readonly session: Session) {}

  /** Adds a strip, or makes it the last used. */
  put(side: Side): void {
    this.#sides.delete(side.strip.first);
    this.#sides.set(side.strip.first, side);
    this.#makeRoom();
  }

  /** The strip, made anew if there was no room for it. */
  async get(strip: Strip): Promise<Side> {
    const side = this.#sides.get(strip.first) ?? await Side.of(this.session, strip);
    this.put(side);
    return side;
  }

  /** Frees everything. */
  destroy(): void {
    for (const side of this.#sides.values()) side.destroy();
    this.#sides.clear();
  }

  /** Gives up the strips that were not used for longest, but never the last two: a block of pairs has two sides. */
  #makeRoom(): void {
    const most = Math.min(ROWS_BYTES, ROWS_BUFFERS * this.session.gpu.limits.bufferBytes);
    let sum = this.#sides.values().reduce((total, { bytes }) => total + bytes, 0);
    for (const side of [...this.#sides.values()].slice(0, -2)) {
      if (sum <= most) return;
      this.#sides.delete(side.strip.first);
      this.session.submissions.retire(side.buffers);
      sum -= side.bytes;
    }
  }
}

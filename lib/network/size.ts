/**
 * How large networks may be: layers in layers, counted with repetitions, and levels of them. In: layers, or data that may be one.
 * Out: an error before anything walks through them.
 */
import { MOST_LEVELS, MOST_PARTS } from "./limits.ts";

/** Layers in all, and levels. */
interface Size {
  readonly layers: number;
  readonly levels: number;
}

const known = new WeakMap<object, Size>();

/** Refuses layers that are more, or deeper in each other, than a network may have. */
export function requireSize(type: string, layers: readonly unknown[]): void {
  sizeOf(type, layers, MOST_LEVELS);
}

/** The size of a layer made of these. Each is looked at once, though it may stand at many places. */
function sizeOf(type: string, parts: readonly unknown[], levelsLeft: number): Size {
  if (levelsLeft < 1) throw tooDeep(type);
  let [layers, levels] = [1, 1];
  for (const part of parts) {
    const size = sizeOfPart(type, part, levelsLeft - 1);
    layers += size.layers;
    levels = Math.max(levels, 1 + size.levels);
    if (layers <= MOST_PARTS) continue;
    throw new RangeError(
      `Cannot build ${type} as a network must have at most ${MOST_PARTS} layers: current value is more`,
    );
  }
  if (levels > MOST_LEVELS) throw tooDeep(type);
  return { layers, levels };
}

const tooDeep = (type: string) =>
  new RangeError(
    `Cannot build ${type} as layers must be at most ${MOST_LEVELS} levels deep in each other: current value is more`,
  );

function sizeOfPart(type: string, part: unknown, levelsLeft: number): Size {
  if (typeof part !== "object" || part === null) return { layers: 1, levels: 1 };
  const found = known.get(part);
  if (found) return found;
  const { layers, repeated } = part as { layers?: unknown; repeated?: unknown };
  const parts = [...Array.isArray(layers) ? layers : [], ...repeated === undefined ? [] : [repeated]];
  const size = parts.length === 0 ? { layers: 1, levels: 1 } : sizeOf(type, parts, levelsLeft);
  // What is not frozen may have more layers by the next time.
  if (Object.isFrozen(part)) known.set(part, size);
  return size;
}

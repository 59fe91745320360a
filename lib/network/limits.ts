/**
 * How much a layer may be asked for, and how large networks may be. Beyond these limits, memory or minutes would run out before an
 * error could say why.
 */

/** Most of anything that a network is built of: layers, repetitions, positions of a window; checking more would take minutes. */
export const MOST_PARTS = 2 ** 16;

/** Levels of layers within layers: each is a few calls within calls, and the stack has room for about ten thousand. */
export const MOST_LEVELS = 128;

/** Branches of one layer: a kernel is computed for each. */
export const MOST_BRANCHES = 1024;

/** Axes of positions. */
export const MOST_AXES = 16;

/** The largest scale or shift of a nonlinearity, without unit: its fourth power is a number in every precision. */
export const LARGEST_SCALE = 1e9;

/**
 * The highest degree of a nonlinearity: kernels have this many terms for each layer; for points of variance 1 those of powers
 * overflow from degree 150 on.
 */
export const LARGEST_DEGREE = 512;

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

/** WGSL for the tiles of a chain: which pairs of positions their slots are, and sums over the taps of a shift. */
import { countOf } from "../../../../array/dtype.ts";
import type { DType } from "../../../../array/mod.ts";
import { wgslLiteral } from "../../../../render/wgsl.ts";
import { type Geometry, positionsOf, slotsOf } from "../plan/geometry.ts";
import type { Shift } from "../run/shift.ts";

/** Statements of a function. */
export const lines = (statements: readonly string[]): string =>
  statements.map((line) => `  ${line}`).join("\n");

/** Which pair of positions a slot is at each stage of a chain; after a stride fewer slots are in use. */
export function placeBodies(geometries: readonly Geometry[]): string[] {
  const last = geometries[geometries.length - 1];
  const most = slotsOf(geometries[0]);
  return geometries.map((geometry) => {
    const { sizes, frame } = geometry;
    const slots = slotsOf(geometry);
    const inside = sizes.flatMap((size, axis) =>
      frame[axis] > size ? [`p${axis} < ${size}u && q${axis} < ${size}u`] : []
    );
    const valid = [...(slots < most ? [`slot < ${slots}u`] : []), ...inside].join(" && ") || "true";
    return lines([
      ...coordinates(geometry, last),
      `let p = ${linear("p", sizes)};`,
      `let q = ${linear("q", sizes)};`,
      `return Place(${valid}, p, q, cell(p, q, ${positionsOf(geometry)}u));`,
    ]);
  });
}

/** The shifts of a chain: scaled sums over taps, in the same order everywhere; what lies outside adds 0. */
export function convolutionBodies(
  shifts: readonly (readonly Shift[])[],
  geometries: readonly Geometry[],
  dtype: DType,
): string[] {
  const last = geometries[geometries.length - 1];
  return shifts.map((axes, k) => {
    const taps = axes.map((shift, axis) => tapsOf(shift, axis, innerSize(geometries[k].frame, axis)));
    const checked = taps.flat().some(({ checked }) => checked);
    const scale = axes.reduce((product, shift) => product * shift.scale, 1);
    return lines([
      ...coordinates(geometries[k + 1], last),
      ...taps.flat().map(({ name, text }) => `let ${name} = ${text};`),
      "var sum = Value();",
      ...sums(taps.map((axis) => axis.map(({ name }) => name)))
        .map((at) => `sum += ${checked ? `tap(tile_start, ${at})` : `tile[tile_start + ${at}]`};`),
      `return sum * ${wgslLiteral(scale, dtype)};`,
    ]);
  });
}

/** Statements for the coordinates p0, p1, … of a slot and q0, q1, … of its partner in the frame of a stage. */
function coordinates({ frame, factors }: Geometry, last: Geometry): string[] {
  return frame.flatMap((length, axis) => {
    const offset = times(digit("offsets", last.frame, axis), factors[axis]);
    return [
      `let p${axis} = ${digit("slot", frame, axis)};`,
      `let q${axis} = wrap(p${axis} + ${offset}, ${length}u);`,
    ];
  });
}

/** The coordinate along an axis of a row-major number. */
function digit(value: string, lengths: readonly number[], axis: number): string {
  const inner = innerSize(lengths, axis);
  const divided = inner === 1 ? value : `${value} / ${inner}u`;
  return axis === 0 ? divided : `${divided} % ${lengths[axis]}u`;
}

const innerSize = (lengths: readonly number[], axis: number) => countOf(lengths.slice(axis + 1));

/** The row-major number of coordinates name0, name1, … */
const linear = (name: string, sizes: readonly number[]) =>
  sizes.reduce((text, size, axis) => axis === 0 ? `${name}0` : `${times(text, size)} + ${name}${axis}`, "");

const times = (text: string, factor: number) =>
  factor === 1 ? text : `${/^\w+$/.test(text) ? text : `(${text})`} * ${factor}u`;

/** What each tap of an axis adds to the number of a slot; `checked` if it may lie outside. */
function tapsOf({ size, outSize, stride, taps, circular }: Shift, axis: number, step: number) {
  const at = (name: string, tap: number) => {
    const start = times(`${name}${axis}`, stride);
    // What is negative wraps around to more than any size.
    return tap === 0 ? start : tap > 0 ? `${start} + ${tap}u` : `${start} - ${-tap}u`;
  };
  return taps.map((tap, k) => {
    const name = `x${axis}_${k}`;
    if (circular) {
      const around = `(${at("p", ((tap % size) + size) % size)}) % ${size}u`;
      return { name, checked: false, text: times(around, step) };
    }
    const checked = tap < 0 || stride * (outSize - 1) + tap >= size;
    const text = checked
      ? `reach(${at("p", tap)}, ${at("q", tap)}, ${size}u, ${step}u)`
      : times(at("p", tap), step);
    return { name, checked, text };
  });
}

/** The sums of one name of each list. */
const sums = (lists: readonly (readonly string[])[]) =>
  lists.slice(1).reduce<readonly string[]>(
    (texts, names) => texts.flatMap((text) => names.map((name) => `${text} + ${name}`)),
    lists[0],
  );

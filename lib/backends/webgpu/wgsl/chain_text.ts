/**
 * The shader of a chain of nodes: shaders/chain.wgsl, whose `main` runs the steps that it is told, with the functions that steps
 * refer to by number: which pair of positions a slot of the tile is, the sums over the taps of a shift, the maps of nodes.
 *
 * In: a chain (plan/chain.ts) with the geometry of its tile. Out: text, and the number of each part. For 8 positions and a window
 * of three taps around each:
 *
 *     fn place_0(slot: u32, offsets: u32) -> Place {
 *       let p0 = slot;
 *       let q0 = wrap(p0 + offsets, 8u);
 *       let p = p0;
 *       let q = q0;
 *       return Place(true, p, q, cell(p, q, 8u));
 *     }
 *     fn convolution_0(slot: u32, offsets: u32, tile_start: u32) -> Value {
 *       let p0 = slot;
 *       let q0 = wrap(p0 + offsets, 8u);
 *       let x0_0 = reach(p0 - 1u, q0 - 1u, 8u, 1u);
 *       let x0_1 = p0;
 *       let x0_2 = reach(p0 + 1u, q0 + 1u, 8u, 1u);
 *       var sum = Value();
 *       sum += tap(tile_start, x0_0);
 *       sum += tap(tile_start, x0_1);
 *       sum += tap(tile_start, x0_2);
 *       return sum * 0.33333334f;
 *     }
 */
import { featureOrder } from "../../feature_order.ts";
import chainText from "../../../../shaders/chain.wgsl" with { type: "text" };
import inputsText from "../../../../shaders/inputs.wgsl" with { type: "text" };
import { countOf } from "../../../array/dtype.ts";
import type { DType } from "../../../array/mod.ts";
import { wgslLiteral } from "../../../render/wgsl.ts";
import { LEAST_THREADS, MOST_THREADS, STEPS_PADDING } from "../budget.ts";
import { mapped, type Steps } from "../../../steps.ts";
import { type Chain, type Geometry, positionsOf, type Shift, slotsOf } from "../plan/chain.ts";
import type { Lengths } from "../struct.ts";
import {
  constants,
  headText,
  mapsText,
  nngpOnly,
  type PointText,
  pointText,
  type ValueType,
} from "./text.ts";
import { chainStruct, stepStruct } from "./parameters.ts";

/**
 * A chain's shader, and the numbers by which steps refer to its parts. What occurs several times is there once: the text of 21
 * convolutions is 11 KB instead of 54.
 */
export interface ChainShader {
  readonly text: string;
  /** Before each shift and after the last */
  readonly places: readonly number[];
  /** Of the shifts */
  readonly convolutions: readonly number[];
  /** Of the nodes */
  readonly maps: readonly number[];
  readonly mapTexts: readonly PointText[];
  /** The room for steps, for tables a step, and for sources */
  readonly lengths: Lengths;
  /** Of a workgroup */
  readonly threads: number;
}

/** The shader of a chain that begins at the inputs or at what earlier steps stored; in steps. */
export function* chainShader(chain: Chain, fromInputs: boolean, type: ValueType): Steps<ChainShader> {
  const { nodes, shifts, geometries } = chain;
  const placeTexts = placeBodies(geometries);
  const convolutionTexts = convolutionBodies(shifts, geometries, type.dtype);
  const maps = yield* mapped(
    nodes,
    ({ program }, k) => pointText(program, { ...type, positions: positionsOf(geometries[k]) }),
  );
  const mapTexts = distinct(maps.map(({ text }) => text)).map((text) =>
    maps.find((map) => map.text === text)!
  );
  const [places, convolutions] = [distinct(placeTexts), distinct(convolutionTexts)];
  const TABLES = Math.max(1, ...nodes.map(({ program }) => featureOrder(program).tables.length));
  const STEPS = STEPS_PADDING * Math.ceil((nodes.length + 1) / STEPS_PADDING);
  const slots = slotsOf(geometries[0]);
  const threads = Math.min(MOST_THREADS, 2 ** Math.ceil(Math.log2(Math.max(slots, LEAST_THREADS))));
  const lengths = { STEPS, TABLES, SOURCES: Math.max(1, maps[0].reads.length) };
  const sizes = { SLOTS: slots, THREADS: threads, TILE: Math.max(2 * slots, threads) };
  const parts = [
    headText(type),
    constants({ ...sizes, ...lengths }),
    `const SUM_SCALE = ${wgslLiteral(chain.end.kind === "sum" ? chain.end.scale : 1, type.dtype)};`,
    ...(fromInputs ? [inputsText] : []),
    stepStruct.text,
    chainStruct.text,
    chainText,
    mapsText(mapTexts, type.dtype),
    mappedText(mapTexts),
    ...places.map((body, k) => `fn place_${k}(slot: u32, offsets: u32) -> Place {\n${body}\n}`),
    placeOfText(places.length),
    ...convolutions.map((body, k) =>
      `fn convolution_${k}(slot: u32, offsets: u32, tile_start: u32) -> Value {\n${body}\n}`
    ),
    readText(convolutions.length, fromInputs ? nngpOnly(inputText(geometries[0]), type) : null),
  ];
  return {
    text: parts.join("\n"),
    places: placeTexts.map((body) => places.indexOf(body)),
    convolutions: convolutionTexts.map((body) => convolutions.indexOf(body)),
    maps: maps.map(({ text }) => mapTexts.findIndex((map) => map.text === text)),
    mapTexts,
    lengths,
    threads,
  };
}

const distinct = (texts: readonly string[]) => [...new Set(texts)];

const inputText = (first: Geometry) =>
  `input_covariance(rows, place.p, place.q, ${positionsOf(first)}u, chain.depth)`;

/** A choice by number: `cases` return for theirs, and all other numbers return `otherwise`. */
function switchText(on: string, cases: readonly string[], otherwise: string): string {
  return lines([
    `switch ${on} {`,
    ...cases.map((text) => `  ${text}`),
    `  default: { return ${otherwise}; }`,
    "}",
  ]);
}

/** What a step reads for a slot. */
function readText(convolutions: number, input: string | null): string {
  const cases = [
    ...(input ? [`case 0u: { return ${input}; }`] : []),
    ...Array.from(
      { length: convolutions },
      (_, k) => `case ${k + 2}u: { return convolution_${k}(slot, offsets, tile_start); }`,
    ),
  ];
  return `fn read_value(s: u32, slot: u32, offsets: u32, tile_start: u32, pair: u32, rows: vec2<u32>, place: Place) -> Value {
${switchText("chain.step[s].read", cases, "stored(0u, pair, place.cell)")}
}`;
}

/** Which pair of positions a slot is, by the number that a step has for its stage. */
function placeOfText(places: number): string {
  const cases = Array.from(
    { length: places - 1 },
    (_, k) => `case ${k}u: { return place_${k}(slot, offsets); }`,
  );
  return `fn place_of(s: u32, slot: u32, offsets: u32) -> Place {
${switchText("chain.step[s].place", cases, `place_${places - 1}(slot, offsets)`)}
}`;
}

/** The map of a step; the first node's reads several stored values where it joins branches. */
function mappedText(maps: readonly PointText[]): string {
  const values = ({ reads }: PointText) =>
    reads.length === 1 ? "value" : reads.map((_, k) => `stored(${k}u, pair, place.cell)`).join(", ");
  const cases = maps.map((map, k) =>
    `case ${k + 1}u: { return map_${k}(${values(map)}, offset, s, at1, at2); }`
  );
  return `fn mapped(s: u32, value: Value, pair: u32, offsets: u32, rows: vec2<u32>, place: Place) -> Value {
  let offset = select(Real(1), Real(0), offsets == 0u);
  let at1 = chain.step[s].start1 + rows.x * chain.step[s].stride1 + place.p;
  let at2 = chain.step[s].start2 + rows.y * chain.step[s].stride2 + place.q;
${switchText("chain.step[s].map", cases, "value")}
}`;
}

/** Statements of a function. */
const lines = (statements: readonly string[]): string => statements.map((line) => `  ${line}`).join("\n");

/** Which pair of positions a slot is at each stage of a chain; after a stride fewer slots are in use. */
function placeBodies(geometries: readonly Geometry[]): string[] {
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
function convolutionBodies(
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

/** A product with a constant, without what multiplying by 1 would add to every text. */
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

/**
 * The map of a node as a C function over the points of a tile, for networks with positions.
 *
 * In: the program of a node, and how it reads tiles of earlier nodes: sums over windows of neighbours. Out, for spatial/plan/text.ts:
 * the text of `MAP`, a loop over points with vectors of inputs, or of one for every piece (point_pieces.ts):
 *
 *     static void MAP(const struct call *call) {
 *     …
 *     for (integer i = 0; i < call->count + 1; i++) {
 *     const vector t0 = …sum over neighbours of point i…;
 *     *(vector *)(out + x[i - 1] + 0 * LANES) = …;
 *     }
 *
 * Unlike maps of vectors (strips.ts) it writes vectors itself, and nothing is left to the compiler to fuse or reorder: an input with
 * itself must have the same bits wherever it is computed.
 */
import type { DType } from "../../../array/dtype.ts";
import type { Expr, Variable } from "../../../expr/expr.ts";
import { substitute, topological } from "../../../expr/graph.ts";
import { truthValued } from "../../../expr/ops.ts";
import { type Entrywise, featureIndex } from "../../../program/entrywise.ts";
import type { Piece, Sum } from "../../../program/pieces.ts";
import { inPrimitives, literal } from "../../../render/c.ts";
import type { FeatureOrder } from "../../feature_order.ts";
import { LOOP_CYCLES, MOST_STAGES, WRITTEN_OUT } from "../budget.ts";
import { pointPieces } from "./point_pieces.ts";
import { type Pipeline, pipelineOf } from "./pipeline.ts";
import { type Statement, statementsOf } from "./statements.ts";

/** How a map reads an earlier node: `scale` times the sum over `rows` rows of `taps` neighbours, `stride` apart from point to point. */
export interface Neighbours {
  readonly node: number;
  readonly rows: number;
  readonly taps: number;
  readonly stride: number;
  readonly scale: number;
  /** There is one window along the last axis */
  readonly isWhole: boolean;
}

/** Where there is one window along the last axis, nothing is kept for a next point, and a loop takes no longer. */
const isLoop = ({ rows, taps, isWhole }: Neighbours): boolean => isWhole || rows * taps > WRITTEN_OUT;

/** A map and what it reads. */
export interface MapSpec {
  readonly program: Pick<Entrywise, "map" | "features">;
  readonly layout: FeatureOrder;
  readonly reads: readonly Neighbours[];
  /** Values a place of every tile: NNGP and, if there is one, NTK */
  readonly width: number;
  readonly precision: DType;
  /** Inputs are with themselves: features of the first one are vectors too */
  readonly diagonal: boolean;
}

/** The text of a map as a function of the name MAP, with those that it calls. */
export function pointMapText(spec: MapSpec): string {
  // Sums over neighbours are values like those of operations: a piece that needs one later keeps it.
  const map = inPrimitives(scaled(spec), spec.precision);
  const { pieces, slots } = pointPieces(map, {
    isSource: (leaf) => featureIndex(leaf) === undefined,
    isComputed: (leaf) => readOf(leaf, spec.reads) !== undefined,
  });
  const names = Object.keys(map);
  if (pieces.length === 1) {
    return functionText("static void MAP(const struct call *call)", [
      ...pointersText(spec),
      ...pieceText(pieces[0], names, spec, MOST_STAGES, 0),
    ]);
  }
  const parameters = "const struct call *call, integer start, integer end, REAL *slots";
  const orders = new Set(pieces.flatMap(({ sums }) => sums.map(({ order }) => order)));
  return [
    ...[...orders].map((order) => orderText(order, spec, slots)),
    ...pieces.map((piece, k) =>
      functionText(`NOINLINE void PIECE${k}_MAP(${parameters})`, [
        ...pointersText(spec),
        ...pieceText(piece, names, spec, 1, slots),
      ])
    ),
    functionText("static void MAP(const struct call *call)", [
      `_Alignas(64) REAL slots[CHUNK * ${slots} * LANES];`,
      "for (integer start = 0; start < call->count; start += CHUNK) {",
      "const integer end = start + CHUNK < call->count ? start + CHUNK : call->count;",
      ...pieces.flatMap(({ sums }, k) => [
        `PIECE${k}_MAP(call, start, end, slots);`,
        ...sums.map((sum) => sumText(sum, spec)),
      ]),
      "}",
    ]),
  ].join("\n");
}

/**
 * The map with the factors of the sums of NTKs that it reads, which constants of the map take in. Sums of covariances are
 * multiplied on their own, as they are where they are stored in between: their bits must not depend on that.
 */
function scaled({ program, reads }: MapSpec): Record<string, Expr> {
  const factors = topological(Object.values(program.map)).flatMap((leaf) => {
    const read = readOf(leaf, reads);
    return read && isNtk(leaf) ? [[leaf, leaf.mul(read.scale)] as const] : [];
  });
  const names = Object.keys(program.map);
  const roots = substitute(Object.values(program.map), new Map(factors));
  return Object.fromEntries(names.map((name, k) => [name, roots[k]]));
}

/** A function with these lines. */
const functionText = (head: string, body: readonly string[]): string =>
  [`${head} {`, ...body, "}"].join("\n");

/** The names of what maps read. */
function pointersText({ reads }: MapSpec): string[] {
  const pointers = reads.flatMap((read, k) => [
    `const struct input *in${k} = &call->inputs[${k}];`,
    `const int *x${k} = in${k}->x;`,
    ...Array.from(
      { length: isLoop(read) ? 0 : read.rows },
      (_, r) => `const REAL *in${k}_${r} = in${k}->tile + in${k}->rows[${r}];`,
    ),
  ]);
  return [
    "const int *p = call->p, *q = call->q, *x = call->x;",
    "const integer stride1 = call->first.stride, stride2 = call->second.stride;",
    ...pointers,
  ];
}

/** One loop over all points, or over those of a chunk if there are slots. */
function pieceText(
  piece: Piece,
  names: readonly string[],
  spec: MapSpec,
  mostStages: number,
  slots: number,
): string[] {
  const { stages, carried, body } = pipeline(piece, names, spec, mostStages, slots);
  const [start, end] = slots > 0 ? ["start", "end"] : ["0", "call->count"];
  return [
    "for (integer part = 0; part < LANES; part += VECTOR) {",
    `const REAL *f1 = call->first.values${spec.diagonal ? " + part" : ""}, *f2 = call->second.values + part;`,
    "REAL *out = call->out + part;",
    ...carried,
    `for (integer i = ${start}; i < ${end} + ${stages - 1}; i++) {`,
    ...body,
    "}",
    "}",
  ];
}

/** The body of the loop over a piece. */
function pipeline(
  { slots: kept, outputs }: Piece,
  names: readonly string[],
  spec: MapSpec,
  mostStages: number,
  slots: number,
): Pipeline {
  const values = {
    ...outputs,
    ...Object.fromEntries([...kept].map(([slot, value]) => [`slot${slot}`, asNumber(value)])),
  };
  // What is read of neighbours comes first, so that every statement finds its arguments.
  const roots = Object.values(values);
  const place = (name: string, stage: number) =>
    name.startsWith("slot")
      ? slotText(name, slots)
      : `(out + x[${at(stage)}] + ${names.indexOf(name)} * LANES)`;
  const sums = topological(roots).filter((leaf) => readOf(leaf, spec.reads)).map((leaf) =>
    neighboursStatement(leaf, spec, slots > 0 ? "i == start || " : "")
  );
  return pipelineOf(
    [
      ...sums,
      ...statementsOf(roots, spec.precision),
    ],
    values,
    {
      mostStages,
      load: (leaf, stage) => loadText(leaf, stage, spec, slots),
      store: (name, value, stage) => `*(vector *)${place(name, stage)} = ${value};`,
    },
  );
}

/** Truth values are kept as 1 and 0. */
const asNumber = (node: Expr) => truthValued.has(node.kind) ? node.select(1, 0) : node;

/** The point that a stage is at. */
const at = (stage: number) => stage === 0 ? "i" : `i - ${stage}`;

/** Where slot `slot3` of a point is in memory. */
const slotText = (name: string, slots: number) =>
  `(slots + ((i - start) * ${slots} + ${name.slice(4)}) * LANES + part)`;

/** True for a sum of NTKs rather than covariances. */
const isNtk = ({ payload }: Expr) => (payload as Variable).name.startsWith("ntk");

/** The neighbours that a leaf is the sum over, or undefined for any other leaf. */
function readOf(leaf: Expr, reads: readonly Neighbours[]): Neighbours | undefined {
  if (leaf.kind !== "variable") return undefined;
  const { name, scope } = leaf.payload as Variable;
  return scope === "pair"
    ? reads.find(({ node }) => name === `cov${node}` || name === `ntk${node}`)
    : undefined;
}

/** What a leaf is at the point of a stage. */
function loadText(leaf: Expr, stage: number, spec: MapSpec, slots: number): string {
  if (leaf.kind === "const") return `all(${literal(leaf.value!, spec.precision)})`;
  const { name, scope } = leaf.payload as Variable;
  if (scope !== "pair") return featureText(leaf, stage, spec);
  if (name === "offset") return "all(call->offset)";
  if (name.startsWith("slot")) return `*(const vector *)${slotText(name, slots)}`;
  throw new TypeError(`Cannot load ${name}`);
}

/** A feature: one number for all lanes of the first input, unless inputs are with themselves; a vector of the second. */
function featureText(leaf: Expr, stage: number, { layout, diagonal }: MapSpec): string {
  const feature = layout.positions[featureIndex(leaf)!];
  const { scope } = leaf.payload as Variable;
  if (scope === "row1" && !diagonal) return `all(f1[${feature} * stride1 + p[${at(stage)}]])`;
  const [values, position] = scope === "row1" ? ["f1", "p"] : ["f2", "q"];
  const stride = scope === "row1" ? "stride1" : "stride2";
  return `*(const vector *)(${values} + ${feature} * ${stride} + ${position}[${at(stage)}] * (integer)LANES)`;
}

/**
 * The sum over neighbours. With a stride of 1, columns are added up once and stay for the points to the right; `first` is the
 * condition under which there are none, besides that a point has no neighbour to its left.
 */
function neighboursStatement(leaf: Expr, { reads, width, precision }: MapSpec, first: string): Statement {
  const read = readOf(leaf, reads)!;
  const { rows, taps, stride, scale } = read;
  const k = reads.indexOf(read);
  const value = isNtk(leaf) ? 1 : 0;
  const factor = isNtk(leaf) || scale === 1 ? "" : ` * all(${literal(scale, precision)})`;
  const entry = (row: number, tap: number, x: string) =>
    `*(const vector *)(in${k}_${row} + part + ${x} + ${value + tap * width} * LANES)`;
  const column = (tap: number, x: string) =>
    Array.from({ length: rows }, (_, row) => entry(row, tap, x)).join(" + ");
  const columns = Array.from({ length: taps }, (_, tap) => tap);
  const common = { node: leaf, type: "vector", reads: [], latency: 6 + 3 * (rows + taps) } as const;
  if (isLoop(read)) {
    return {
      ...common,
      latency: LOOP_CYCLES,
      lines: (name, _, stage) => [
        `const vector ${name} = add_window(in${k}, in${k}->tile + part + x${k}[${
          at(stage)
        }] + ${value} * LANES, ` +
        `!(${first}x${k}[${at(stage)}] != x${k}[${at(stage + 1)}] + ${width} * LANES), ${width} * LANES, ` +
        `in${k}->columns + ${value} * in${k}->taps * VECTOR)${factor};`,
      ],
    };
  }
  if (stride > 1 || taps === 1) {
    const lines = (name: string, _: readonly string[], stage: number) => [
      `const vector ${name} = (${
        columns.map((tap) => `(${column(tap, `x${k}[${at(stage)}]`)})`).join(" + ")
      })${factor};`,
    ];
    return { ...common, lines };
  }
  // The columns of the point to the left, moved by one; where the point has none, all are added up. With all columns added up at every
  // point, 21 convolutions take 1.04 (pooled) to 1.07 (flattened) of the time.
  const last = taps - 1;
  const carried = (name: string) => columns.slice(0, last).map((tap) => `vector ${name}_column${tap} = {0};`);
  const lines = (name: string, _: readonly string[], stage: number) => {
    const x = `x${k}[${at(stage)}]`;
    const names = columns.map((tap) => `${name}_column${tap}`);
    return [
      `if (${first}${x} != x${k}[${at(stage + 1)}] + ${width} * LANES) {`,
      ...columns.slice(0, last).map((tap) => `${names[tap]} = ${column(tap, x)};`),
      "}",
      `const vector ${names[last]} = ${column(last, x)};`,
      `const vector ${name} = (${names.join(" + ")})${factor};`,
      ...columns.slice(0, last).map((tap) => `${names[tap]} = ${names[tap + 1]};`),
    ];
  };
  return { ...common, lines, carried };
}

/** The function of the Hermite sums of an order. */
function orderText(order: number, { diagonal }: MapSpec, slots: number): string {
  return functionText(
    `NOINLINE void SUM${order}_MAP(const struct call *call, integer first, integer second, integer start, integer end, ` +
      "REAL *slots, integer rho, integer to)",
    [
      `hermite_sum(${order}, call, ${
        Number(diagonal)
      }, first, second, start, end, slots, ${slots}, rho, to);`,
    ],
  );
}

/** The call of a Hermite sum for the points of a chunk. */
function sumText({ order, a, b, rho, to }: Sum, { layout: { positions } }: MapSpec): string {
  const [first, second] = [a, b].map((leaf) => positions[featureIndex(leaf)!]);
  return `SUM${order}_MAP(call, ${first}, ${second}, start, end, slots, ${rho}, ${to});`;
}

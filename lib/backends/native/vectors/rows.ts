/** The row stage with the loops of rows.c. */
import type { DType } from "../../../array/dtype.ts";
import type { Program } from "../../../program/program.ts";
import { operate, rowOperations } from "../../../rows/operations.ts";
import type { RowStage } from "../../../rows/rows.ts";
import type { Library } from "../driver/library.ts";

/** The row stage of a program, whose map is compiled at the same time. */
export async function rowStage(
  program: Program,
  dtype: DType,
  library: Library,
  signal?: AbortSignal,
): Promise<RowStage> {
  // What takes longest to compile comes first.
  const [tiles, , rows] = await Promise.all([
    library.tiles(dtype, signal),
    library.map(program, dtype, signal),
    library.rows(signal),
  ]);
  return {
    variancesOf: (x, depth) => {
      const out = new Float64Array(x.length / depth);
      tiles.variances(x, BigInt(out.length), BigInt(depth), out);
      return out;
    },
    operate: (op, args, count) => {
      const number = rowOperations.indexOf(op);
      if (number < 0) return operate(op, args, count);
      const out = new Float64Array(count);
      const [x, y = null, z = null] = args;
      rows.operate(number, BigInt(count), x, y, z, out);
      return out;
    },
  };
}

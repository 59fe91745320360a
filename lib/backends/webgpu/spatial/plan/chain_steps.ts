/** What a chain's shader is told to do: all of its nodes, or one of them for the variances. */
import type { Program } from "../../../../program/program.ts";
import type { Chain } from "./chain.ts";
import type { ChainShader } from "../wgsl/chain_text.ts";

/** One step: what is read, which positions the slots are, the map or null, and where its values go. */
export interface ChainStep {
  readonly read: number;
  readonly place: number;
  readonly map: { readonly number: number; readonly program: Program } | null;
  readonly write: number;
}

const READ = { inputs: 0, source: 1, convolution: 2 };
const WRITE = { tile: 0, arena: 1, sum: 2 };

/** All nodes. */
export function allSteps(chain: Chain, shader: ChainShader, fromInputs: boolean): ChainStep[] {
  const { nodes, end } = chain;
  const start = fromInputs ? READ.inputs : READ.source;
  const ends = { shift: WRITE.tile, map: WRITE.arena, sum: WRITE.sum };
  const steps = nodes.map((_, k) => ({
    read: k === 0 ? start : READ.convolution + shader.convolutions[k - 1],
    place: shader.places[k],
    map: mapOf(chain, shader, k),
    write: k < nodes.length - 1 ? WRITE.tile : ends[end.kind],
  }));
  return end.kind === "shift" ? [...steps, convolved(shader, nodes.length - 1)] : steps;
}

/** The k-th node of a chain, a shift, from its first source. */
export function nodeSteps(chain: Chain, shader: ChainShader, k: number): ChainStep[] {
  const map = { read: READ.source, place: shader.places[k], map: mapOf(chain, shader, k), write: WRITE.tile };
  return [map, convolved(shader, k)];
}

/** The covariance of the inputs. */
export function inputSteps(shader: ChainShader): ChainStep[] {
  return [{ read: READ.inputs, place: shader.places[0], map: null, write: WRITE.arena }];
}

const mapOf = ({ nodes }: Chain, { maps }: ChainShader, k: number) => ({
  number: maps[k],
  program: nodes[k].program,
});

const convolved = ({ places, convolutions }: ChainShader, k: number): ChainStep => ({
  read: READ.convolution + convolutions[k],
  place: places[k + 1],
  map: null,
  write: WRITE.arena,
});

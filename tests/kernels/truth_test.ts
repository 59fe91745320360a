import { assert, assertClose } from "../assert.ts";
import { fixture } from "../fixtures.ts";
import { caseOf, type Spec } from "./cases.ts";
import { type Kernel, kernelsOf, type Triple } from "./duals.ts";

interface Truth {
  activations: { act: Spec; rows: [...Triple, nngp: number | null, dNngp: number | null][] }[];
}

/** Fails unless |k − truth| ≤ rtol · max(|truth|, √(k₁₁·k₂₂)); null stands for a truth above 1e300. */
function check(k: Kernel, triple: Triple, truth: number | null, rtol: number, message: string): void {
  const value = k.at(triple);
  if (truth === null) return assert(Math.abs(value) > 1e300, `${message} must be above 1e300, is ${value}`);
  const [, var1, var2] = triple;
  const scale = Math.max(Math.abs(truth), Math.sqrt(k.diagonal(var1)) * Math.sqrt(k.diagonal(var2)));
  assertClose(value, truth, { atol: rtol * scale, message });
}

// No row needs an allowance for its condition number: `momentsOf` keeps √(v₁v₂) − cov to 64 bits.
for (const { act, rows } of fixture<Truth>("truth").activations) {
  Deno.test(`the dual of ${JSON.stringify(act)} is the truth`, () => {
    const { activation } = caseOf(act)!;
    const { nngp, dNngp } = kernelsOf(activation);
    for (const [cov, var1, var2, trueNngp, trueDNngp] of rows) {
      const triple: Triple = [cov, var1, var2];
      check(nngp, triple, trueNngp, 1e-12, `nngp at ${triple}`);
      check(dNngp, triple, trueDNngp, 2e-11, `dNngp at ${triple}`);
    }
  });
}

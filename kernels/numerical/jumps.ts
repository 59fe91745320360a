/** By how much a function and its derivatives jump at a point: from polynomials on both sides. */
import { largest } from "../../lib/linalg/symmetric.ts";
import { expand, leftDerivatives, panelError, sample } from "./legendre_panel.ts";

type Scalar = (x: number) => number;

/** Derivatives of orders 0 … 5 are searched for jumps: those of higher order hardly slow a Hermite series. */
const JUMP_ORDERS = 6;

/**
 * f⁽ᵐ⁾(at+) − f⁽ᵐ⁾(at−) for m = 0 … 5, from polynomials on both sides no wider than `room`; 0 where it is rounding.
 *
 * They need not be exact: whatever is subtracted is added back in closed form, and only the rest has to be smoother.
 */
export function jumpsAt(f: Scalar, at: number, room: number): number[] {
  const right = oneSided((r) => f(at + r), room);
  const left = oneSided((r) => f(at - r), room);
  return Array.from({ length: JUMP_ORDERS }, (_, m) => {
    const jump = right.derivatives[m] - (m % 2 ? -1 : 1) * left.derivatives[m];
    const width = Math.min(right.width, left.width);
    const visible = Math.abs(jump) * width ** m > 1e-12 * 60 ** m * Math.max(right.scale, left.scale);
    return visible ? rounded(jump, m) : 0;
  });
}

/** A jump of 9 digits if there is one within rounding: the jumps of ReLU and its like then cancel exactly. */
function rounded(jump: number, order: number): number {
  const short = Number(jump.toPrecision(9));
  return Math.abs(short - jump) <= Math.max(4e-14, 4e-15 * 50 ** order) * Math.abs(jump) ? short : jump;
}

/** The mean of the slopes on both sides of 0. */
export function slopeAtZero(f: Scalar): number {
  const [right, left] = [oneSided(f, 1), oneSided((r) => f(-r), 1)];
  return (right.derivatives[1] - left.derivatives[1]) / 2;
}

/** Derivatives at r = 0 of a function of r > 0; zeros if no width shows a smooth function. */
function oneSided(f: Scalar, room: number): { derivatives: number[]; width: number; scale: number } {
  for (let width = Math.min(16, room); width > 2 ** -16; width /= 2) {
    const values = sample(f, 0, width);
    const scale = largest(values);
    if (panelError(f, 0, width, values) <= 2e-14 * scale) {
      return { derivatives: leftDerivatives(expand(values), width, JUMP_ORDERS), width, scale };
    }
  }
  return { derivatives: new Array(JUMP_ORDERS).fill(0), width: 0, scale: 0 };
}

/** The damped oscillator e'' + c·e' + ω²·e = 0, and what it drives. */

/**
 * Solutions at one time τ, all without cancellation at any ω² (also 0 and negative), c and τ. As Laplace transforms, with
 * p(s) = s² + c·s + ω²:
 */
export interface Oscillation {
  /** 1/p: the solution with value 0 and slope 1 at the start. The one with value 1 and slope 0 is 1 − ω²·`integral`. */
  readonly pulse: number;
  /** s/p: the slope of `pulse`. */
  readonly pulseSlope: number;
  /** 1/(s·p): the integral of `pulse`. */
  readonly integral: number;
  /** 1/(s·(s + c)·p): the integral, slowed down by the friction once more. */
  readonly slowed: number;
  /** 1/((s + c)·p): the slope of `slowed`. */
  readonly slowedSlope: number;
}

/** The solutions for ω² = `stiffness` and c = `friction` > 0 at time τ ≥ 0. */
export function oscillation(stiffness: number, friction: number, tau: number): Oscillation {
  // Up to here the power series loses no more than a digit.
  if (Math.max(friction, Math.sqrt(Math.abs(stiffness))) * tau < 2) return series(stiffness, friction, tau);
  return stiffness < friction * friction / 16
    ? overdamped(stiffness, friction, tau)
    : direct(stiffness, friction, tau);
}

/** Enough terms of eˣ for |x| < 4. */
const TERMS = 40;

/** Power series in τ: the coefficients of `integral` follow from I'' + c·I' + ω²·I = 1, those of `slowed` from S' + c·S = I. */
function series(stiffness: number, friction: number, tau: number): Oscillation {
  if (tau === 0) return { pulse: 0, pulseSlope: 1, integral: 0, slowed: 0, slowedSlope: 0 };
  const damping = friction * tau, pull = stiffness * tau * tau;
  let previous = 0, term = tau * tau / 2, slowedTerm = 0;
  let integral = 0, first = 0, second = 0, slowed = 0;
  for (let k = 2; k < TERMS; k++) {
    integral += term, first += k * term, second += k * (k - 1) * term, slowed += slowedTerm;
    slowedTerm = (tau * term - damping * slowedTerm) / (k + 1);
    const next = -(damping * k * term + pull * previous) / ((k + 1) * k);
    previous = term, term = next;
  }
  return {
    pulse: first / tau,
    pulseSlope: second / (tau * tau),
    integral,
    slowed,
    slowedSlope: integral - friction * slowed,
  };
}

/**
 * Far from critical damping: p(s) = (s + δ)·(s + c − δ) with δ = ω²/d small, which is divided out of the differences; for ω² < 0
 * the solutions grow.
 */
function overdamped(stiffness: number, c: number, tau: number): Oscillation {
  const gap = 2 * Math.sqrt(c * c / 4 - stiffness);
  const d = (c + gap) / 2, delta = stiffness / d;
  const slow = Math.exp(-delta * tau), fast = Math.exp(-d * tau);
  const pulse = slow * -Math.expm1(-gap * tau) / gap;
  const fell = delta === 0 ? tau : -Math.expm1(-delta * tau) / delta;
  const rose = fast * fell;
  return {
    pulse,
    pulseSlope: fast - delta * pulse,
    integral: (fell - pulse) / d,
    slowed: (c * (fell + rose) + 2 * Math.expm1(-c * tau)) / (d * c * gap),
    slowedSlope: (pulse - rose) / d,
  };
}

/** Where ω² is large enough to divide by. */
function direct(stiffness: number, c: number, tau: number): Oscillation {
  const { value, pulse, pulseSlope } = fundamental(stiffness, c, tau);
  return {
    pulse,
    pulseSlope,
    integral: (1 - value) / stiffness,
    slowed: (-Math.expm1(-c * tau) / c - pulse) / stiffness,
    slowedSlope: (Math.exp(-c * tau) - pulseSlope) / stiffness,
  };
}

/** The solution that starts with value 1 and slope 0, and the pulse with its slope. */
function fundamental(stiffness: number, c: number, tau: number) {
  const square = stiffness - c * c / 4;
  const root = Math.sqrt(Math.abs(square));
  if (square <= 0) {
    const slow = Math.exp(-stiffness / (c / 2 + root) * tau), fast = Math.exp(-(c / 2 + root) * tau);
    const pulse = root === 0 ? slow * tau : slow * -Math.expm1(-2 * root * tau) / (2 * root);
    const rate = stiffness / (c / 2 + root);
    return { value: slow + rate * pulse, pulse, pulseSlope: fast - rate * pulse };
  }
  const decay = Math.exp(-c / 2 * tau);
  const sine = decay * Math.sin(root * tau) / root, cosine = decay * Math.cos(root * tau);
  return { value: cosine + c / 2 * sine, pulse: sine, pulseSlope: cosine - c / 2 * sine };
}

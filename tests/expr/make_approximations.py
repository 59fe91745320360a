"""Makes what lib/expr/approximations needs: minimax coefficients and a table of high-precision values.

    pip install mpmath
    python make_approximations.py coefficients           prints the coefficients of every file, with the error bound
    python make_approximations.py table > high_precision.json   the values that approximations_test.ts compares with

Every polynomial minimises max |weight(x) (f(x) - p(x))|, the error of the final result relative to it (Remez exchange).
Polynomials in a square are written in z = x**2.
"""
import json
import random
import struct
import sys

from mpmath import (acos, asin, atan, atan2, cos, erf, erfc, exp, expm1, log, log1p, lu_solve, matrix, mp, mpf, pi, polyval, sign,
                    sin, sqrt, tan, tanh)

mp.dps = 50


def chebyshev_grid(a, b, n=1500):
    return [(a + b) / 2 - (b - a) / 2 * cos(pi * i / (n - 1)) for i in range(n)]


def fit(xs, fs, ws, reference, n):
    """Coefficients whose weighted error alternates with equal size on the reference points."""
    system, right = matrix(n + 1, n + 1), matrix(n + 1, 1)
    for row, i in enumerate(reference):
        for column in range(n):
            system[row, column] = xs[i] ** column
        system[row, n] = (-1) ** row / ws[i]
        right[row] = fs[i]
    return list(lu_solve(system, right))[:n]


def fit_quotient(xs, fs, ws, reference, n):
    """The same for a quotient: half of the coefficients above, half of them below in front of a leading 1."""
    half, below = n // 2, [mpf(1)] * len(xs)
    for _ in range(8):
        system, right = matrix(n + 1, n + 1), matrix(n + 1, 1)
        for row, i in enumerate(reference):
            for column in range(half):
                system[row, column] = xs[i] ** column
                system[row, half + column] = -fs[i] * xs[i] ** column
            system[row, n] = (-1) ** row * below[i] / ws[i]
            right[row] = fs[i] * xs[i] ** half
        c = list(lu_solve(system, right))[:n]
        below = [polyval([1, *c[:half - 1:-1]], x) for x in xs]
    return c


def extrema(errors, count):
    """Indices of the largest error in each run of equal sign; the weaker end is dropped while there are too many."""
    runs = []
    for i, e in enumerate(errors):
        if not runs or sign(e) != sign(errors[runs[-1]]):
            runs.append(i)
        elif abs(e) > abs(errors[runs[-1]]):
            runs[-1] = i
    while len(runs) > count:
        runs.pop(0 if abs(errors[runs[0]]) < abs(errors[runs[-1]]) else -1)
    return runs


def polynomial(c, x):
    return polyval(c[::-1], x)


def quotient(c, x):
    half = len(c) // 2
    return polyval(c[half - 1::-1], x) / polyval([1, *c[:half - 1:-1]], x)


FORMS = {polynomial: fit, quotient: fit_quotient}


def remez(f, weight, a, b, n, form=polynomial):
    """n coefficients, the weighted error of which is smallest on [a, b], and that error."""
    xs = [x for x in chebyshev_grid(mpf(a), mpf(b)) if weight(x) != 0]
    fs, ws = [f(x) for x in xs], [weight(x) for x in xs]
    reference = [round((len(xs) - 1) * (1 - float(cos(pi * k / n))) / 2) for k in range(n + 1)]
    best = None
    for _ in range(60):
        c = FORMS[form](xs, fs, ws, reference, n)
        errors = [w * (y - form(c, x)) for x, y, w in zip(xs, fs, ws)]
        worst = max(abs(e) for e in errors)
        if best is None or worst < best[1]:
            best = c, worst
        exchanged = extrema(errors, n + 1)
        if exchanged == reference or len(exchanged) < n + 1:
            break
        reference = exchanged
    return best


def in_square(f):
    """f of x as a function of z = x**2."""
    return lambda z: f(sqrt(z))


HALF_LOG2 = log(2) / 2 * mpf("1.0001")
EIGHTH_TURN = mpf("0.79") ** 2  # over pi/4, as the rounding of x * 2/pi may choose the next quarter

# name: (f, weight, interval in float32, in float64, number of coefficients in float32, in float64, and the form if it is no polynomial)
FITS = {
    "exp: (e^r - 1 - r)/r^2": (
        lambda r: (expm1(r) - r) / r**2 if r else mpf(1) / 2,
        lambda r: r**2 / abs(expm1(r)) if r else 0,
        (-HALF_LOG2, HALF_LOG2), (-HALF_LOG2, HALF_LOG2), 5, 11),
    "log: (log((1+s)/(1-s))/s - 2)/s^2": (
        in_square(lambda s: (log((1 + s) / (1 - s)) / s - 2) / s**2 if s else mpf(2) / 3),
        lambda z: z / 2,
        (0, "0.02945"), (0, "0.02945"), 3, 7),
    "sin: (sin(r)/r - 1)/r^2": (
        in_square(lambda r: (sin(r) / r - 1) / r**2 if r else -mpf(1) / 6),
        lambda z: z, (0, EIGHTH_TURN), (0, EIGHTH_TURN), 3, 6),
    "cos: (cos(r) - 1 + r^2/2)/r^4": (
        in_square(lambda r: (cos(r) - 1 + r**2 / 2) / r**4 if r else mpf(1) / 24),
        lambda z: z**2, (0, EIGHTH_TURN), (0, EIGHTH_TURN), 3, 6),
    "tanh: (tanh(x)/x - 1)/x^2": (
        in_square(lambda x: (tanh(x) / x - 1) / x**2 if x else -mpf(1) / 3),
        lambda z: z, (0, "0.3025"), (0, "0.3025"), 5, 11),
    "atan: (atan(t)/t - 1)/t^2": (
        in_square(lambda t: (atan(t) / t - 1) / t**2 if t else -mpf(1) / 3),
        in_square(lambda t: t**3 / atan(t) if t else mpf(0)), (0, 1), (0, 1), 6, 12, quotient),
    "atan in JavaScript, |t| < tan(pi/8)": (
        in_square(lambda t: (atan(t) / t - 1) / t**2 if t else -mpf(1) / 3),
        lambda z: z, (0, tan(pi / 8) ** 2 * mpf("1.0001")), (0, tan(pi / 8) ** 2 * mpf("1.0001")), 5, 11),
    "erf, |x| < 1: erf(x)/x - 1": (
        in_square(lambda x: erf(x) / x - 1 if x else 2 / sqrt(pi) - 1),
        lambda z: mpf(1), (0, 1), (0, 1), 7, 12),
    "erf, x >= 1: log erfc(1 + y)": (
        lambda y: log(erfc(1 + y)), lambda y: erfc(1 + y), (0, "2.95"), (0, 5), 7, 18),
}


def print_coefficients():
    for name, (f, weight, interval32, interval64, n32, n64, *form) in FITS.items():
        print(name)
        for label, interval, n in (("float32", interval32, n32), ("float64", interval64, n64)):
            c, bound = remez(f, weight, *interval, n, *form)
            print(f"  {label}: [  // relative error 2^{float(log(bound, 2)):.1f}")
            for value in c:
                shown = repr(float(value)) if n == n64 else repr(struct.unpack("f", struct.pack("f", value))[0])
                print(f"    {shown},")
            print("  ],")


FUNCTIONS = {
    "exp": (exp, [(-708, 709.78), (-1, 1)]),
    "expm1": (expm1, [(-40, 709.78), (-1, 1), "tiny"]),
    "log": (log, [(0.3, 3), "positive"]),
    "log1p": (log1p, [(-0.999, 3), "tiny", "positive"]),
    "sin": (sin, [(-4, 4), (-1e6, 1e6), "tiny", "turns"]),
    "cos": (cos, [(-4, 4), (-1e6, 1e6), "tiny", "turns"]),
    "tanh": (tanh, [(-2, 2), (-22, 22), "tiny"]),
    "erf": (erf, [(-2, 2), (-7, 7), "tiny"]),
    "atan2": (atan2, [(-2, 2), "spread"]),
    "asin": (asin, [(-1, 1), "tiny"]),
    "acos": (acos, [(-1, 1), "tiny"]),
    "atanSqrt": (lambda x: atan(sqrt(x)), [(0, 1), "small"]),
}
POINTS = 100


def draw(kind, generator, arity):
    spread = lambda low, high: 10.0 ** generator.uniform(low, high)
    either = lambda x: generator.choice((-1, 1)) * x
    if kind == "tiny":
        return [either(spread(-30, -1))]
    if kind == "positive":
        return [spread(-300, 300)]
    if kind == "small":
        return [spread(-30, 0)]
    if kind == "spread":
        return [either(spread(-30, 30)) for _ in range(arity)]
    if kind == "turns":
        return [either(float(generator.randint(1, 630000) * pi / 2))]
    return [generator.uniform(*kind) for _ in range(arity)]


def table():
    """{name: [[arguments..., high, low], ...]}: the value is high + low, the two halves as float64 numbers."""
    generator = random.Random(0)
    rows = {}
    for name, (f, kinds) in FUNCTIONS.items():
        rows[name] = []
        for kind in kinds:
            for _ in range(POINTS):
                arguments = draw(kind, generator, 2 if name == "atan2" else 1)
                value = f(*map(mpf, arguments))
                rows[name].append([*arguments, float(value), float(f"{float(value - mpf(float(value))):.4g}")])
    return rows


if __name__ == "__main__":
    if sys.argv[1:] == ["table"]:
        print("{")
        print(",\n".join(f'"{name}": [\n' + ",\n".join(map(json.dumps, rows)) + "\n]" for name, rows in table().items()))
        print("}")
    else:
        print_coefficients()

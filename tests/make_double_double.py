"""Elementary functions of double-double numbers at 60 digits, each number as two doubles.

Run: python3 make_double_double.py > double_double.json (mpmath 1.3). Each case: the function, its arguments, its value.
"""
import json
from mpmath import acos, asin, atan, atan2, cos, erf, exp, expm1, log, log1p, mp, mpf, sin, sqrt, tanh

mp.dps = 60


def parts(x):
    high = float(x)
    return [high, float(x - mpf(high))]


def number(pair):
    return mpf(pair[0]) + mpf(pair[1])


def case(name, function, *arguments):
    pairs = [parts(mpf(a)) for a in arguments]
    return {"name": name, "arguments": pairs, "value": parts(function(*map(number, pairs)))}


third = mpf(1) / 3
signed = [third * 10 ** mpf(k) for k in (-12, -4, -1, 0, 1)] + [-third / 7, -third * 2, -third * 11]
arcs = [third, -third, mpf(1) - mpf(10) ** -9 / 3, mpf(10) ** -7 / 3]
cases = [case("exp", exp, x) for x in signed + [third * 2000, -third * 2000]]
cases += [case("expm1", expm1, x) for x in signed]
cases += [case("log", log, x) for x in [third * 10 ** mpf(k) for k in (-200, -3, 0, 5, 200)] + [1 + mpf(10) ** -9 / 3]]
cases += [case("log1p", log1p, x) for x in signed[:5] + [-third / 7, -third * 2, -third * 2.9]]
cases += [case("sin", sin, x) for x in signed + [third * 1e6]]
cases += [case("cos", cos, x) for x in signed + [third * 1e6]]
cases += [case("tanh", tanh, x) for x in signed]
cases += [case("erf", erf, x) for x in signed[:4] + [third * k for k in (5, 10, 14, 17, 19, 25, -4)]]
cases += [case("atan2", atan2, y, x) for y in (third, -third / 1e9, third * 1e8) for x in (third * 2, -third / 5, third * 1e9)]
cases += [case("asin", asin, x) for x in arcs]
cases += [case("acos", acos, x) for x in arcs]
cases += [case("atanSqrt", lambda x: atan(sqrt(x)), x) for x in (third, third * 1e-20, mpf(1))]
cases += [case("sqrt", sqrt, x) for x in (third, third * 1e-20, third * 1e20)]
print("[")
print(",\n".join(json.dumps(c) for c in cases))
print("]")

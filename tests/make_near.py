"""Kernels of inputs far from the origin: closed forms at 80 digits, of the numbers that the inputs are in binary.

Run: python3 make_near.py > near.json (mpmath 1.3). Each case: the network as layers with options, the rows of x, and the upper
triangles of nngp and ntk. `digits` is 32 where every input is a float32, else 64.
"""
import json
from mpmath import acos, asin, cosh, diff, exp, mp, mpf, pi, sinh, sqrt

mp.dps = 80


def angle(c, v, w):
    return acos(max(-1, min(1, c / sqrt(v * w))))


def ab_relu(a, b):
    g, m = mpf(a - b) ** 2 / (2 * pi), (mpf(a) ** 2 + mpf(b) ** 2) / 2
    slope = lambda c, v, w: m - g * angle(c, v, w)
    return lambda c, v, w: g * sqrt(max(0, v * w - c * c)) + slope(c, v, w) * c, slope


def erf(c, v, w):
    return 2 / pi * asin(2 * c / sqrt((1 + 2 * v) * (1 + 2 * w)))


def gelu(c, v, w):
    # Stein's identity, twice: E[uΦ(u) g] = v E[∂g/∂u] + c E[∂g/∂w].
    product = (1 + v) * (1 + w)
    density = 1 / (2 * pi * sqrt(product - c * c))
    both = mpf(1) / 4 + asin(c / sqrt(product)) / (2 * pi)
    return v * (w - c * c / (1 + v)) * density + c * both + c * c * density / (1 + w)


def gaussian(c, v, w):
    return 1 / sqrt((1 + 2 * v) * (1 + 2 * w) - 4 * c * c)


def gabor(c, v, w):
    # E exp(−u² − w² + i(su + tw)) over the signs s, t: the characteristic function of the precision Σ⁻¹ + 2I.
    q = (1 + 2 * v) * (1 + 2 * w) - 4 * c * c
    size = (v + w + 4 * (v * w - c * c)) / q
    return exp(-size / 2) * sinh(c / q) / sqrt(q)


def sin(c, v, w):
    return exp(-(v + w) / 2) * sinh(c)


def rbf(gamma):
    value = lambda c, v, w: exp(-mpf(gamma) * (v + w - 2 * c))
    return value, lambda c, v, w: 2 * mpf(gamma) * value(c, v, w)


def numerically(k):
    return k, lambda c, v, w: diff(lambda t: k(t, v, w), c, h=mpf(10) ** -30)


def sign(c, v, w):
    return 1 - 2 * angle(c, v, w) / pi


DUALS = {
    "Relu": lambda: ab_relu(0, 1),
    "LeakyRelu": lambda alpha: ab_relu(alpha, 1),
    "Abs": lambda: ab_relu(-1, 1),
    "Erf": lambda: (erf, lambda c, v, w: 4 / (pi * sqrt((1 + 2 * v) * (1 + 2 * w) - 4 * c * c))),
    "Gelu": lambda: numerically(gelu),
    "Gaussian": lambda: (gaussian, lambda c, v, w: 4 * c * gaussian(c, v, w) ** 3),
    "Gabor": lambda: numerically(gabor),
    "Sin": lambda: (sin, lambda c, v, w: exp(-(v + w) / 2) * cosh(c)),
    "Cos": lambda: (lambda c, v, w: exp(-(v + w) / 2) * cosh(c), sin),
    "Rbf": lambda gamma: rbf(gamma),
    "Sign": lambda: (sign, lambda c, v, w: mpf(0)),
}


def layer(kernel, name, *args):
    (c, v, w), t = kernel
    if name == "Dense":
        weight, bias = [mpf(x) ** 2 for x in args]
        moments = tuple(weight * x + bias for x in (c, v, w))
        return moments, moments[0] + weight * t
    if name == "LayerNorm":
        scale = sqrt((v + mpf(1e-12)) * (w + mpf(1e-12)))
        return (c / scale, v / (v + mpf(1e-12)), w / (w + mpf(1e-12))), t / scale
    value, slope = DUALS[name](*args)
    return (value(c, v, w), value(v, v, v), value(w, w, w)), t * slope(c, v, w)


def entry(x, y, net):
    mean = lambda a, b: sum(mpf(p) * mpf(q) for p, q in zip(a, b)) / len(a)
    kernel = (mean(x, y), mean(x, x), mean(y, y)), mpf(0)
    for spec in net:
        kernel = layer(kernel, *spec)
    return kernel[0][0], kernel[1]


def case(name, digits, x, *net):
    pairs = [(i, j) for i in range(len(x)) for j in range(i, len(x))]
    values = [entry(x[i], x[j], net) for i, j in pairs]
    nngp, ntk = [[float(v[k]) for v in values] for k in (0, 1)]
    return {"name": name, "digits": digits, "x": x, "net": net, "nngp": nngp, "ntk": ntk}


D, B = ("Dense", 1, 0), ("Dense", 1.5, 0.5)
at_3000 = [[3000.125], [3000.875]]


def around(centre, width, rows):
    # Sixteenths are exact in float32 up to a million.
    return [[centre + ((7 * i * i + 5 * k * k + 3 * i * k) % 33 - 16) / 16 for k in range(width)] for i in range(rows)]


def everything(centre, width):
    """A cluster, the opposite one, and rows that are nearly parallel but longer."""
    a, b, c, d = around(centre, width, 4)
    return [a, b, [-v + 0.125 * k for k, v in enumerate(c)], [0.5 - v for v in d],
            [2 * v + 0.25 * (k % 3) for k, v in enumerate(a)], [1.25 * v - 0.5 * (k % 2) for k, v in enumerate(b)]]


near, far = everything(10000, 10), everything(1e8, 3)
years = [[float(1990 + i)] for i in range(0, 35, 5)]
kelvin = [[293.15625, 294.40625, 101325.0], [293.28125, 294.25, 101300.0], [310.0, 290.5, 101325.0]]
bright = [[200 + (37 * i + 11 * k) % 7 for k in range(16)] for i in range(4)]
if __name__ == "__main__":
    relu = [B, ("Relu",), B, ("Relu",), B, ("Relu",), D]
    cases = [
        case("Rbf of one feature at 3000", 32, at_3000, D, ("Rbf", 0.5)),
        case("Rbf of one feature at 1e8", 64, [[1e8 + 0.25], [1e8 + 1]], D, ("Rbf", 0.5)),
        case("Rbf of ten features at 10000, gamma 2", 32, around(10000, 10, 4), D, ("Rbf", 2)),
        case("Gabor of one feature at 3000", 32, at_3000, D, ("Gabor",)),
        case("Gaussian of one feature at 3000", 32, at_3000, D, ("Gaussian",)),
        case("years", 32, years, B, ("Rbf", 0.25)),
        case("kelvin and pascal", 32, kelvin, B, ("Rbf", 0.001), D),
        case("bright pixels", 32, bright, *relu),
        case("three layers of ReLU at 10000", 32, near, *relu),
        case("three layers of ReLU at 1e8", 64, far, *relu),
        case("three layers of |x| at 10000", 32, near, B, ("Abs",), B, ("Abs",), B, ("Abs",), D),
        case("three layers of |x| at 1e8", 64, far, B, ("Abs",), B, ("Abs",), B, ("Abs",), D),
        case("LayerNorm and ReLU at 10000", 32, near, D, ("LayerNorm",), ("LeakyRelu", 0.25), D, ("Relu",), D),
        case("LayerNorm and ReLU at 1e8", 64, far, D, ("LayerNorm",), ("LeakyRelu", 0.25), D, ("Relu",), D),
        case("two layers of Gelu at 10000", 32, near, B, ("Gelu",), B, ("Gelu",), D),
        case("Rbf of ten features at 8", 32, around(8, 10, 4), D, ("Rbf", 0.5)),
        case("Rbf of Gelu at 100", 32, around(100, 10, 4), D, ("Gelu",), D, ("Rbf", 0.5)),
        case("ReLU of Erf at 3000", 32, around(3000, 5, 4), B, ("Erf",), B, ("Relu",), D),
        case("ReLU of Rbf at 10000", 32, around(10000, 10, 4), D, ("Rbf", 1e-9), B, ("Relu",), D),
    ]
    for name in ["Relu", "Erf", "Gelu", "Gaussian", "Gabor", "Sin", "Cos", "Sign"]:
        cases += [case(f"{name} {what}", digits, x, B, (name,), B) for what, digits, x in [("at 10000", 32, near), ("at 1e8", 64, far)]]
    print("[")
    print(",\n".join(json.dumps(c) for c in cases))
    print("]")

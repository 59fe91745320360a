"""Kernels of inputs with positions far from the origin, pair of positions by pair of positions, at 80 digits.

Run: python3 make_near_images.py > near_images.json (mpmath 1.3). As near.json, for x of shape (n, positions, channels); layers of
positions are ["Conv", window, wStd, bStd] (padding SAME), ["AvgPool", window], ["Flatten"] and ["GlobalAvgPool"].
"""
import json
from mpmath import mpf
from make_near import DUALS, around

SIDES = ((0, 0), (0, 1), (1, 1))


def start(x, y):
    mean = lambda a, b: sum(mpf(p) * mpf(q) for p, q in zip(a, b)) / len(a)
    return {(s, t): ([[mean(p, q) for q in (x, y)[t]] for p in (x, y)[s]], None) for s, t in SIDES}


def mapped(matrix, rows, columns, entry):
    return [[entry(matrix, P, Q) for Q in range(columns)] for P in range(rows)]


def positions(k, count, entry):
    """Every covariance and NTK by the linear map that gives its entry (P, Q)."""
    return {side: (mapped(c, count, count, entry), t and mapped(t, count, count, entry)) for side, (c, t) in k.items()}


def window(size, P, n):
    return [p for p in range(P - (size - 1) // 2, P - (size - 1) // 2 + size) if 0 <= p < n]


def affine(k, w, b):
    w, b = mpf(w) ** 2, mpf(b) ** 2
    result = {}
    for side, (c, t) in k.items():
        n = range(len(c))
        new = [[w * c[P][Q] + b for Q in n] for P in n]
        result[side] = new, [[new[P][Q] + (w * t[P][Q] if t else 0) for Q in n] for P in n]
    return result


def layer(k, name, *args):
    n = len(k[0, 0][0])
    if name == "Dense":
        return affine(k, *args)
    if name == "Conv":
        size, *scale = args
        # Outside there are zeros; a tap moves both positions.
        taps = range(-((size - 1) // 2), size - (size - 1) // 2)
        entry = lambda m, P, Q: sum(m[P + a][Q + a] for a in taps if 0 <= P + a < n and 0 <= Q + a < n) / size
        return affine(positions(k, n, entry), *scale)
    if name == "AvgPool":
        (size,) = args
        entry = lambda m, P, Q: sum(m[P * size + a][Q * size + b] for a in range(size) for b in range(size)) / mpf(size) ** 2
        return positions(k, n // size, entry)
    if name == "GlobalAvgPool":
        return positions(k, 1, lambda m, P, Q: sum(map(sum, m)) / mpf(n) ** 2)
    if name == "Flatten":
        return positions(k, 1, lambda m, P, Q: sum(m[p][p] for p in range(n)) / n)
    value, slope = DUALS[name](*args)
    result = {}
    for (s, t), (c, theta) in k.items():
        v, w = [[k[u, u][0][p][p] for p in range(n)] for u in (s, t)]
        # A position with itself has the closed form at equal points.
        moments = lambda p, q: (v[p], v[p], v[p]) if (s, p) == (t, q) else (c[p][q], v[p], w[q])
        new = [[value(*moments(p, q)) for q in range(n)] for p in range(n)]
        slopes = [[theta[p][q] * slope(*moments(p, q)) for q in range(n)] for p in range(n)]
        result[s, t] = new, slopes
    return result


def entry(x, y, net):
    k = start(x, y)
    for spec in net:
        k = layer(k, *spec)
    nngp, ntk = k[0, 1]
    return nngp[0][0], ntk[0][0]


def case(name, digits, x, *net):
    pairs = [(i, j) for i in range(len(x)) for j in range(i, len(x))]
    values = [entry(x[i], x[j], net) for i, j in pairs]
    nngp, ntk = [[float(v[k]) for v in values] for k in (0, 1)]
    return {"name": name, "digits": digits, "x": x, "net": net, "nngp": nngp, "ntk": ntk}


def images(centre, count, length, channels):
    """Images of so many positions, whose pixels are apart by sixteenths."""
    return [around(centre + i / 16, channels, length)[i:] + around(centre + i / 16, channels, length)[:i] for i in range(count)]


C, D = ("Conv", 3, 1.5, 0.5), ("Dense", 1, 0)
cases = []
for what, digits, x in [("at 10000", 32, images(10000, 3, 4, 2)), ("at 1e8", 64, images(1e8, 3, 4, 2))]:
    cases += [
        case(f"Relu and Flatten {what}", digits, x, C, ("Relu",), C, ("Relu",), ("Flatten",), D),
        case(f"Relu and GlobalAvgPool {what}", digits, x, C, ("Relu",), C, ("Relu",), ("GlobalAvgPool",), D),
        case(f"Gelu, AvgPool and Rbf {what}", digits, x, C, ("Gelu",), ("AvgPool", 2), C, ("Rbf", 0.5), ("Flatten",), D),
        case(f"Erf, AvgPool and |x| {what}", digits, x, C, ("Erf",), ("AvgPool", 2), C, ("Abs",), ("GlobalAvgPool",), D),
        case(f"AvgPool and Gaussian {what}", digits, x, ("AvgPool", 2), D, ("Gaussian",), ("Flatten",), D),
        case(f"Sin and GlobalAvgPool {what}", digits, x, ("Conv", 1, 1, 0), ("Sin",), ("GlobalAvgPool",), D),
    ]
print("[")
print(",\n".join(json.dumps(c) for c in cases))
print("]")

"""Gradients of kernels in their first input at 120 digits: central differences with a step of 1e-30 of the closed forms in make_near.py.

Run: python3 make_kernel_gradient.py > kernel_gradient.json (mpmath 1.3). Each case: the network as layers with options, and points x and y,
the numbers that they are in binary, with the gradients of nngp and ntk in x.
"""
import json
from make_near import entry
from mpmath import mp, mpf

mp.dps = 120
STEP = mpf(10) ** -30

X = [0.75, -1.25, 0.5]
SIDE = [0.5, 1.0, -0.25]
GAPS = [1e-3, 1e-6, 1e-9, 1e-12]

D, B, SMALL_B = ("Dense", 1.25, 0), ("Dense", 1.5, 0.5), ("Dense", 1.5, 0.01)


def slopes(x, y, net, k):
    def at(shift):
        point = [mpf(v) for v in x]
        point[k] += shift
        return entry(point, y, net)
    return [(above - below) / (2 * STEP) for above, below in zip(at(STEP), at(-STEP))]


def case(name, x, y, *net):
    both = [slopes(x, y, net, k) for k in range(len(x))]
    nngp, ntk = [[float(s[i]) for s in both] for i in (0, 1)]
    return {"name": name, "x": x, "y": y, "net": net, "nngp": nngp, "ntk": ntk}


def scaled(x, factor):
    return [v * factor for v in x]


def close_to(x, gap):
    return [v + gap * s for v, s in zip(x, SIDE)]


networks = {
    "ReLU": [B, ("Relu",), B, ("Relu",), D],
    "ReLU without biases": [D, ("Relu",), D, ("Relu",), D],
    "|x|": [D, ("Abs",), D, ("Abs",), D],
    "leaky ReLU": [B, ("LeakyRelu", 0.25), B, ("LeakyRelu", 0.25), B, ("LeakyRelu", 0.25), D],
    "GELU": [B, ("Gelu",), B, ("Gelu",), D],
    "erf": [D, ("Erf",), B, ("Erf",), D],
    "RBF": [B, ("Rbf", 0.5), D],
    "sine": [D, ("Sin",), D, ("Sin",), D],
    "Gabor": [B, ("Gabor",), D],
    "ReLU after GELU": [B, ("Gelu",), B, ("Relu",), D],
    "LayerNorm and ReLU": [B, ("LayerNorm",), B, ("Relu",), D],
    "sign": [D, ("Sign",), D],
}

if __name__ == "__main__":
    cases = []
    for name, net in networks.items():
        cases += [case(f"{name}, {gap} apart", X, close_to(X, gap), *net) for gap in GAPS]
        cases += [case(f"{name}, far apart", X, [-0.5, 0.25, 1.5], *net)]
        if name not in ("RBF", "sine", "Gabor"):
            cases += [case(f"{name}, {gap} from twice the point", X, close_to(scaled(X, 2), gap), *net) for gap in GAPS[1::2]]
            cases += [case(f"{name}, {gap} from the opposite", X, close_to(scaled(X, -1), gap), *net) for gap in GAPS[1::2]]
            # Variances of 1e-8 and 1e8, with a point as large and one of size 1.
            for size in (2.0 ** -13, 2.0 ** 13):
                cases += [case(f"{name}, {size} times as large", scaled(X, size), close_to(scaled(X, size), size / 64), *net),
                          case(f"{name}, {size} times as large as the other", scaled(X, size), [-0.5, 0.25, 1.5], *net)]
    print(json.dumps({"cases": cases}))

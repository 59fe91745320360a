"""Makes special_truth.json: reference values of lib/special from 60-digit arithmetic, rounded to float64.

    pip install mpmath numpy && python tests/make_special_truth.py && deno fmt tests/special_truth.json

Inputs are float64 numbers taken as exact: a fixed random sample of every range in which lib/special uses one formula,
the ends of these ranges, and the inputs with the largest errors that a search over 60 000 points a range found.
Quadrature rules (non-negative nodes) come from Newton's method on orthonormal polynomials, started from the
eigenvalues of the Jacobi matrix, with the weights 1 / sum of squares: not the formulas of lib/special.
"""

import json
import pathlib

import numpy as np
from mpmath import erf, erfc, mp, mpf, sqrt

mp.dps = 60
rng = np.random.default_rng(4)


def uniform(low, high, count=24):
    return list(rng.uniform(low, high, count))


def spread(low, high, count=24):
    return list(np.exp(rng.uniform(np.log(low), np.log(high), count)))


INPUTS = {
    "erf": (
        erf,
        [5e-324, 1e-310, 2.5e-308, 1e-20, 0.25, 0.5, 1.0, 2.0, 5.9, 5.999]
        + [0.46823760475718756, 7.478333828306225e-308, 0.5383324467462309, 0.5063019796598807, 1.0150189387705169]
        + spread(1e-300, 0.5) + uniform(0.25, 0.5) + uniform(0.5, 1) + uniform(1, 6),
    ),
    "erfc": (
        erfc,
        [-5.99, -0.5, -1e-17, 1e-17, 0.25, 0.5, 1.0, 2.0, 10.0, 20.0, 26.5, 27.0, 27.2, 27.226]
        + [0.5482348764114389, 3.271300009204285, 26.360285707740243, 26.530709772744395, 0.5607388039828538]
        + uniform(-6, -0.5) + uniform(-0.5, 0.25) + uniform(0.25, 0.5) + uniform(0.5, 1) + uniform(1, 6)
        + uniform(6, 26.5) + uniform(26.5, 27.226),
    ),
}

RULES = {
    "gaussHermiteProbabilists": ([1, 2, 3, 7, 25, 64, 101, 200], mpf(1), lambda k: sqrt(mpf(k))),
    "gaussLegendre": ([1, 2, 3, 16, 65, 100, 500], mpf(2), lambda k: k / sqrt(mpf(4 * k * k - 1))),
}


def polynomials(x, b, mass):
    """p_n(x), its derivative, and the sum of the squares of p_0 ... p_(n-1)."""
    last, p, d_last, d, squares = mpf(0), 1 / sqrt(mass), mpf(0), mpf(0), mpf(0)
    for k in range(len(b) - 1):
        squares += p * p
        d_last, d = d, (p + x * d - b[k] * d_last) / b[k + 1]
        last, p = p, (x * p - b[k] * last) / b[k + 1]
    return p, d, squares


def rule(n, mass, coefficient):
    b = [mpf(0)] + [coefficient(k) for k in range(1, n + 1)]
    off_diagonal = np.diag([float(v) for v in b[1:n]], 1)
    nodes, weights = [], []
    for i, start in enumerate(np.linalg.eigvalsh(off_diagonal + off_diagonal.T)[n // 2 :]):
        x = mpf(0) if n % 2 and i == 0 else mpf(float(start))
        for _ in range(3 if x else 0):
            p, d, _squares = polynomials(x, b, mass)
            x -= p / d
        nodes.append(float(x))
        weights.append(float(1 / polynomials(x, b, mass)[2]))
    return {"nodes": nodes, "weights": weights}


truth = {}
for name, (function, points) in INPUTS.items():
    x = sorted(float(v) for v in points)
    truth[name] = {"x": x, "y": [float(function(mpf(v))) for v in x]}
for name, (degrees, mass, coefficient) in RULES.items():
    truth[name] = {str(n): rule(n, mass, coefficient) for n in degrees}

pathlib.Path(__file__).with_name("special_truth.json").write_text(json.dumps(truth))

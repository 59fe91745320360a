"""Makes layers.json: kernels and finite networks of fully connected layers as `neural_tangents` computes them in float64.

    $(bench/peers/setup.sh | tail -1) tests/stax/make_layers.py && deno fmt tests/stax/layers.json

Networks are in the JSON form of the fixtures, which `network.py` builds. Row 3 of x1 repeats row 0, and row 1 of x2
repeats row 1 of x1.
"""

import json
import pathlib
import sys
import warnings

root = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(root / "bench" / "peers"))
warnings.simplefilter("ignore")

import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import numpy as np
from network import build

x1 = jnp.array([[0.7, -1.2, 0.4], [1.5, 0.3, -0.6], [-0.2, 0.9, 1.1], [0.7, -1.2, 0.4]])
x2 = jnp.array([[0.1, -0.8, 1.3], [1.5, 0.3, -0.6], [-1.4, 0.2, 0.5]])


def dense(out_dim=1, W_std=1.3, b_std=0.2, **options):
    return ["Dense", {"out_dim": out_dim, "W_std": W_std, "b_std": b_std, **options}]


def standard(out_dim, b_std=0.2, s=(1, 1)):
    return dense(out_dim, b_std=b_std, parameterization="standard", s=list(s))


def serial(*layers):
    return ["serial", list(layers)]


def parallel(*layers):
    return ["parallel", list(layers)]


def dropout(rate, mode="train"):
    return ["Dropout", {"rate": rate, "mode": mode}]


def fan_out(num):
    return ["FanOut", {"num": num}]


relu, erf, gelu, identity = ["Relu", {}], ["Erf", {}], ["Gelu", {}], ["Identity", {}]
total, product, concat = ["FanInSum", {}], ["FanInProd", {}], ["FanInConcat", {}]


def residual(width):
    return serial(fan_out(2), parallel(serial(erf, dense(width), gelu, dense(width)), identity), total)


def norm(**options):
    return ["LayerNorm", options]


CASES = {
    "Dense without bias": dense(4, b_std=None),
    "Dense with bias 0": dense(4, b_std=0.0),
    "Dense": dense(4),
    "standard Dense without bias": standard(4, None),
    "standard Dense with bias 0": standard(4, 0.0),
    "standard Dense": standard(4),
    "standard network without bias": serial(standard(16, None), gelu, standard(8, None), erf, standard(1, None)),
    "standard network with bias 0": serial(standard(16, 0.0), gelu, standard(8, 0.0), erf, standard(1, 0.0)),
    "standard network": serial(standard(16), gelu, standard(8), erf, standard(1)),
    "width multipliers without bias": serial(
        standard(8, None, (1, 4)), erf, standard(6, None, (4, 3)), gelu, standard(2, None, (3, 1))
    ),
    "width multipliers": serial(standard(8, s=(1, 4)), erf, standard(6, s=(4, 3)), gelu, standard(2, s=(3, 1))),
    "both parameterizations": serial(dense(16), erf, standard(8, s=(2, 3)), gelu, dense(4), erf, standard(1)),
    "Dropout": serial(dense(8), erf, dropout(0.5), dense(1)),
    "Dropout at the end": serial(dense(8), gelu, dropout(0.8)),
    "Dropout that keeps all": serial(dense(8), erf, dropout(1.0), dense(1)),
    "Dropout when testing": serial(dense(8), erf, dropout(0.5, "test"), dense(1)),
    "Dropout twice": serial(dense(8), erf, dropout(0.9), dense(8), gelu, dropout(0.7), dense(8), erf, dense(1)),
    "Dropout after Dense": serial(dense(8), dropout(0.6), dense(8), erf, dense(1)),
    "Dropout in a branch": serial(
        dense(8), fan_out(2), parallel(serial(erf, dropout(0.5), dense(8)), serial(gelu, dense(8))), total, erf
    ),
    "LayerNorm": serial(dense(8), norm()),
    "LayerNorm before a nonlinearity": serial(dense(8), norm(), gelu, dense(1)),
    "LayerNorm with eps": serial(dense(8), norm(eps=0.1), erf, dense(8), norm(eps=1e-3), gelu, dense(1)),
    "LayerNorm of a sum": serial(
        fan_out(2), parallel(dense(8), serial(dense(8), erf, dense(8))), total, norm(axis=1), erf
    ),
    "FanInSum": serial(dense(4), fan_out(2), parallel(serial(erf, dense(4)), serial(gelu, dense(4))), total, erf),
    "FanInSum of three": serial(
        fan_out(3), parallel(dense(4), dense(4, 0.5), serial(dense(9), gelu, dense(4, 2.0, None))), total
    ),
    "FanInSum of one": serial(dense(4), fan_out(1), parallel(identity), total, erf),
    "FanInProd": serial(dense(4), fan_out(2), parallel(serial(erf, dense(4)), serial(gelu, dense(4))), product),
    "FanInProd of three": serial(
        fan_out(3), parallel(serial(dense(4), erf), dense(4, 0.5), serial(dense(4), gelu)), product, dense(4), gelu
    ),
    "FanInConcat": serial(dense(4), fan_out(2), parallel(serial(erf, dense(4)), serial(gelu, dense(4))), concat),
    "FanInConcat of unequal widths": serial(
        fan_out(3), parallel(dense(2), serial(dense(5), erf), serial(dense(9), gelu, dense(3, 2.0))), concat, dense(4)
    ),
    "FanInConcat before standard Dense": serial(
        dense(4), fan_out(2), parallel(serial(erf, standard(3)), serial(gelu, dense(5))), concat, standard(1), erf
    ),
    "residual block": serial(dense(6), residual(6), erf, dense(1)),
    "repeated residual blocks": serial(dense(6), ["repeat", 4, residual(6)], erf, dense(1)),
    "repeat": serial(dense(3), ["repeat", 3, serial(erf, dense(3))], gelu, dense(1)),
    "nested serial": serial(serial(serial(dense(3)), erf), serial(serial(serial(dense(2), gelu)))),
    "nested parallel": serial(
        fan_out(2),
        parallel(
            serial(dense(4), fan_out(2), parallel(serial(erf, dense(4)), residual(4)), product),
            serial(dense(4), erf, fan_out(2), parallel(serial(dense(1)), dense(3)), concat, dense(4)),
        ),
        product,
        dense(2),
        gelu,
    ),
    "fifty hidden layers": serial(["repeat", 50, serial(dense(3, 2**0.5, 0.1), relu)], dense(1)),
    "no layer": serial(identity),
    "inputs beside a layer": serial(fan_out(2), parallel(identity, serial(dense(5), erf)), concat),
}

FINITE = {
    "ntk": serial(dense(4), erf, dense(2, b_std=None)),
    "standard": serial(standard(3, s=(1, 2)), gelu, standard(2, 0.3, (2, 1)), erf, standard(1, None)),
    "LayerNorm": serial(dense(5), norm(eps=0.1), relu, dense(1)),
    "Dropout": serial(dense(4), relu, dropout(0.6), dense(3), gelu, dropout(0.5)),
    "Dropout when testing": serial(dense(4), relu, dropout(0.6, "test"), dense(2)),
    "branches": serial(
        dense(3),
        fan_out(3),
        parallel(serial(erf, dense(3)), identity, serial(relu, dropout(0.5), dense(3))),
        total,
        gelu,
    ),
    "products and concatenations": serial(
        fan_out(2),
        parallel(serial(dense(2), erf), serial(fan_out(2), parallel(dense(4), dense(4)), product)),
        concat,
        dense(2),
    ),
}


def array(a):
    a = np.asarray(a)
    assert np.all(np.isfinite(a))
    return {"shape": list(a.shape), "data": a.ravel().tolist()}


def kernel(net, x2):
    k = build(net)[2](x1, x2)
    # Without weights the NTK is the number 0.
    k = k.replace(ntk=jnp.broadcast_to(k.ntk, k.nngp.shape))
    fields = {name: array(getattr(k, name)) for name in ("nngp", "ntk", "cov1", "cov2") if getattr(k, name) is not None}
    return {**fields, "isGaussian": bool(k.is_gaussian), "shape1": list(k.shape1), "shape2": list(k.shape2)}


def flat(params):
    return [array(leaf) for leaf in jax.tree_util.tree_leaves(params)]


def finite(net, seed):
    init_fn, apply_fn, _ = build(net)
    key, rng = jax.random.PRNGKey(seed), jax.random.PRNGKey(seed + 100)
    shape, params = init_fn(key, (-1, 3))
    return {"outputShape": list(shape), "params": flat(params), "outputs": array(apply_fn(params, x1, rng=rng))}


def case(name, net):
    kernels = {"x1_x2": kernel(net, x2), "x1_x1": kernel(net, None)}
    # Noise is what tells a copy of the inputs from other inputs.
    return {"name": name, "net": net, **kernels, **({"copy": kernel(net, x1 + 0)} if "Dropout" in name else {})}


cases = [case(name, net) for name, net in CASES.items()]
networks = [
    {"name": name, "net": net, "seed": seed, **finite(net, seed)} for seed, (name, net) in enumerate(FINITE.items())
]
text = json.dumps({"x1": array(x1), "x2": array(x2), "cases": cases, "finite": networks}, allow_nan=False)
pathlib.Path(__file__).with_name("layers.json").write_text(text + "\n")

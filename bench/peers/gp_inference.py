"""Times Gaussian process inference on JAX (`cho_solve`) with given kernels and prints one JSON line.

usage: python gp_inference.py --folder DIR [--noise 0.1] [--runs 5]
DIR has k.npy (n, n), k_test.npy (n, tests), prior.npy (tests,) and y.npy (n, outputs), in float64. The mean and the standard
deviation at all tests are written as mean.npy and std.npy. Everything is jitted and on the device before the clock starts.
"""
import argparse
import json
import os
import statistics
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--folder", required=True)
parser.add_argument("--noise", type=float, default=0.1)
parser.add_argument("--runs", type=int, default=5)
options = parser.parse_args()

import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import cho_factor, cho_solve, solve_triangular

read = lambda name: jax.device_put(np.load(os.path.join(options.folder, name)))
k, k_test, prior, y = (read(f"{name}.npy") for name in ("k", "k_test", "prior", "y"))


@jax.jit
def infer(k, k_test, prior, y):
    lower = cho_factor(k + options.noise * jnp.eye(len(k)), lower=True)
    mean = k_test.T @ cho_solve(lower, y)
    whitened = solve_triangular(lower[0], k_test, lower=True)
    return mean, jnp.sqrt(prior - jnp.sum(whitened**2, axis=0))


result = jax.block_until_ready(infer(k, k_test, prior, y))
seconds = []
for _ in range(options.runs):
    tick = time.perf_counter()
    result = jax.block_until_ready(infer(k, k_test, prior, y))
    seconds.append(time.perf_counter() - tick)
for name, value in zip(("mean", "std"), result):
    np.save(os.path.join(options.folder, f"{name}.npy"), np.asarray(value))
print(json.dumps(dict(jax=jax.__version__, median_s=statistics.median(seconds), min_s=min(seconds))))

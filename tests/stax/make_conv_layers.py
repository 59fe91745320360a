"""Makes conv_layers.json: layers on positions as `neural_tangents` computes them in float64, finite and infinite.

    $(bench/peers/setup.sh | tail -1) tests/stax/make_conv_layers.py && deno fmt tests/stax/conv_layers.json

It has what the fixtures of `conv.json` leave out: parameters and outputs of finite networks, other axes and dimension numbers,
three axes of positions, masks. Networks are in the JSON form of the fixtures, which `network.py` builds. Kernels are of
outputs without positions, or of networks in which an even number of layers reverses the order of positions.
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
from neural_tangents._src.stax.requirements import unmask_fn

rng = np.random.default_rng(7)


def inputs(*shape):
    return jnp.array(np.round(rng.normal(size=shape), 3))


MASK = 100.0


def masked(x, *lengths):
    """The input with all positions from lengths[i] on masked in example i, and one single entry elsewhere."""
    x = np.array(x)
    for i, length in enumerate(lengths):
        x[i, length:] = MASK
    x[0, 0, ..., 0] = MASK
    return jnp.array(x)


X1, X2 = inputs(2, 5, 4, 2), inputs(3, 5, 4, 2)
T1, T2 = inputs(2, 5, 2), inputs(3, 5, 2)
V1, V2 = inputs(2, 3, 4, 2, 2), inputs(3, 3, 4, 2, 2)
INPUTS = {
    "x": (X1, X2),
    "channelsFirst": (jnp.moveaxis(X1, -1, 1), jnp.moveaxis(X2, -1, 1)),
    "batchLast": (jnp.moveaxis(X1, 0, 2), jnp.moveaxis(X2, 0, 2)),
    "batchSecond": (jnp.moveaxis(X1, 0, 1), jnp.moveaxis(X2, 0, 1)),
    "t": (T1, T2),
    "v": (V1, V2),
    "vectors": (inputs(4, 3), inputs(3, 3)),
    "maskedX": (masked(X1, 3, 5), masked(X2, 4, 2, 5)),
    "maskedT": (masked(T1, 3, 5), masked(T2, 4, 2, 5)),
}

PATTERNS = {
    "t": (np.round(rng.normal(size=(2, 5, 5)), 2), np.round(rng.normal(size=(3, 5, 5)), 2)),
    "edges": (rng.integers(-1, 5, (2, 6, 1, 2)), rng.integers(-1, 5, (3, 6, 1, 2))),
    "images": (np.round(rng.normal(size=(2, 5, 4, 5, 4)), 2), np.round(rng.normal(size=(3, 5, 4, 5, 4)), 2)),
    "imageEdges": (rng.integers(-1, 4, (2, 7, 2, 2)), rng.integers(-1, 4, (3, 7, 2, 2))),
}


def serial(*layers):
    return ["serial", list(layers)]


def branches(*layers, join):
    return serial(["FanOut", {"num": len(layers)}], ["parallel", list(layers)], join)


def conv(filter_shape=(3, 3), padding="SAME", layer="Conv", **options):
    default = dict(out_chan=3, filter_shape=list(filter_shape), padding=padding, W_std=1.3, b_std=0.2)
    return [layer, {**default, **options}]


def dense(out_dim=2, **options):
    return ["Dense", {"out_dim": out_dim, "W_std": 1.1, "b_std": 0.3, **options}]


def attention(**options):
    sizes = dict(n_chan_out=3, n_chan_key=2, n_chan_val=3, n_heads=2)
    stds = dict(W_key_std=1.2, W_value_std=0.9, W_query_std=0.8, W_out_std=1.1, b_std=0.2)
    return ["GlobalSelfAttention", {**sizes, **stds, **options}]


def array(a):
    a = np.asarray(a)
    assert np.all(np.isfinite(a))
    return {"shape": list(a.shape), "data": [float(x) for x in a.ravel()]}


relu, erf, gelu = ["Relu", {}], ["Erf", {}], ["Gelu", {}]
flatten, gap = ["Flatten", {}], ["GlobalAvgPool", {}]
matrix = array(np.round(rng.normal(size=(3, 5)), 2))
tensor = array(np.round(rng.normal(size=(5, 4, 2)), 2))
vector = array(np.round(rng.normal(size=(4,)), 2))
rows = array(np.round(rng.normal(size=(5, 3)), 2))
transpose = dict(layer="ConvTranspose")
local = dict(layer="ConvLocal")
nchw = ("NCHW", "OIHW", "NCHW")
odd = ("HNWC", "WIHO", "CWNH")
spatial = ("NHWDC", "DHWIO", "NDHWC")


def dot(**options):
    return ["DotGeneral", options]


def pool(layer="AvgPool", window_shape=(3, 2), **options):
    return [layer, {"window_shape": list(window_shape), **options}]


def resize(shape, **options):
    return ["ImageResize", {"shape": list(shape), "method": "linear", **options}]


def index(text):
    return ["Index", {"idx": text}]


FINITE = {
    "Conv": ("x", conv()),
    "Conv without bias, valid": ("x", conv((2, 3), "VALID", b_std=None, strides=[2, 1])),
    "Conv, circular": ("x", conv((3, 2), "CIRCULAR", strides=[2, 1])),
    "Conv, one axis": ("t", conv((3,), "VALID")),
    "Conv, three axes": ("v", conv((2, 3, 1), "SAME", strides=[1, 2, 1])),
    "Conv, larger than its input": ("t", conv((7,), "SAME", strides=[2])),
    "Conv, standard": ("x", serial(
        conv(parameterization="standard", s=[1, 2]),
        relu,
        conv(parameterization="standard", s=[2, 1], b_std=None),
    )),
    "Conv, channels first": ("channelsFirst", conv((3, 2), dimension_numbers=nchw, strides=[2, 1])),
    "Conv, odd axes": ("x", conv((3, 2), "VALID", dimension_numbers=odd)),
    "Conv, rotated axes": ("v", conv((2, 3, 1), dimension_numbers=spatial, strides=[1, 2, 1])),
    "ConvTranspose": ("x", conv((3, 2), strides=[2, 3], **transpose)),
    "ConvTranspose, valid": ("x", conv((3, 4), "VALID", strides=[2, 1], **transpose)),
    "ConvTranspose, circular": ("x", conv((3, 4), "CIRCULAR", strides=[2, 1], **transpose)),
    "ConvTranspose, wide": ("t", conv((7,), "CIRCULAR", strides=[2], **transpose)),
    "ConvTranspose, narrow": ("t", conv((1,), "SAME", strides=[3], **transpose)),
    "ConvTranspose, standard": ("t", conv((3,), parameterization="standard", s=[1, 2], **transpose)),
    "ConvLocal": ("x", conv(**local)),
    "ConvLocal, valid": ("x", conv((2, 3), "VALID", strides=[2, 1], **local)),
    "ConvLocal, circular": ("x", conv((2, 3), "CIRCULAR", b_std=None, **local)),
    "ConvLocal, channels first": ("channelsFirst", conv((3, 2), dimension_numbers=nchw, **local)),
    "ConvLocal, standard": ("t", conv((3,), parameterization="standard", **local)),
    "AvgPool": ("x", pool()),
    "AvgPool, same": ("x", pool(padding="SAME", strides=[2, 1])),
    "AvgPool, normalised edges": ("x", pool(padding="SAME", normalize_edges=True)),
    "AvgPool, circular": ("x", pool(padding="CIRCULAR", strides=[2, 2])),
    "SumPool": ("x", pool("SumPool", padding="SAME")),
    "AvgPool, channels first": ("channelsFirst", pool(channel_axis=1)),
    "AvgPool, batch last": ("batchLast", pool(batch_axis=2)),
    "GlobalAvgPool": ("x", gap),
    "GlobalSumPool, channels first": ("channelsFirst", ["GlobalSumPool", {"channel_axis": 1}]),
    "GlobalAvgPool, features before examples": ("x", ["GlobalAvgPool", {"batch_axis": 3, "channel_axis": 0}]),
    "Flatten": ("x", flatten),
    "Flatten, batch last": ("batchLast", ["Flatten", {"batch_axis": 2, "batch_axis_out": 0}]),
    "Dense": ("x", dense()),
    "Dense, channels first": ("channelsFirst", dense(channel_axis=1)),
    "Dense, standard": ("x", dense(parameterization="standard", s=[1, 2])),
    "LayerNorm": ("x", ["LayerNorm", {"eps": 0.1}]),
    "LayerNorm over positions": ("x", ["LayerNorm", {"axis": [1, 3], "eps": 0.1}]),
    "LayerNorm over everything": ("x", ["LayerNorm", {"axis": [1, 2, -1]}]),
    "Dropout": ("x", serial(conv(), ["Dropout", {"rate": 0.6}])),
    "attention": ("x", attention()),
    "attention with the identity": ("t", attention(attention_mechanism="IDENTITY")),
    "attention with absolute values": ("t", attention(attention_mechanism="ABS", b_std=None)),
    "attention with rectifiers": ("t", attention(attention_mechanism="RELU")),
    "attention with root scaling": ("t", attention(linear_scaling=False, attention_mechanism="IDENTITY")),
    "attention with added positions": ("x", attention(pos_emb_type="SUM", W_pos_emb_std=0.7)),
    "attention with appended positions": ("t", attention(pos_emb_type="CONCAT", n_chan_pos_emb=3, val_pos_emb=True)),
    "attention with decay": ("x", attention(pos_emb_type="CONCAT", pos_emb_decay_fn="exp_neg", W_pos_emb_std=0.7)),
    "attention, channels first": ("channelsFirst", attention(channel_axis=1, pos_emb_type="SUM", val_pos_emb=True)),
    "Aggregate": ("t", ["Aggregate", {"aggregate_axis": [1]}], "t"),
    "Aggregate over edges": ("t", ["Aggregate", {"implementation": "SPARSE"}], "edges"),
    "Aggregate over two axes": ("x", ["Aggregate", {}], "images"),
    "Aggregate over edges of two axes": ("x", ["Aggregate", {"implementation": "SPARSE"}], "imageEdges"),
    "Aggregate, channels first": ("channelsFirst", ["Aggregate", {"aggregate_axis": 2, "channel_axis": 1}], "t"),
    "ImageResize": ("x", resize([-1, 3, 9, -1])),
    "ImageResize without antialiasing": ("x", resize([-1, 2, 6, -1], antialias=False)),
    "ImageResize, nearest": ("x", resize([-1, 3, 7, -1], method="nearest")),
    "ImageResize of everything": ("x", resize([3, -1, 5, 4])),
    "Index": ("x", index("::2, 1:4, ::-1")),
    "Index of a row": ("x", index("..., -2, :, 1")),
    "Index of one channel": ("x", index("1:, 0, ..., :1")),
    "DotGeneral with a number": ("x", dot(rhs=2.5)),
    "DotGeneral on the right": ("x", dot(rhs=rows, dimension_numbers=[[[1], [0]], [[], []]])),
    "DotGeneral on the left": ("x", dot(lhs=matrix, dimension_numbers=[[[1], [1]], [[], []]])),
    "DotGeneral of features": ("vectors", dot(rhs=array(np.ones((3, 2))), dimension_numbers=[[[1], [0]], [[], []]])),
    "DotGeneral in step": ("x", dot(rhs=tensor, dimension_numbers=[[[2], [1]], [[1], [0]]])),
    "DotGeneral of two axes": ("x", dot(lhs=tensor, dimension_numbers=[[[1, 0], [2, 1]], [[], []]])),
    "FanInConcat of channels": ("x", branches(conv(), conv(out_chan=2), join=["FanInConcat", {}])),
    "FanInConcat of positions": ("x", branches(conv(), conv((2, 1), "VALID"), join=["FanInConcat", {"axis": 1}])),
    "FanInConcat of examples": ("x", branches(conv(), conv(), join=["FanInConcat", {"axis": 0}])),
    "FanInSum": ("x", branches(serial(conv(), relu, conv()), conv(), join=["FanInSum", {}])),
    "FanInProd": ("x", branches(serial(conv(), erf), conv(), join=["FanInProd", {}])),
}

KERNELS = {
    "Conv, channels first": ("channelsFirst", serial(
        conv((3, 2), dimension_numbers=nchw, strides=[2, 1]), erf, ["Flatten", {}], dense(),
    )),
    "Conv, odd axes": ("batchSecond", serial(
        conv((3, 2), "VALID", dimension_numbers=odd), erf, pool(window_shape=(2, 1), batch_axis=2, channel_axis=0),
        ["GlobalAvgPool", {"batch_axis": 2, "channel_axis": 0}],
    )),
    "Conv, three axes": ("v", serial(conv((2, 3, 1), strides=[1, 2, 1]), erf, conv((3, 2, 2)), gelu, gap)),
    "Conv, three axes without pooling": ("v", serial(conv((2, 3, 1), strides=[1, 2, 1]), erf, conv((3, 2, 2)), flatten)),
    "Conv, batch last": ("batchLast", serial(
        dense(batch_axis=2), erf, pool(batch_axis=2), ["Flatten", {"batch_axis": 2}], dense(),
    )),
    "Conv, larger than its input": ("t", serial(conv((7,), strides=[2]), erf, gap)),
    "ConvTranspose, standard": ("t", serial(
        conv((3,), parameterization="standard", s=[1, 2], **transpose), erf,
        conv((4,), "CIRCULAR", strides=[3], parameterization="standard", s=[2, 1], **transpose), gap,
    )),
    "ConvLocal, standard": ("t", serial(
        conv((3,), parameterization="standard", **local), erf, conv((2,), parameterization="standard", **local), gap,
    )),
    "ConvLocal before Conv": ("x", serial(conv(**local), erf, conv(), gelu, conv((2, 2), strides=[2, 2], **local), gap)),
    "pooling": ("x", serial(
        conv(), erf, pool(padding="SAME", normalize_edges=True), pool("SumPool", (2, 2), padding="CIRCULAR"),
        pool(window_shape=(2, 2), padding="SAME", strides=[2, 2]), flatten, dense(),
    )),
    "GlobalSumPool": ("x", serial(conv(), erf, ["GlobalSumPool", {}], dense())),
    "LayerNorm over one axis": ("x", serial(
        conv(), ["LayerNorm", {"axis": [1, -1], "eps": 0.1}], erf, conv(), ["LayerNorm", {"axis": [2, 3]}], gelu, gap,
    )),
    "LayerNorm over everything": ("x", serial(conv(), ["LayerNorm", {"axis": [1, 2, 3], "eps": 1e-3}], erf, flatten)),
    "Dropout": ("x", serial(conv(), erf, ["Dropout", {"rate": 0.6}], conv(), gelu, ["Dropout", {"rate": 0.8}], gap)),
    "attention": ("x", serial(conv(), gelu, attention(), erf, gap, dense())),
    "attention with added positions": ("t", serial(conv((3,)), erf, attention(pos_emb_type="SUM", W_pos_emb_std=0.7), gap)),
    "attention with appended positions": ("x", serial(
        conv(), erf, attention(pos_emb_type="CONCAT", pos_emb_decay_fn="exp_neg", n_chan_pos_emb=2), gelu, flatten,
    )),
    "attention on inputs": ("t", serial(attention(attention_mechanism="RELU", pos_emb_type="SUM", val_pos_emb=True), gap)),
    "attention with root scaling": ("t", serial(
        conv((3,)), erf, attention(linear_scaling=False, attention_mechanism="IDENTITY"), gelu, gap,
    )),
    "attention with root scaling and positions": ("t", serial(
        conv((3,)), erf,
        attention(linear_scaling=False, attention_mechanism="IDENTITY", pos_emb_type="SUM", W_pos_emb_std=0.7), gap,
    )),
    "attention with root scaling and positions in values": ("t", serial(
        conv((3,)), erf,
        attention(linear_scaling=False, attention_mechanism="IDENTITY", pos_emb_type="CONCAT", val_pos_emb=True,
                  pos_emb_decay_fn="exp_neg", pos_emb_p_norm=1.5), gap,
    )),
    "Aggregate over two axes": ("x", serial(dense(), erf, ["Aggregate", {}], dense(), gelu, gap), "images"),
    "Aggregate over edges of two axes": ("x", serial(
        dense(), erf, ["Aggregate", {"implementation": "SPARSE"}], flatten, dense(),
    ), "imageEdges"),
    "ImageResize": ("x", serial(conv(), erf, conv(), gelu, resize([-1, 3, 9, -1]), gap)),
    "ImageResize, nearest": ("x", serial(conv(), erf, conv(), resize([-1, 8, 2, -1], method="nearest"), erf, gap)),
    "Index": ("x", serial(conv(), erf, index("1:, ::-2, 1:3"), conv((2, 1)), gelu, index(":, 0"), conv((2,)), flatten)),
    "DotGeneral in step": ("x", serial(
        dense(), erf, dot(rhs=tensor, dimension_numbers=[[[2], [1]], [[1], [0]]]), ["GlobalAvgPool", {
            "batch_axis": 1, "channel_axis": 2}],
    )),
    "DotGeneral of two axes": ("x", serial(
        dense(), erf, dot(rhs=tensor, dimension_numbers=[[[1, 2], [0, 1]], [[], []]]), ["Flatten", {}],
    )),
    "DotGeneral of vectors": ("vectors", serial(dense(), erf, dot(lhs=-1.5), dense())),
    "FanInConcat of positions": ("x", serial(
        branches(serial(conv(), erf, conv()), serial(conv(), gelu, conv()), join=["FanInConcat", {"axis": 2}]), gelu, gap,
    )),
    "FanInConcat of examples": ("vectors", serial(
        branches(serial(dense(), erf, dense()), dense(W_std=0.7), join=["FanInConcat", {"axis": 0}]), gelu, dense(),
    )),
    "Index of a batch": ("vectors", serial(dense(), erf, index("::-2"), dense(), gelu)),
    "FanInConcat of batches": ("vectors", serial(
        dense(), index("1:"), branches(dense(), serial(dense(), erf, dense()), join=["FanInConcat", {"axis": 0}]),
        index("::2"), branches(serial(erf, dense()), dense(), join=["FanInSum", {}]), erf,
    )),
}

MASKED = {
    "Conv": ("maskedX", serial(conv(), erf, flatten, dense())),
    "Conv with pooling": ("maskedX", serial(conv((2, 3), "VALID", strides=[2, 1]), erf, conv(), gelu, gap, dense())),
    "Conv, circular": ("maskedT", serial(conv((3,), "CIRCULAR"), erf, gap, dense())),
    "ConvTranspose": ("maskedT", serial(conv((3,), strides=[2], **transpose), erf, gap)),
    "ConvLocal": ("maskedT", serial(conv((3,), **local), erf, gap)),
    "pooling": ("maskedX", serial(dense(), erf, pool("AvgPool", (2, 2), strides=[2, 2]), gap)),
    "GlobalSumPool": ("maskedT", serial(dense(), erf, ["GlobalSumPool", {}])),
    "LayerNorm": ("maskedX", serial(conv(), conv(), ["LayerNorm", {"axis": [1, 2, 3]}], erf, gap)),
    "Dropout": ("maskedT", serial(dense(), erf, ["Dropout", {"rate": 0.6}], gap)),
    "attention": ("maskedT", serial(conv((3,)), erf, attention(), gelu, gap)),
    "attention with positions": ("maskedT", serial(dense(), erf, attention(pos_emb_type="SUM", val_pos_emb=True), gap)),
    "attention with rectifiers": ("maskedT", serial(dense(), erf, attention(attention_mechanism="ABS"), flatten)),
    "Index": ("maskedX", serial(dense(), erf, index(":, 1:4, 0"), dense(), gelu, gap)),
    "FanInSum": ("maskedT", serial(branches(dense(), serial(dense(), erf, dense()), join=["FanInSum", {}]), gelu, gap)),
    "FanInConcat of positions": ("maskedT", serial(
        branches(dense(), serial(dense(), erf, dense()), join=["FanInConcat", {"axis": 1}]), gelu, gap,
    )),
    "Dense after Flatten": ("maskedT", serial(dense(), erf, flatten, dense(), gelu)),
}


def pattern_of(name):
    if name is None:
        return None
    return tuple(jnp.asarray(p, dtype=int if "dges" in name else float) for p in PATTERNS[name])


def kernel(net, x1, x2, pattern=None, **options):
    if pattern is not None:
        options["pattern"] = pattern if x2 is not None else (pattern[0], pattern[0])
    k = build(net)[2](x1, x2, **options)
    fields = {name: array(getattr(k, name)) for name in ("nngp", "ntk", "cov1", "cov2") if getattr(k, name) is not None}
    return {**fields, "isGaussian": bool(k.is_gaussian), "shape1": list(k.shape1), "shape2": list(k.shape2)}


def kernels(name, source, net, pattern=None, **options):
    x1, x2 = INPUTS[source]
    both = {"x1_x2": kernel(net, x1, x2, pattern_of(pattern), **options),
            "x1_x1": kernel(net, x1, None, pattern_of(pattern), **options)}
    return {"name": name, "inputs": source, "net": net, **({"pattern": pattern} if pattern else {}), **both}


def flat(params):
    return [array(leaf) for leaf in jax.tree_util.tree_leaves(params)]


def finite(seed, name, source, net, pattern=None, **options):
    init_fn, apply_fn, _ = build(net)
    x = INPUTS[source][0]
    shape, params = init_fn(jax.random.PRNGKey(seed), x.shape)
    if pattern is not None:
        options["pattern"] = pattern_of(pattern)[0]
    outputs = unmask_fn(apply_fn)(params, x, rng=jax.random.PRNGKey(seed + 100), **options)
    assert outputs.shape == tuple(shape), (name, outputs.shape, shape)
    more = {"pattern": pattern} if pattern else {}
    case = {"name": name, "inputs": source, "net": net, "seed": seed, "outputShape": list(shape)}
    return {**case, **more, "params": flat(params), "outputs": array(outputs)}


text = json.dumps(
    {
        "inputs": {f"{name}{i + 1}": array(x) for name, both in INPUTS.items() for i, x in enumerate(both)},
        "patterns": {name: [array(p) for p in both] for name, both in PATTERNS.items()},
        "maskConstant": MASK,
        "finite": [finite(seed, name, *case) for seed, (name, case) in enumerate(FINITE.items())],
        "kernels": [kernels(name, *case) for name, case in KERNELS.items()],
        "masked": [
            {**kernels(name, *case, mask_constant=MASK),
             "finite": finite(seed, name, *case, mask_constant=MASK)}
            for seed, (name, case) in enumerate(MASKED.items())
        ],
    },
    allow_nan=False,
    default=int,
)
pathlib.Path(__file__).with_name("conv_layers.json").write_text(text + "\n")

"""Writes tests/npy.json: .npy files by NumPy in every dtype, byte order, layout and version that readNpy takes.

    python3 -m venv /tmp/npy && /tmp/npy/bin/pip install numpy==2.4.6 && /tmp/npy/bin/python tests/make_npy.py
"""

import base64
import io
import json
import pathlib

import numpy as np

VALUES = {
    "?": [True, False, True, True, False, False],
    "i1": [-128, -1, 0, 1, 7, 127],
    "u1": [0, 1, 7, 128, 254, 255],
    "i2": [-32768, -1, 0, 1, 258, 32767],
    "u2": [0, 1, 258, 32768, 65534, 65535],
    "i4": [-(2**31), -1, 0, 1, 16909060, 2**31 - 1],
    "u4": [0, 1, 16909060, 2**31, 2**32 - 2, 2**32 - 1],
    "i8": [1 - 2**53, -1, 0, 1, 2**32 + 5, 2**53 - 1],
    "u8": [0, 1, 2**32 - 1, 2**32, 2**52 + 1, 2**53 - 1],
    "f2": [-65504.0, -0.0, 6e-8, 6.1e-5, 0.1, 1024.5],
    "f4": [-3.4e38, -0.0, 1e-45, 0.1, 1.5, 16777216.0],
    "f8": [-1.7e308, -0.0, 5e-324, 0.1, 1.5, 9007199254740993.0],
}


def written(array, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=version)
    return base64.b64encode(file.getvalue()).decode()


def case(name, array, version=None):
    # Column-major files hold the same array: values are listed row by row.
    values = [format(float(value), ".17g") for value in array.flatten()]
    return {"name": name, "shape": array.shape, "values": values, "file": written(array, version)}


cases = []
for dtype, values in VALUES.items():
    for order in "<>":
        for layout in "CF":
            array = np.array(values).astype(order + dtype).reshape(2, 3)
            cases.append(case(f"{order}{dtype} {layout}", np.asarray(array, order=layout)))
wide = np.array([0, 1, 2**15, 31743, 31744, 64512, 1, 1023, 1024, 33792], np.uint16).view(np.float16)
cases.append(case("<f2 with its ends", np.where(np.isnan(wide), 0, wide)[np.isfinite(wide)]))
for version in [(1, 0), (2, 0), (3, 0)]:
    cases.append(case(f"version {version[0]}", np.arange(24, dtype="<i4").reshape(2, 3, 4).transpose(2, 0, 1), version))
cases.append(case("a scalar", np.array(2.5)))
cases.append(case("64 axes", np.array(2.5).reshape((1,) * 64)))
out = pathlib.Path(__file__).parent / "npy.json"
out.write_text(json.dumps({"numpy": np.__version__, "cases": cases}, indent=1) + "\n")

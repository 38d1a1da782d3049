"""Writes the .npy files of test/npy.test.ts with NumPy. Run: /usr/bin/python3 test/golden/npy.py"""

from pathlib import Path

import numpy as np
from numpy.lib import format as npy

OUT = Path(__file__).parent / "npy"
OUT.mkdir(exist_ok=True)


def ramp(*shape, dtype="<f4"):
    """0.5, -1.5, 2.5, ...: exact in every float type used here."""
    n = int(np.prod(shape))
    values = (np.arange(n) + 0.5) * np.where(np.arange(n) % 2, -1, 1)
    return values.reshape(shape).astype(dtype)


np.save(OUT / "matrix.npy", ramp(3, 5))
np.save(OUT / "vector.npy", ramp(7))
np.save(OUT / "cube.npy", ramp(2, 3, 4))
np.save(OUT / "scalar.npy", ramp())
np.save(OUT / "no-rows.npy", ramp(0, 512))
special = np.array([[np.nan, np.inf, -np.inf], [-0.0, 1e-45, 3.4028235e38]], "<f4")
np.save(OUT / "special.npy", special)

np.save(OUT / "float64.npy", ramp(3, 5, dtype="<f8"))
np.save(OUT / "float64-rounded.npy", np.array([[0.1, 1e-50, -1 / 3], [np.nan, np.inf, -np.inf]], "<f8"))
np.save(OUT / "float16.npy", ramp(3, 5, dtype="<f2"))
np.save(OUT / "float16-special.npy", np.array([[np.nan, np.inf, -0.0], [6e-8, 65504, 1e-4]], "<f2"))
np.save(OUT / "big-endian.npy", ramp(3, 5, dtype=">f4"))
np.save(OUT / "big-endian-16.npy", ramp(3, 5, dtype=">f2"))
np.save(OUT / "big-endian-64.npy", ramp(3, 5, dtype=">f8"))
np.save(OUT / "fortran.npy", np.asfortranarray(ramp(3, 5)))
np.save(OUT / "fortran-cube.npy", np.asfortranarray(ramp(2, 3, 4, dtype=">f8")))
for code in ["i1", "u1", ">i2", "<u2", "<i4", "<u4", ">i8", "<u8"]:
    np.save(OUT / f"{code.lstrip('<>')}.npy", np.arange(15).reshape(3, 5).astype(code))
np.save(OUT / "beyond.npy", np.asfortranarray([[0, 1, 2], [3, 4, 1e39]]))
np.save(OUT / "odd.npy", np.array([[0, 16777216], [-16777217, 1]], "<i4"))
np.save(OUT / "odd-64.npy", np.array([[0, 2**53 + 1]], "<i8"))
np.save(OUT / "complex.npy", np.zeros((2, 2), "<c8"))
np.save(OUT / "bool.npy", np.zeros((2, 2), "?"))
np.save(OUT / "structured.npy", np.zeros(2, [("x", "<f4"), ("y", "<f4")]))
for version in (2, 3):
    with open(OUT / f"version-{version}.npy", "wb") as file:
        npy.write_array(file, ramp(3, 5), version=(version, 0))

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

np.save(OUT / "float64.npy", ramp(2, 2, dtype="<f8"))
np.save(OUT / "float16.npy", ramp(2, 2, dtype="<f2"))
np.save(OUT / "big-endian.npy", ramp(2, 2, dtype=">f4"))
np.save(OUT / "fortran.npy", np.asfortranarray(ramp(3, 5)))
np.save(OUT / "structured.npy", np.zeros(2, [("x", "<f4"), ("y", "<f4")]))
with open(OUT / "version-2.npy", "wb") as file:
    npy.write_array(file, ramp(3, 5), version=(2, 0))

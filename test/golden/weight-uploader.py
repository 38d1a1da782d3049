"""Writes weight-uploader.json: numpy's float16 bits of float32 values. Run: /usr/bin/python3 test/golden/weight-uploader.py"""

import json
from pathlib import Path

import numpy as np
from seeded import seeded_uniform

ties = [1 + 2**-11, 1 + 3 * 2**-11, -(1 + 2**-11), 2049.0, 2051.0, 65519.996, -65519.996, 65504.0]
near = [np.nextafter(np.float32(1 + 2**-11), np.float32(2)), np.nextafter(np.float32(1 + 3 * 2**-11), np.float32(1))]
subnormal = [2**-14, 2**-15, 3 * 2**-24, 2**-24, 1.5 * 2**-24, 2.5 * 2**-24, 2**-25, 2**-26, 1e-30, 0.0]
spread = seeded_uniform(44, 9) * np.exp2(np.arange(44, dtype=np.float32) - 28)
x = np.concatenate([np.float32(ties), np.float32(near), np.float32(subnormal), spread.astype(np.float32)])
x = np.resize(x, 64).astype(np.float32)
bits = x.astype(np.float16).view(np.uint16)
Path(__file__).with_suffix(".json").write_text(
    json.dumps({"numpy": np.__version__, "values": x.astype(float).tolist(), "bits": bits.tolist()}) + "\n"
)

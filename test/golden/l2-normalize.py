"""Writes l2-normalize.json: torch.nn.functional.normalize in double precision, where float32 itself would overflow.
Run: /usr/bin/python3 test/golden/l2-normalize.py"""

import json
from pathlib import Path

import torch
from seeded import seeded_uniform

COLS = 7
SCALES = [1, 0, 1e-6, 1e-12, 1e-13, 1e-20, 1e-30, 1e15, 1e20, 3.4e38]
rows = torch.from_numpy(seeded_uniform(len(SCALES) * COLS, 1)).reshape(-1, COLS)
x = (rows.double() * torch.tensor(SCALES, dtype=torch.float64)[:, None]).float()
x[-1] = 3.4e38  # the norm itself is beyond float32
y = torch.nn.functional.normalize(x.double(), dim=-1)
Path(__file__).with_suffix(".json").write_text(
    json.dumps({"torch": torch.__version__, "cols": COLS, "x": x.flatten().tolist(), "y": y.flatten().tolist()}) + "\n"
)

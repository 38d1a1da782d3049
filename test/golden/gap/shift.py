"""Writes shift.json: both modalities moved along the gap vector by NumPy in double precision, as Liang et al. 2022.
Run: /usr/bin/python3 test/golden/gap/shift.py"""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))
from seeded import seeded_uniform

IMAGES, TEXTS, DIM = 7, 5, 6


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


x = seeded_uniform(IMAGES * DIM, 1).reshape(IMAGES, DIM).astype(float)
y = seeded_uniform(TEXTS * DIM, 2).reshape(TEXTS, DIM).astype(float)
gap = unit(x).mean(0) - unit(y).mean(0)

cases = []
for amount in (-0.5, 0, 0.3, 1):
    for renormalize in (True, False):
        moved = unit(x) - amount / 2 * gap, unit(y) + amount / 2 * gap
        images, texts = map(unit, moved) if renormalize else moved
        case = {"amount": amount, "renormalize": renormalize}
        cases.append({**case, "images": images.ravel().tolist(), "texts": texts.ravel().tolist()})
        distance = np.linalg.norm(images.mean(0) - texts.mean(0))
        print(case, "distance of the centroids", round(float(distance), 6))

result = {"numpy": np.__version__, "images": IMAGES, "texts": TEXTS, "dim": DIM, "cases": cases}
Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")

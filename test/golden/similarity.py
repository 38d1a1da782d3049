"""Writes similarity.json: matrices of cosines, Euclidean distances and products by NumPy in double precision. Near
duplicates are among the rows: row i of b is row i of a, moved by 1e-4 in one column. Also the first 10 of each row by
a stable sort. Run: /usr/bin/python3 test/golden/similarity.py"""

import base64
import json
from pathlib import Path

import numpy as np
from seeded import seeded_uniform

CASES = [
    {"n": 1, "m": 1, "dim": 1, "seed": 1},
    {"n": 5, "m": 3, "dim": 7, "seed": 2},
    {"n": 33, "m": 70, "dim": 64, "seed": 3},
    {"n": 67, "m": 41, "dim": 512, "seed": 4},
]


def encode(values: np.ndarray, dtype: str) -> str:
    return base64.b64encode(values.astype(dtype).tobytes()).decode()


def inputs(n: int, m: int, dim: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    a = seeded_uniform(n * dim, seed).reshape(n, dim)
    b = seeded_uniform(m * dim, seed + 100).reshape(m, dim)
    close = min(n, m) // 2
    b[:close] = a[:close]
    b[:close, 0] += np.float32(1e-4)
    return a.astype("f8"), b.astype("f8")


cases = []
for case in CASES:
    a, b = inputs(**case)
    norms = np.outer(np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1))
    results = {
        "cosine": a @ b.T / norms,
        "euclidean": np.sqrt(((a[:, None] - b[None]) ** 2).sum(-1)),
        "dot": a @ b.T,
    }
    k = min(10, case["m"])
    for metric, matrix in results.items():
        order = np.argsort(matrix if metric == "euclidean" else -matrix, axis=1, kind="stable")[:, :k]
        cases.append({**case, "metric": metric, "k": k, "matrix": encode(matrix, "<f4"), "order": encode(order, "<u4")})
Path(__file__).with_suffix(".json").write_text(json.dumps({"numpy": np.__version__, "cases": cases}, indent=1) + "\n")

"""Searches a file of f16 rows: `peer.py <file> <dim> <queries.npy> <k> <held|read>`. For each line it reads it finds the k
greatest cosines of each query, writes their rows to <queries.npy>.rows.npy and answers with a line. `held`: the rows are in
memory in f32, of length 1; `read`: they are read and made so a block at a time.
"""
import sys

import numpy as np

BLOCK = 1 << 15

file, dim, queries, k, how = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5]
q = np.load(queries)
q /= np.linalg.norm(q, axis=1, keepdims=True)
stored = np.memmap(file, "<f2", "r").reshape(-1, dim)


def unit(rows):
    rows = rows.astype("<f4")
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


if how == "held":
    held = np.empty(stored.shape, "<f4")
    for first in range(0, len(stored), BLOCK):
        held[first : first + BLOCK] = unit(stored[first : first + BLOCK])


def search():
    values = np.empty((len(q), 0), "<f4")
    rows = np.empty((len(q), 0), np.int64)
    for first in range(0, len(stored), BLOCK):
        last = first + BLOCK
        scores = q @ (held[first:last] if how == "held" else unit(stored[first:last])).T
        best = np.argpartition(-scores, min(k, scores.shape[1]) - 1, axis=1)[:, :k]
        values = np.concatenate([values, np.take_along_axis(scores, best, axis=1)], axis=1)
        rows = np.concatenate([rows, best + first], axis=1)
        order = np.argsort(-values, axis=1, kind="stable")[:, :k]
        values, rows = (np.take_along_axis(a, order, axis=1) for a in (values, rows))
    return rows


print(f"numpy {np.__version__}", flush=True)
for _ in sys.stdin:
    np.save(f"{queries}.rows.npy", search().astype("<f4"))
    print("done", flush=True)

"""Holds the rows of a .npy file, takes a command a line, answers a line each. `product <rows> <out>`: x x^T, of
which the rows asked for are written; `top <k> <rows> <out>`: the k largest products of each row, block by
block, sorted.
"""
import sys

import numpy as np

BLOCK_BYTES = 1 << 28

x = np.load(sys.argv[1])
print(f"numpy {np.__version__}", flush=True)
for line in sys.stdin:
    command, *arguments = line.split()
    sampled = np.load(arguments[-2]).astype(int)
    if command == "product":
        result = (x @ x.T)[sampled]
    else:
        k = int(arguments[0])
        rows = max(1, BLOCK_BYTES // (4 * len(x)))
        best = []
        for start in range(0, len(x), rows):
            scores = x[start : start + rows] @ x.T
            nearest = np.argpartition(-scores, k - 1, axis=1)[:, :k]
            best.append(-np.sort(-np.take_along_axis(scores, nearest, axis=1), axis=1))
        result = np.concatenate(best)[sampled]
    np.save(arguments[-1], np.ascontiguousarray(result, "<f4"))
    print("done", flush=True)

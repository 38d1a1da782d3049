"""scikit-learn's trustworthiness (k = 12) over every `step`-th row, in double precision."""

import numpy as np
from sklearn.neighbors import NearestNeighbors


def trustworthiness(x: np.ndarray, y: np.ndarray, step: int, k: int = 12) -> float:
    n = len(x)
    rows = np.arange(0, n, step)
    near = NearestNeighbors(n_neighbors=k).fit(y).kneighbors(return_distance=False)
    x = x.astype(np.float64)
    squares = (x**2).sum(1)
    penalty = 0
    for i in rows:
        distance = squares - 2 * x @ x[i]
        distance[i] = -np.inf
        rank = np.empty(n, dtype=int)
        rank[np.argsort(distance, kind="stable")] = np.arange(n)
        penalty += np.maximum(rank[near[i]] - k, 0).sum()
    return float(1 - penalty * 2 / (len(rows) * k * (2 * n - 3 * k - 1)))

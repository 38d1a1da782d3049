"""Points of 20 clusters, each a noisy plane in 512 dimensions: the same bits as bench/tsne-points.ts makes."""

import numpy as np
from seeded import seeded_uniform

CLUSTERS = 20
DIM = 512


def clusters(rows: int) -> np.ndarray:
    centre, first, second = (
        seeded_uniform(CLUSTERS * DIM, seed).reshape(CLUSTERS, DIM).astype(np.float64) for seed in (1, 2, 3)
    )
    place = seeded_uniform(rows * 2, 4).reshape(rows, 2).astype(np.float64)
    noise = seeded_uniform(rows * DIM, 5).reshape(rows, DIM).astype(np.float64)
    cluster = np.arange(rows) % CLUSTERS
    plane = place[:, :1] * first[cluster] + place[:, 1:] * second[cluster]
    return (centre[cluster] + plane + 0.5 * noise).astype(np.float32)

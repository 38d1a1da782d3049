"""Writes what scikit-learn's TSNE gives for its digits set and for generated clusters, with its early stop off:
digits.json, clusters.json; exaggerated.json: its first steps with openTSNE's later exaggeration. Takes some minutes.
Run: /usr/bin/python3 test/golden/tsne/tsne.py [digits|clusters|exaggerated]"""

import base64
import json
import sys
import time
from pathlib import Path

import numpy as np
import sklearn
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, _barnes_hut_tsne
from sklearn.manifold._t_sne import (
    _gradient_descent,
    _joint_probabilities,
    _joint_probabilities_nn,
    _kl_divergence,
    _kl_divergence_bh,
)
from sklearn.neighbors import NearestNeighbors

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from clusters import clusters  # noqa: E402
from trustworthiness import trustworthiness  # noqa: E402

NO_EARLY_STOP = {"n_iter_without_progress": 10**9, "min_grad_norm": 0.0}


def floats(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f4").tobytes()).decode()


def joint(x: np.ndarray, perplexity: float, metric: str = "euclidean"):
    """The sparse joint probabilities, as TSNE._fit makes them."""
    neighbours = min(len(x) - 1, int(3.0 * perplexity + 1))
    graph = NearestNeighbors(n_neighbors=neighbours, metric=metric).fit(x).kneighbors_graph(mode="distance")
    graph.data **= 2
    return _joint_probabilities_nn(graph, perplexity, 0).tocsr()


def repulsion(y: np.ndarray, angle: float) -> np.ndarray:
    """The repulsive half of the gradient over 4: the gradient where no probability attracts."""
    nothing = np.zeros(1, dtype=np.float32)
    grad = np.zeros_like(y)
    indptr = np.zeros(len(y) + 1, dtype=np.int64)
    _barnes_hut_tsne.gradient(nothing, y, nothing.astype(np.int64), indptr, grad, angle, 2, 0, dof=1, num_threads=1)
    return grad


def exact_repulsion(y: np.ndarray) -> np.ndarray:
    y = y.astype(np.float64)
    difference = y[:, None, :] - y[None, :, :]
    q = 1 / (1 + (difference**2).sum(-1))
    np.fill_diagonal(q, 0)
    return -(q[:, :, None] ** 2 * difference).sum(1) / q.sum()


def repulsion_errors(y: np.ndarray) -> list[dict]:
    exact = exact_repulsion(y)
    errors = []
    for angle in [0.2, 0.5, 0.8]:
        error = repulsion(y, angle) - exact
        errors.append({
            "angle": angle,
            "relativeNorm": float(np.linalg.norm(error) / np.linalg.norm(exact)),
            "largest": float(np.abs(error).max()),
        })
    return errors


def run(x: np.ndarray, rows: int, **options) -> dict:
    start = time.time()
    model = TSNE(n_components=2, random_state=0, n_jobs=1, **NO_EARLY_STOP, **options)
    y = model.fit_transform(x)
    return {
        "options": options,
        "klDivergence": float(model.kl_divergence_),
        "trustworthiness": trustworthiness(x, y, rows),
        "iterations": model.n_iter_ + 1,
        "learningRate": float(model.learning_rate_),
        "seconds": time.time() - start,
    }, y


def some_rows(matrix, rows: list[int]) -> list[dict]:
    return [
        {"row": r, "columns": matrix[r].indices.tolist(), "values": matrix[r].data.tolist()}
        for r in rows
    ]


def pca(x: np.ndarray) -> np.ndarray:
    y = PCA(n_components=2, svd_solver="randomized", random_state=0).fit_transform(x).astype(np.float32)
    return y / np.std(y[:, 0]) * 1e-4


def steps(x: np.ndarray, count: int, exaggeration: float = 1.0, rates: tuple = (50.0, 50.0), wide: float = 1.0) -> dict:
    """Where the first steps of the exact method lead, exaggerated by 12 and by less, and its divergence there (of what is exaggerated)."""
    perplexity = 20.0
    y0 = pca(x) * np.float32(wide)
    from sklearn.metrics import pairwise_distances

    p = _joint_probabilities(pairwise_distances(x, squared=True), perplexity, 0)
    schedule = {"n_iter_check": 50, "min_grad_norm": 0.0, "n_iter_without_progress": 10**9}
    y, _, _ = _gradient_descent(
        _kl_divergence, y0.ravel(), 0, count, momentum=0.5, learning_rate=rates[0],
        args=[p * 12, 1, len(x), 2], **schedule
    )
    early = y.copy()
    y, kl, _ = _gradient_descent(
        _kl_divergence, y, count, 2 * count, momentum=0.8, learning_rate=rates[1],
        args=[p * exaggeration, 1, len(x), 2], **schedule
    )
    return {
        "rows": len(x), "perplexity": perplexity, "count": count, "learningRate": rates[0], "init": floats(y0),
        "early": floats(early), "late": floats(y), "klDivergence": float(kl),
    }


def digits() -> None:
    x = load_digits().data.astype(np.float32)  # whole numbers from 0 to 16
    options = {"perplexity": 30.0, "init": "pca", "n_iter": 1000}
    bh, y = run(x, 1, **options, method="barnes_hut")
    sample = list(range(0, len(x), 150))
    p = joint(x, 30.0)
    kl, gradient = _kl_divergence_bh(
        y.ravel(), p, 1, len(x), 2, angle=0.0, compute_error=True, num_threads=1
    )
    cosine, _ = run(x, 1, **{**options, "n_iter": 500}, metric="cosine", method="barnes_hut")
    exact, _ = run(x[:600], 1, **{**options, "n_iter": 500}, method="exact")
    golden = {
        "sklearn": sklearn.__version__, "rows": len(x), "dim": x.shape[1],
        "x": base64.b64encode(x.astype(np.uint8).tobytes()).decode(),
        "barnesHut": bh, "cosine": cosine, "exact": {**exact, "rows": 600},
        "joint": some_rows(p, sample), "jointEntries": int(p.nnz),
        "jointCosine": some_rows(joint(x, 30.0, "cosine"), sample),
        "embedding": floats(y), "klAtEmbedding": float(kl), "gradient": floats(gradient),
        "exactRepulsion": floats(exact_repulsion(y)), "repulsionErrors": repulsion_errors(y),
        "pca": floats(pca(x)), "pcaWide": floats(pca(x[:40])), "steps": steps(x[:300], 30),
    }
    (HERE / "digits.json").write_text(json.dumps(golden) + "\n")
    print({k: golden[k] for k in ["barnesHut", "cosine", "exact", "repulsionErrors", "jointEntries"]})


def generated() -> None:
    x = clusters(5000)
    bh, y = run(x, 10, perplexity=30.0, init="pca", n_iter=1000, method="barnes_hut")
    golden = {
        "sklearn": sklearn.__version__, "rows": len(x), "dim": x.shape[1], "barnesHut": bh,
        "embedding": floats(y), "exactRepulsion": floats(exact_repulsion(y)[::10]),
        "repulsionErrors": repulsion_errors(y),
    }
    (HERE / "clusters.json").write_text(json.dumps(golden) + "\n")
    print({k: golden[k] for k in ["barnesHut", "repulsionErrors"]})


def exaggerated() -> None:
    """300 points with an exaggeration of 4 after that of 12, and openTSNE's n / exaggeration: a gradient of scikit-learn's is four times its.
    From a wide start: in a narrow one so small steps are of the size that f32 rounds, and signs decide about gains."""
    x = load_digits().data.astype(np.float32)[:300]
    golden = {"sklearn": sklearn.__version__, "exaggeration": 4, **steps(x, 30, 4.0, (300 / 12 / 4, 300 / 4 / 4), 1e4)}
    (HERE / "exaggerated.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["digits", "clusters", "exaggerated"]
    if "digits" in wanted:
        digits()
    if "clusters" in wanted:
        generated()
    if "exaggerated" in wanted:
        exaggerated()

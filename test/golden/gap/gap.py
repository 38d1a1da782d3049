"""Writes gap.json: every statistic of the modality gap by NumPy, SciPy and scikit-learn in double precision, from the
definitions, with bootstrap intervals and permutation baselines from the same draws as src/metrics/random.ts.
Run: /usr/bin/python3 test/golden/gap/gap.py"""

import json
import sys
from pathlib import Path

import numpy as np
import scipy.linalg
import scipy.special
import scipy.stats
import sklearn
from scipy.spatial.distance import pdist
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import ndcg_score
from sklearn.neighbors import NearestNeighbors

sys.path.insert(0, str(Path(__file__).parent.parent))
from seeded import seeded_uniform

CASES = [
    # name, pairs, dimensions, noise, offset between the modalities
    {"name": "fewer pairs than dimensions", "n": 60, "dim": 64, "noise": 0.9, "offset": 0.35},
    {"name": "more pairs than dimensions", "n": 90, "dim": 12, "noise": 0.5, "offset": 0.15},
    {"name": "a handful", "n": 9, "dim": 16, "noise": 0.7, "offset": 0.5},
]
RESAMPLES = PERMUTATIONS = 200
SWAPS = 100
SEED = 7
LOGIT_SCALE = 20.0
MASK = np.uint64(0xFFFFFFFF)


def mix(x):
    """MurmurHash3's finaliser."""
    x = np.asarray(x, np.uint64) & MASK
    x = ((x ^ (x >> np.uint64(16))) * np.uint64(0x85EBCA6B)) & MASK
    x = ((x ^ (x >> np.uint64(13))) * np.uint64(0xC2B2AE35)) & MASK
    return x ^ (x >> np.uint64(16))


def uniform(stream: int, index) -> np.ndarray:
    key = mix((SEED + stream * 0x9E3779B9) % 2**32)
    return mix((mix(index) + key) & MASK).astype(float) / 2**32


def inputs(n, dim, noise, offset, **_):
    base = seeded_uniform(n * dim, 1).reshape(n, dim).astype(float)
    shift = seeded_uniform(dim, 2).astype(float)
    images = base + noise * seeded_uniform(n * dim, 3).reshape(n, dim).astype(float) + offset * shift
    texts = base + noise * seeded_uniform(n * dim, 4).reshape(n, dim).astype(float) - offset * shift
    scale = 0.5 + np.arange(n)[:, None] / n  # lengths differ: statistics are of directions
    return [(rows * scale).astype(np.float32).astype(float) for rows in (images, texts)]


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def off_diagonal_mean(matrix, w):
    """Over different rows, each as often as it was drawn."""
    weight = np.outer(w, w) * (1 - np.eye(len(w)))
    return (matrix * weight).sum() / weight.sum()


def of_sums(x, y, w, matching=None):
    """Statistics of a sample in which pair i is w[i] times; `matching` replaces the mean cosine of matching pairs."""
    gap = (np.average(x, axis=0, weights=w) - np.average(y, axis=0, weights=w)) if w.any() else None
    shares = gap**2 / (gap @ gap)
    cumulated = np.cumsum(np.sort(shares)[::-1])
    matched = np.average((x * y).sum(1), weights=w) if matching is None else matching
    xx, yy, xy = (off_diagonal_mean(m, w) for m in (x @ x.T, y @ y.T, x @ y.T))
    within = ((1 - xx) / 2 + (1 - yy) / 2) / 2
    return {
        "centroidDistance": np.linalg.norm(gap),
        "imageImage": xx,
        "textText": yy,
        "matched": matched,
        "mismatched": xy,
        "relativeGap": (1 - matched) / 2 / (within + (1 - matched) / 2),
        "alignment": 2 - 2 * matched,
        "forHalf": int(np.argmax(cumulated >= 0.5 - 1e-12)) + 1,
        "for90Percent": int(np.argmax(cumulated >= 0.9 - 1e-12)) + 1,
        "uniformityImages": np.log(off_diagonal_mean(np.exp(4 * (x @ x.T) - 4), w)),
        "uniformityTexts": np.log(off_diagonal_mean(np.exp(4 * (y @ y.T) - 4), w)),
    }


def effective_rank(rows):
    s = np.linalg.svd(rows - rows.mean(0), compute_uv=False)
    return np.exp(scipy.stats.entropy(s / s.sum()))


def frechet(x, y):
    n = len(x)
    x, y = x - x.mean(0), y - y.mean(0)
    root = np.linalg.svd(x @ y.T, compute_uv=False).sum() / (n - 1)
    spread = (np.trace(x.T @ x) + np.trace(y.T @ y)) / (n - 1)
    return spread - 2 * root, 1 - 2 * root / spread


def of_spectrum(x, y):
    squared, normalized = frechet(x, y)
    return {
        "distributionGap": normalized,
        "squaredFrechet": squared,
        "effectiveRankImages": effective_rank(x),
        "effectiveRankTexts": effective_rank(y),
    }


def ranks(cosines, target):
    """Of target[i] in row i."""
    order = np.argsort(-cosines, axis=1, kind="stable")
    return np.argmax(order == target[:, None], axis=1) + 1


def retrieval(name, r):
    return {
        f"{name}.recallAt1": (r <= 1).astype(float),
        f"{name}.recallAt5": (r <= 5).astype(float),
        f"{name}.recallAt10": (r <= 10).astype(float),
        f"{name}.meanRank": r.astype(float),
        f"{name}.medianRank": r.astype(float),
    }


def ndcg(x, y, target):
    """NDCG@10 of each image and each text searching everything else; target[i] is the text of image i."""
    n = len(x)
    both = np.concatenate([x, y])
    cosines = both @ both.T
    wanted = np.concatenate([n + target, np.argsort(target)])
    values = []
    for i in range(2 * n):
        others = np.arange(2 * n) != i
        values.append(ndcg_score([(np.arange(2 * n) == wanted[i])[others]], [cosines[i][others]], k=10))
    return (np.array(values[:n]) + np.array(values[n:])[target]) / 2


def purity(x, y):
    n = len(x)
    both = np.concatenate([x, y])
    k = min(10, 2 * n - 1)
    neighbours = NearestNeighbors(n_neighbors=k, metric="cosine").fit(both).kneighbors(return_distance=False)
    own = ((neighbours >= n) == (np.arange(2 * n) >= n)[:, None]).mean(1)
    return (own[:n] + own[n:]) / 2


def separability(x, y):
    n = len(x)
    fold = np.arange(n) % min(5, n)
    correct = np.zeros(n)
    for f in range(min(5, n)):
        train, test = fold != f, fold == f
        lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1)
        lda.fit(np.concatenate([x[train], y[train]]), np.repeat([1, 0], train.sum()))
        correct[test] = ((lda.predict(x[test]) == 1).astype(float) + (lda.predict(y[test]) == 0)) / 2
    return correct


def interval(replicates, centre=None):
    low, high = np.quantile(replicates, [0.025, 0.975])
    shift = 0 if centre is None else centre - np.mean(replicates)
    return low + shift, high + shift


def measure(case):
    n = case["n"]
    x, y = (unit(rows) for rows in inputs(**case))
    draws = np.floor(uniform(1, np.arange(RESAMPLES * n)) * n).astype(int).reshape(RESAMPLES, n)
    counts = np.stack([np.bincount(d, minlength=n) for d in draws])
    permutations = []
    for p in range(PERMUTATIONS):
        order = np.arange(n)
        for i in range(n - 1, 0, -1):
            j = int(uniform(2, p * n + i) * (i + 1))
            order[[i, j]] = order[[j, i]]
        permutations.append(order)

    statistics = {}

    def put(name, value, replicates, baseline=None, larger=True, centred=False):
        low, high = interval(replicates, value if centred else None)
        statistics[name] = {"value": value, "low": low, "high": high}
        if baseline is not None:
            base_low, base_high = interval(baseline)
            good = np.array(baseline) >= value if larger else np.array(baseline) <= value
            statistics[name]["baseline"] = {
                "mean": np.mean(baseline),
                "low": base_low,
                "high": base_high,
                "pValue": (1 + good.sum()) / (1 + len(baseline)),
            }

    one = np.ones(n)
    whole = of_sums(x, y, one)
    replicates = [of_sums(x, y, w) for w in counts]
    permuted = [of_sums(x, y, one, (x * y[p]).sum(1).mean()) for p in permutations]
    paired = {"matched": True, "relativeGap": False, "alignment": False}
    for name, value in whole.items():
        baseline = [p[name] for p in permuted] if name in paired else None
        put(name, value, [r[name] for r in replicates], baseline, paired.get(name, True))

    spectrum = of_spectrum(x, y)
    replicates = [of_spectrum(x[d], y[d]) for d in draws]
    swaps = [uniform(3, p * n + np.arange(n))[:, None] < 0.5 for p in range(SWAPS)]
    floor = [frechet(np.where(swap, y, x), np.where(swap, x, y))[1] for swap in swaps]
    for name, value in spectrum.items():
        baseline = floor if name == "distributionGap" else None
        put(name, value, [r[name] for r in replicates], baseline, centred=True)

    identity = np.arange(n)
    for name, cosines, inverse in (("imageToText", x @ y.T, False), ("textToImage", y @ x.T, True)):
        permuted = [retrieval(name, ranks(cosines, np.argsort(p) if inverse else p)) for p in permutations]
        for key, values in retrieval(name, ranks(cosines, identity)).items():
            centre = np.median if key.endswith("medianRank") else np.mean
            baseline = [centre(p[key]) for p in permuted]
            put(key, centre(values), [centre(values[d]) for d in draws], baseline, "recall" in key)

    values = ndcg(x, y, identity)
    put("mixedNdcgAt10", values.mean(), values[draws].mean(1), [ndcg(x, y, p).mean() for p in permutations])
    for name, values in {
        "modalityPurity": purity(x, y),
        "separability": separability(x, y),
        "entropy.imageToText": scipy.stats.entropy(scipy.special.softmax(LOGIT_SCALE * x @ y.T, axis=1), axis=1),
        "entropy.textToImage": scipy.stats.entropy(scipy.special.softmax(LOGIT_SCALE * y @ x.T, axis=1), axis=1),
    }.items():
        put(name, values.mean(), values[draws].mean(1))

    check(x, y, statistics)
    return {**case, "gapVector": list(x.mean(0) - y.mean(0)), "statistics": statistics}


def check(x, y, statistics):
    """The definitions above against those that their papers' code uses."""
    for rows, name in ((x, "uniformityImages"), (y, "uniformityTexts")):
        wang_isola = np.log(np.mean(np.exp(-2 * pdist(rows) ** 2)))
        assert np.isclose(wang_isola, statistics[name]["value"])
    assert np.isclose((np.linalg.norm(x - y, axis=1) ** 2).mean(), statistics["alignment"]["value"])
    sx, sy = np.cov(x.T), np.cov(y.T)
    if len(x) > x.shape[1]:  # sqrtm is unreliable for singular matrices
        fid = np.trace(sx + sy - 2 * scipy.linalg.sqrtm(sx @ sy).real)
        assert np.isclose(fid, statistics["squaredFrechet"]["value"])
        assert np.isclose(fid / np.trace(sx + sy), statistics["distributionGap"]["value"])


cases = [measure(case) for case in CASES]
for case in cases:
    print(case["name"], {k: round(float(v["value"]), 4) for k, v in case["statistics"].items()})
result = {
    **{"numpy": np.__version__, "scikit-learn": sklearn.__version__, "resamples": RESAMPLES},
    **{"permutations": PERMUTATIONS, "seed": SEED, "logitScale": LOGIT_SCALE, "cases": cases},
}
out = Path(__file__).with_suffix(".json")
out.write_text(json.dumps(result, indent=1, default=float) + "\n")

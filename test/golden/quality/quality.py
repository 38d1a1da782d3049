"""Writes quality.json: the measures of embeddingQuality by NumPy and scikit-learn in double precision, from the definitions,
with bootstrap intervals from the same draws as src/metrics/random.ts.
Run: /usr/bin/python3 test/golden/quality/quality.py"""

import json
import sys
from pathlib import Path

import numpy as np
import scipy.stats
import sklearn
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, average_precision_score, ndcg_score, v_measure_score

sys.path.insert(0, str(Path(__file__).parent.parent))
from seeded import seeded_uniform

CASES = [
    # captions: pairs of an item; the same image stands in each
    {"name": "fewer pairs than dimensions", "n": 20, "dim": 32, "classes": 3, "captions": 1, "sample": 2000},
    {"name": "more pairs than dimensions", "n": 60, "dim": 12, "classes": 5, "captions": 1, "sample": 2000},
    {"name": "a sample for classes", "n": 60, "dim": 12, "classes": 4, "captions": 1, "sample": 30},
    {"name": "three captions of each image", "n": 45, "dim": 16, "classes": 3, "captions": 3, "sample": 2000},
    {"name": "groups of five pairs", "n": 50, "dim": 16, "classes": 4, "captions": 1, "sample": 2000, "groups": 5},
]
SEED, RESAMPLES, SWAPS, NOISE, LOGIT_SCALE = 7, 200, 50, 0.5, 20.0
MASK = np.uint64(0xFFFFFFFF)


def mix(x):
    """MurmurHash3's finaliser."""
    x = np.asarray(x, np.uint64) & MASK
    x = ((x ^ (x >> np.uint64(16))) * np.uint64(0x85EBCA6B)) & MASK
    x = ((x ^ (x >> np.uint64(13))) * np.uint64(0xC2B2AE35)) & MASK
    return x ^ (x >> np.uint64(16))


def uniform(stream, index):
    key = mix((SEED + stream * 0x9E3779B9) % 2**32)
    return mix((mix(index) + key) & MASK).astype(float) / 2**32


def low_bias(x):
    x = np.asarray(x, np.uint64) & MASK
    x = ((x ^ (x >> np.uint64(16))) * np.uint64(0x7FEB352D)) & MASK
    x = ((x ^ (x >> np.uint64(15))) * np.uint64(0x846CA68B)) & MASK
    return x ^ (x >> np.uint64(16))


def normals(count):
    """seededNormals of src/metrics/random.ts."""
    start = low_bias(SEED) ^ low_bias(1)
    index = np.arange(2 * count, dtype=np.uint64)
    u = (low_bias((start + index * np.uint64(0x9E3779B9)) & MASK).astype(float) + 0.5) / 2**32
    return np.sqrt(-2 * np.log(u[0::2])) * np.cos(2 * np.pi * u[1::2])


def sample_of(count, n):
    order = np.arange(n)
    for i in range(n - 1, 0, -1):
        other = int(uniform(5, i) * (i + 1))
        order[[i, other]] = order[[other, i]]
    return np.sort(order[:count])


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def inputs(n, dim, classes, captions, **_):
    """Every class has a centre, every item its place around it, every row some noise; the modalities are apart."""
    item = np.arange(n) // captions
    label = item % classes
    centre = seeded_uniform(classes * dim, 1).reshape(classes, dim).astype(float)
    place = seeded_uniform(n * dim, 2).reshape(n, dim).astype(float)[item]
    shift = seeded_uniform(dim, 3).astype(float)

    def rows(seed, sign, each):
        noise = seeded_uniform(n * dim, seed).reshape(n, dim).astype(float)[each]
        return (centre[label] + 0.5 * place + 0.4 * noise + sign * 0.2 * shift).astype(np.float32).astype(float)

    images, texts, queries = rows(4, 1, item), rows(5, -1, np.arange(n)), rows(6, -1, np.arange(n))
    prompts = centre + 0.9 * seeded_uniform(classes * dim, 7).reshape(classes, dim).astype(float)
    # a few labels that the rows do not bear out, so that no measure is perfect
    label = np.where(item % 7 == 3, (label + 1) % classes, label)
    return item, label, images, texts, queries, prompts.astype(np.float32).astype(float)


def distribution_gap(x, y):
    x, y = x - x.mean(0), y - y.mean(0)
    return 1 - 2 * np.linalg.svd(x @ y.T, compute_uv=False).sum() / ((x**2).sum() + (y**2).sum())


def best_of_items(cosines, item):
    return np.array([cosines[item == i].max() for i in range(item.max() + 1)])


def first_copies(rows, item):
    """The first row of the same item and values."""
    return np.array([np.flatnonzero((item == item[i]) & (rows == rows[i]).all(1))[0] for i in range(len(rows))])


def pairs_of_rows(weights):
    """Pairs of different rows, each as often as it was drawn."""
    return (weights.sum() ** 2 - (weights**2).sum()) / 2


def adjusted_rand(classes, clusters, w):
    cell = lambda marks: sum(pairs_of_rows(w[mark]) for mark in marks)
    of_classes = [classes == c for c in np.unique(classes)]
    of_clusters = [clusters == c for c in np.unique(clusters)]
    both = cell([a & b for a in of_classes for b in of_clusters])
    a, b = cell(of_classes), cell(of_clusters)
    expected = a * b / pairs_of_rows(w)
    return (both - expected) / ((a + b) / 2 - expected)


def per_pair(x, y, q, prompts, item, label, sample):
    """One value a pair for every measure that is a mean."""
    n = len(x)
    union = np.concatenate([x, y])
    cosines = union @ union.T
    copies = np.concatenate([first_copies(x, item), n + first_copies(y, item)])
    values = {name: np.zeros(n) for name in ("modalityPurity", "mixedNdcgAt10", "meanAveragePrecision")}
    recall = {}
    for m, direction in enumerate(("imageToText", "textToImage")):
        ranks = np.zeros(n, int)
        for i in range(n):
            row = m * n + i
            own, other = np.split(cosines[row], 2)[:: 1 if m == 0 else -1]
            found = best_of_items(other, item)
            ranks[i] = 1 + (found > found[item[i]]).sum()
            candidates = np.concatenate([found, np.delete(best_of_items(own, item), item[i])])
            relevant = np.zeros(len(candidates))
            relevant[item[i]] = 1
            values["mixedNdcgAt10"][i] += ndcg_score([relevant], [candidates], k=10) / 2
            others = np.delete(np.arange(2 * n), row)
            nearest = others[np.argsort(-cosines[row][others], kind="stable")[:10]]
            values["modalityPurity"][i] += (nearest // n == m).mean() / 2
            if i in sample:
                rows = np.concatenate([sample, n + sample])
                rows = np.array([r for r in rows if copies[r] == r and copies[r] != copies[row]])
                precision = average_precision_score(label[rows % n] == label[i], cosines[row][rows])
                values["meanAveragePrecision"][i] += precision / 2
        for k in (1, 5, 10):
            recall[f"retrieval.{direction}.recallAt{k}"] = (ranks <= k).astype(float)
        logits = LOGIT_SCALE * (x @ y.T if m == 0 else y @ x.T)
        recall[f"logitEntropy.{direction}"] = scipy.stats.entropy(scipy.special.softmax(logits, axis=1), axis=1)
    kept = np.flatnonzero(copies == np.arange(2 * n))
    scores = q @ union[kept].T
    relevant = item[kept % n][None] == item[:, None]
    top = kept[np.argsort(-scores, axis=1)[:, :10]]
    answer = lambda rows: np.argmax(unit(rows) @ prompts.T, axis=1)
    steps = unit(normals(x.size).reshape(x.shape))
    return {
        **values,
        **recall,
        "mixedSearch.ndcgAt10": np.array([ndcg_score([r], [s], k=10) for r, s in zip(relevant, scores)]),
        "mixedSearch.imagesInTop10": (top < n).mean(1),
        "zeroShot.accuracy": (answer(x) == label).astype(float),
        "zeroShot.flips": (answer(x) != answer(x + NOISE * steps)).astype(float),
    }


def statistic(value, replicates, centred=False):
    replicates = np.array(replicates)
    if centred:
        replicates = replicates + value - replicates.mean()
    low, high = np.quantile(replicates, [0.025, 0.975])
    return {"value": float(value), "low": float(low), "high": float(high)}


def judge(case):
    n, sample = case["n"], sample_of(case["sample"], case["n"])
    item, label, images, texts, queries, prompts = inputs(**case)
    x, y, q, prompts = unit(images), unit(texts), unit(queries), unit(prompts)
    units = np.arange(n) // case["groups"] if "groups" in case else item
    count = units.max() + 1
    drawn = np.zeros((RESAMPLES, count))
    at = np.arange(RESAMPLES * count)
    np.add.at(drawn, (at // count, (uniform(1, at) * count).astype(int)), 1)
    counts = drawn[:, units]

    out = {}
    for name, values in per_pair(x, y, q, prompts, item, label, sample).items():
        which = sample if name == "meanAveragePrecision" else np.arange(n)
        means = [np.average(values[which], weights=w[which]) for w in counts if w[which].any()]
        out[name] = statistic(values[which].mean(), means)
    gap = lambda w: np.linalg.norm(np.average(x - y, axis=0, weights=w))
    out["centroidDistance"] = statistic(gap(np.ones(n)), [gap(w) for w in counts])
    spread = lambda w: distribution_gap(x.repeat(w.astype(int), 0), y.repeat(w.astype(int), 0))
    out["distributionGap"] = statistic(spread(np.ones(n)), [spread(w) for w in counts], centred=True)
    swapped = [uniform(3, s * n + np.arange(n))[:, None] < 0.5 for s in range(SWAPS)]
    floor = [distribution_gap(np.where(s, y, x), np.where(s, x, y)) for s in swapped]
    out["distributionGap"]["floor"] = float(np.mean(floor))

    rows, classes = np.concatenate([x[sample], y[sample]]), np.tile(label[sample], 2)
    k = len(np.unique(classes))
    fitted = KMeans(k, n_init=100, random_state=0, tol=0).fit(rows)
    weights = [np.tile(w[sample], 2) for w in counts if w[sample].any()]
    of_v = [v_measure_score(classes.repeat(w.astype(int)), fitted.labels_.repeat(w.astype(int))) for w in weights]
    of_rand = [adjusted_rand(classes, fitted.labels_, w) for w in weights]
    out["clusters.vMeasure"] = statistic(v_measure_score(classes, fitted.labels_), of_v, centred=True)
    out["clusters.adjustedRand"] = statistic(adjusted_rand_score(classes, fitted.labels_), of_rand)
    return {**case, "inertia": float(fitted.inertia_), "measures": out}


def precision_cases():
    """Scores with ties, in eighths."""
    for seed, n, levels in [(1, 12, 4), (2, 40, 8), (3, 7, 1), (4, 30, 1000)]:
        scores = np.floor((seeded_uniform(n, seed).astype(float) + 1) / 2 * levels) / levels
        relevant = seeded_uniform(n, seed + 50) > 0.2
        yield {
            "scores": scores.tolist(),
            "relevant": relevant.astype(int).tolist(),
            "value": float(average_precision_score(relevant, scores)),
        }


def agreement_cases():
    some = lambda n, seed, k: ((seeded_uniform(n, seed).astype(float) + 1) / 2 * k).astype(int)
    pairs = {
        "by chance": (some(60, 1, 4), some(60, 2, 6)),
        "nearly the same": (some(60, 1, 4), np.where(some(60, 3, 10) == 0, 0, some(60, 1, 4))),
        "one cluster": (some(20, 1, 3), np.zeros(20, int)),
        "one class": (np.zeros(20, int), some(20, 1, 3)),
        "one of both": (np.zeros(5, int), np.zeros(5, int)),
        "every row its own": (np.arange(6), np.arange(6)[::-1]),
        "a single row": (np.zeros(1, int), np.zeros(1, int)),
    }
    for name, (classes, clusters) in pairs.items():
        yield {
            "name": name,
            "classes": classes.tolist(),
            "clusters": clusters.tolist(),
            "adjustedRand": float(adjusted_rand_score(classes, clusters)),
            "vMeasure": float(v_measure_score(classes, clusters)),
        }


golden = {
    "made": f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}",
    "seed": SEED,
    "resamples": RESAMPLES,
    "swaps": SWAPS,
    "noise": NOISE,
    "logitScale": LOGIT_SCALE,
    "cases": [judge(case) for case in CASES],
    "averagePrecision": list(precision_cases()),
    "agreement": list(agreement_cases()),
}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=1) + "\n")

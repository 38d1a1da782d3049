"""Writes compare.json: two models over the same pairs by NumPy and SciPy in double precision, from the definitions: CKA,
debiased CKA and the spectral alignment score (whose definition is that of the released code of Gambetti et al. 2026) with
bootstrap intervals, and paired differences. Draws are those of src/metrics/random.ts, over items where pairs have some.
`mistakes` has what single mistakes would give.
Run: /usr/bin/python3 test/golden/gap/compare.py"""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))
from seeded import seeded_uniform

RESAMPLES = 100
SEED = 7
MASK = np.uint64(0xFFFFFFFF)
CASES = [
    # name, pairs, dimensions of the two models, pairs an item
    {"name": "fewer pairs than dimensions", "n": 24, "dims": [40, 32], "each": 1},
    {"name": "more pairs than dimensions", "n": 60, "dims": [12, 21], "each": 1},
    {"name": "items of several pairs", "n": 36, "dims": [12, 50], "each": 3},
]


def mix(x):
    """MurmurHash3's finaliser."""
    x = np.asarray(x, np.uint64) & MASK
    x = ((x ^ (x >> np.uint64(16))) * np.uint64(0x85EBCA6B)) & MASK
    x = ((x ^ (x >> np.uint64(13))) * np.uint64(0xC2B2AE35)) & MASK
    return x ^ (x >> np.uint64(16))


def draws(items, seed):
    """The pairs of each resample: drawn items, with all of their pairs."""
    count = items.max() + 1
    key = mix((seed + 0x9E3779B9) % 2**32)
    at = mix((mix(np.arange(RESAMPLES * count)) + key) & MASK).astype(float) / 2**32
    drawn = np.floor(at * count).astype(int).reshape(RESAMPLES, count)
    return [np.concatenate([np.flatnonzero(items == item) for item in some]) for some in drawn]


def model(n, dim, m):
    """Rows of both modalities; both models see the same 8 hidden numbers of each pair."""
    hidden = seeded_uniform(n * 8, 1).reshape(n, 8).astype(float)
    see = seeded_uniform(8 * dim, 10 * m + 2).reshape(8, dim).astype(float)
    rows = []
    for side in (0, 1):
        own = seeded_uniform(n * dim, 10 * m + 3 + side).reshape(n, dim)
        shift = seeded_uniform(dim, 10 * m + 5 + side)
        rows.append((hidden @ see + 0.6 * own + 0.5 * shift).astype(np.float32).astype(float))
    return rows


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def cka(x, y, centre=True):
    if centre:
        x, y = x - x.mean(0), y - y.mean(0)
    return np.linalg.norm(x.T @ y) ** 2 / (np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y))


def unbiased_hsic(k, ell):
    """Song et al. 2012, equation 5."""
    n = len(k)
    k, ell = k * (1 - np.eye(n)), ell * (1 - np.eye(n))
    one = np.ones(n)
    first = np.trace(k @ ell) + (one @ k @ one) * (one @ ell @ one) / ((n - 1) * (n - 2))
    return (first - 2 / (n - 2) * (one @ k @ ell @ one)) / (n * (n - 3))


def debiased_cka(x, y):
    k, ell = x @ x.T, y @ y.T
    return unbiased_hsic(k, ell) / np.sqrt(unbiased_hsic(k, k) * unbiased_hsic(ell, ell))


def sas(x, y, top=0.1):
    x, y = x - x.mean(0), y - y.mean(0)
    values, vectors = np.linalg.eigh(x.T @ x / len(x))
    zx, zy = x @ vectors, y @ vectors
    r = (zx * zy).mean(0) / np.sqrt(np.maximum(values, 0) * zy.var(0) + 1e-8)
    kept = values >= np.quantile(values, 1 - top)
    return min(1, (values[kept] * np.abs(r[kept])).sum() / values[kept].sum())


def within(x, y):
    gap = x.mean(0) - y.mean(0)
    return {
        "centroidDistance": np.linalg.norm(gap),
        "alignment": (np.linalg.norm(x - y, axis=1) ** 2).mean(),
        "meanCosine.matched": (x * y).sum(1).mean(),
        "geometry.cka": cka(x, y),
        "geometry.debiasedCka": debiased_cka(x, y),
        "geometry.spectralAlignment.imageToText": sas(x, y),
        "geometry.spectralAlignment.textToImage": sas(y, x),
        "geometry.spectralAlignment.imbalance": sas(x, y) - sas(y, x),
    }


def between(a, b):
    return {"cka": cka(a, b), "debiasedCka": debiased_cka(a, b)}


CENTRED = ("geometry", "cka", "debiasedCka")  # intervals that are moved, so that the replicates' mean is the value


def interval(name, value, replicates, difference=False):
    low, high = np.quantile(replicates, [0.025, 0.975])
    shift = value - np.mean(replicates) if name.startswith(CENTRED) else 0
    low, high = low + shift, high + shift
    if not difference and name.endswith(("cka", "imageToText", "textToImage")):  # they are from 0 to 1
        low, high = max(low, 0), min(high, 1)
    return {"value": value, "low": low, "high": high}


def measure(case):
    n = case["n"]
    items = np.arange(n) // case["each"]
    models = [[unit(rows) for rows in model(n, dim, m)] for m, dim in enumerate(case["dims"])]
    resamples = draws(items, SEED)
    whole = [within(x, y) for x, y in models]
    replicates = [[within(x[d], y[d]) for d in resamples] for x, y in models]
    unpaired = [within(models[1][0][d], models[1][1][d]) for d in draws(items, SEED + 1)]
    (ax, ay), (bx, by) = models

    def agreement(a, b):
        values, drawn = between(a, b), [between(a[d], b[d]) for d in resamples]
        return {name: interval(name, value, [r[name] for r in drawn]) for name, value in values.items()}

    def differences(second):
        return {
            name: interval(
                name, whole[1][name] - value, [s[name] - f[name] for f, s in zip(replicates[0], second)], True
            )
            for name, value in whole[0].items()
        }

    return {
        **case,
        "models": [
            {name: interval(name, value, [r[name] for r in drawn]) for name, value in values.items()}
            for values, drawn in zip(whole, replicates)
        ],
        "differences": differences(replicates[1]),
        "agreement": {"images": agreement(ax, bx), "texts": agreement(ay, by)},
        "mistakes": {
            "uncentred": cka(ax, bx, centre=False),
            "unpaired": differences(unpaired)["centroidDistance"],
            "wrong anchor": sas(ay, ax),
            "whole spectrum": sas(ax, ay, top=1),
        },
    }


cases = [measure(case) for case in CASES]
for case in cases:
    print(case["name"], {k: {m: round(float(w), 4) for m, w in v.items()} for k, v in case["differences"].items()})
    print({k: v if isinstance(v, dict) else round(float(v), 4) for k, v in case["mistakes"].items()})
result = {"numpy": np.__version__, "resamples": RESAMPLES, "seed": SEED, "cases": cases}
Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=1, default=float) + "\n")

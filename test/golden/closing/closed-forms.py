"""Writes closed-forms.json: the closed forms of closing the gap by NumPy, SciPy and scikit-learn, in double precision.

    /usr/bin/python3 test/golden/closing/closed-forms.py

Each map is fitted on the first rows and judged by the cosines of the other rows, images and texts together: these
do not depend on the signs of canonical variables. Roots are by SciPy's sqrtm, not as in the code under test.
"""
import json
from pathlib import Path

import numpy as np
from scipy.linalg import fractional_matrix_power, orthogonal_procrustes, sqrtm
from sklearn.covariance import LedoitWolf

ANCHORS = {30: [0, 3, 4, 8, 13, 16, 18, 20, 24, 28], 18: [2, 3, 4, 8, 12, 16]}  # by rows: the cells' first rows, as the code under test draws them
CASES = [{"rows": 40, "fit": 30, "dim": 7}, {"rows": 28, "fit": 18, "dim": 24}]


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def data(case, seed):
    rng = np.random.default_rng(seed)
    n, dim = case["rows"], case["dim"]
    shared = rng.normal(size=(n, 4)) @ rng.normal(size=(4, dim))
    images = shared @ rng.normal(size=(dim, dim)) / 2 + rng.normal(size=(n, dim)) + 1.5 * rng.normal(size=dim)
    texts = shared + 0.7 * rng.normal(size=(n, dim)) + 1.5 * rng.normal(size=dim)
    return np.round(images, 5), np.round(texts, 5)


def covariance(x):
    fitted = LedoitWolf().fit(x)
    return fitted.covariance_, fitted.shrinkage_


def ridged(s):
    return s + 0.1 * np.trace(s) / len(s) * np.eye(len(s))


def inverse_root(s):
    return np.linalg.inv(np.real(sqrtm(s)))


def monge(sx, sy):
    root = np.real(sqrtm(sx))
    inverse = np.linalg.inv(root)
    return inverse @ np.real(sqrtm(root @ sy @ root)) @ inverse


def within_cells(x):
    cells = (x @ x[ANCHORS[len(x)]].T).argmax(1)
    return x - np.stack([x[cells == cell].mean(0) for cell in cells])


def maps(method, strength, x, y):
    """Two functions of rows of length 1, before the means are placed, and where they are placed."""
    mx, my = x.mean(0), y.mean(0)
    sx, sy = covariance(x)[0], covariance(y)[0]
    cross = (x - mx).T @ (y - my) / len(x)
    eye = np.eye(x.shape[1])
    if method == "shift":
        gap = mx - my
        return lambda r: r - strength / 2 * gap, lambda r: r + strength / 2 * gap, "kept"
    if method == "realign":
        scale = np.sqrt(np.trace(sx) / np.trace(sy))
        return lambda r: r, lambda r: mx + scale * (r - my), mx
    if method == "standardise":
        wx, wy = np.diag(1 / np.sqrt(np.diag(sx))), np.diag(1 / np.sqrt(np.diag(sy)))
    elif method == "transport":
        a = monge(sx, sy)
        wx, wy = (1 - strength / 2) * eye + strength / 2 * a, (1 - strength / 2) * eye + strength / 2 * np.linalg.inv(a)
    elif method == "reciprocal":
        a = monge(sx, sy)
        wx, wy = fractional_matrix_power(a, strength / 2), fractional_matrix_power(a, -strength / 2)
    elif method == "local":
        sx, sy = covariance(within_cells(x))[0], covariance(within_cells(y))[0]
        a = monge(sx, sy)
        wx, wy = fractional_matrix_power(a, strength / 2), fractional_matrix_power(a, -strength / 2)
        both = wx @ sx @ wx + wy @ sy @ wy
        stretch = fractional_matrix_power(both * len(both) / np.trace(both) + 0.1 * eye, strength / 6)
        wx, wy = stretch @ wx, stretch @ wy
    elif method == "cca":
        hx, hy = inverse_root(ridged(sx)), inverse_root(ridged(sy))
        u, d, vt = np.linalg.svd(hx @ cross @ hy)
        wx, wy = np.diag(d) @ u.T @ hx, np.diag(d) @ vt @ hy
    elif method == "procrustes":
        rotation, _ = orthogonal_procrustes(y - my, x - mx)
        wx, wy = eye, rotation.T
    elif method == "ridge":
        wx, wy = eye, cross @ np.linalg.inv(ridged(sy))
    else:
        wx, wy = eye, eye
    return lambda r: (r - mx) @ wx.T, lambda r: (r - my) @ wy.T, 0


def closed(method, strength, images, texts, fit):
    x, y = unit(images.astype(float)), unit(texts.astype(float))
    of_images, of_texts, means = maps(method, strength, x[:fit], y[:fit])
    a, b = unit(of_images(x)), unit(of_texts(y))
    if isinstance(means, str):
        return a, b
    if not isinstance(means, int):
        return a, unit(b - b[:fit].mean(0) + means)
    return unit(a - a[:fit].mean(0)), unit(b - b[:fit].mean(0))


METHODS = [("reciprocal", 0.5), ("reciprocal", 1.0), ("local", 0.5), ("local", 1.0), ("shift", 1.0), ("shift", 0.4), ("center", 0), ("standardise", 0), ("realign", 0), ("transport", 0.25),
           ("transport", 1.0), ("cca", 0), ("procrustes", 0), ("ridge", 0)]


def main():
    out = []
    for seed, case in enumerate(CASES):
        images, texts = data(case, seed)
        fit = case["fit"]
        x, y = unit(images.astype(float))[:fit], unit(texts.astype(float))[:fit]
        results = []
        for method, strength in METHODS:
            if method == "procrustes" and fit < case["dim"]:
                continue  # the rotation is not determined
            a, b = closed(method, strength, images, texts, fit)
            both = np.vstack([a[fit:], b[fit:]])
            results.append({"method": method, "strength": strength, "cosines": np.round(both @ both.T, 7).ravel().tolist()})
        out.append({**case, "images": np.round(images, 5).ravel().tolist(), "texts": np.round(texts, 5).ravel().tolist(),
                    "shrinkage": {"images": covariance(x)[1], "texts": covariance(y)[1]}, "methods": results})
    Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")


main()

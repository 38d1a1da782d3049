"""Brain MRI in three planes: signed distances for the outlines, folded noise for the cortex."""

import numpy as np

from .paint import (
    blob_distance,
    chance,
    cloud,
    coordinates,
    ellipse,
    film,
    inside,
    pick,
    smooth_noise,
    turned,
)


def brain_mri(rng, size):
    """A head or a skull-stripped brain in three planes, T1, T2 or FLAIR weighted, maybe with a lesion."""
    plane, weighting = pick(rng, ("axial", "coronal", "sagittal")), pick(rng, ("T1", "T1", "T2", "FLAIR"))
    x, y = coordinates(size)
    fluid, matter, cortex = {"T1": (0.1, 0.72, 0.45), "T2": (0.95, 0.38, 0.55), "FLAIR": (0.06, 0.42, 0.58)}[weighting]
    stripped = chance(rng, 0.45)
    scale = rng.uniform(0.75, 0.98) if stripped else rng.uniform(0.85, 1.0)
    x, y = x / scale, y / scale
    brain, deep, head = {"axial": _axial, "coronal": _coronal, "sagittal": _sagittal}[plane](rng, x, y)
    folds = np.abs(cloud(rng, size, rng.uniform(7, 11), 2) - 0.5) * 2
    depth = np.clip(-brain / rng.uniform(0.2, 0.32), 0, 1)
    ribbon = inside(folds - 0.22 * (1 - depth) - 0.04, 0.1) * (depth < 0.98)
    gyri = np.clip(inside(-brain - 0.07, 0.05) + inside(folds - 0.42 * (1 - depth) - 0.1, 0.12) * (depth < 0.98), 0, 1)
    tissue = matter + (cortex - matter) * gyri
    tissue = tissue + (fluid - tissue) * ribbon * (0.75 if weighting != "FLAIR" else 0.4)
    tissue = tissue + (fluid - tissue) * inside(deep, 0.04)
    mask = inside(brain, 0.04)
    grey = tissue * mask
    if not stripped:
        scalp = {"T1": 0.9, "T2": 0.6, "FLAIR": 0.5}[weighting]
        grey += (1 - mask) * inside(head + 0.1, 0.04) * (fluid if weighting != "FLAIR" else 0.06) * 0.8
        grey += scalp * inside(np.abs(head + 0.02) - 0.03, 0.03) * (0.7 + 0.5 * cloud(rng, size, 4))
    attributes = {"plane": plane, "weighting": weighting}
    if chance(rng, 0.35):
        side = pick(rng, ("left", "right"))
        sign = 1 if side == "left" else -1
        spot = blob_distance(rng, x, y, sign * rng.uniform(0.2, 0.4), rng.uniform(-0.25, 0.2), rng.uniform(0.08, 0.2))
        bright = 0.25 if weighting == "T1" else 0.98
        grey = grey + (bright - grey) * inside(spot, 0.06) * mask
        attributes |= {"finding": "a lesion"} | ({} if plane == "sagittal" else {"side": side})
    if stripped:
        attributes["preparation"] = "skull-stripped"
    grey = grey * (0.85 + 0.3 * smooth_noise(rng, size, 2))  # coil shading
    return film(rng, grey, degrees=9, noise=0.05, invert=0.0), attributes


def _axial(rng, x, y):
    rx, ry = rng.uniform(0.58, 0.66), rng.uniform(0.74, 0.82)
    y = y * (1 + 0.08 * x * x)
    brain = ellipse(x, y, 0, 0, rx, ry)
    fissure = np.maximum(np.abs(x) - 0.015, 0.3 - np.abs(y))
    size = rng.uniform(0.8, 1.5)
    deep = fissure
    for sign in (-1, 1):
        front = ellipse(*turned(x, y, sign * 18, (sign * 0.09, -0.16)), 0, 0, 0.05 * size, 0.17)
        back = ellipse(*turned(x, y, sign * -22, (sign * 0.15, 0.22)), 0, 0, 0.05 * size, 0.18)
        deep = np.minimum(deep, np.minimum(front, back))
    return brain, deep, ellipse(x, y, 0, 0, rx + 0.2, ry + 0.2)


def _coronal(rng, x, y):
    rx = rng.uniform(0.66, 0.74)
    cerebrum = np.maximum(ellipse(x, y, 0, -0.12, rx, 0.62), y - 0.32)
    lobes = np.minimum(*(ellipse(x, y, s * 0.42, 0.22, 0.27, 0.26) for s in (-1, 1)))
    stem = np.maximum(np.abs(x) - 0.13 + 0.05 * y, np.abs(y - 0.35) - 0.4)
    brain = np.minimum(np.minimum(cerebrum, lobes), stem if chance(rng, 0.7) else cerebrum)
    size = rng.uniform(0.8, 1.6)
    deep = np.maximum(np.abs(x) - 0.015, y + 0.42)
    for sign in (-1, 1):
        deep = np.minimum(deep, ellipse(*turned(x, y, sign * -28, (sign * 0.12, -0.14)), 0, 0, 0.13, 0.045 * size))
        deep = np.minimum(deep, ellipse(*turned(x, y, sign * 12, (sign * 0.36, 0.07)), 0, 0, 0.2, 0.014))
    deep = np.minimum(deep, ellipse(x, y, 0, 0.05, 0.018, 0.09))
    return brain, deep, np.minimum(ellipse(x, y, 0, -0.05, 0.92, 0.85), np.maximum(np.abs(x) - 0.8, -y))


def _sagittal(rng, x, y):
    sign = 1 if chance(rng, 0.85) else -1  # which way the face looks
    x = x * sign
    cerebrum = np.maximum(ellipse(x, y, 0, -0.15, 0.78, 0.58), y - 0.2 - 0.18 * x)
    cerebellum = ellipse(x, y, -0.42, 0.32, 0.26, 0.2)
    stem = np.maximum(np.abs(x + 0.08 + 0.25 * (y - 0.3)) - 0.1, np.abs(y - 0.42) - 0.38)
    brain = np.minimum(np.minimum(cerebrum, cerebellum), stem)
    arc = np.abs(ellipse(x, y, 0.0, -0.02, 0.36, 0.26)) - 0.035
    callosum = np.maximum(arc, y + 0.04)
    below = np.maximum(ellipse(x, y, 0.0, -0.02, 0.3, 0.2), y + 0.06)
    deep = np.minimum(below, np.abs(ellipse(x, y, -0.36, 0.27, 0.3, 0.23)) - 0.012 if chance(rng, 0.5) else below)
    deep = np.maximum(deep, -callosum)
    return brain, deep, np.minimum(ellipse(x, y, 0, -0.1, 0.98, 0.82), np.maximum(np.abs(x - 0.2) - 0.7, -y))

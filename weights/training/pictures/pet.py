"""Whole-body positron emission tomography, projected from the front."""

import numpy as np

from .paint import (
    acquired,
    blurred,
    chance,
    cloud,
    coordinates,
    ellipse,
    inside,
    pick,
    reframed,
    tinted,
)


def pet_scan(rng, size):
    """Whole-body PET from the front: hot brain, heart, bladder and kidneys, and metastases in some."""
    x, y = coordinates(size)
    body = np.minimum.reduce(
        [
            ellipse(x, y, 0, -0.75, 0.13, 0.17),
            np.maximum(np.abs(x) - 0.3 + 0.06 * y, np.abs(y + 0.1) - 0.47),
            np.minimum(*(np.maximum(np.abs(x - s * 0.15) - 0.1, np.abs(y - 0.65) - 0.45) for s in (-1, 1))),
            np.minimum(*(np.maximum(np.abs(x - s * (0.4 + 0.1 * y)) - 0.06, np.abs(y) - 0.5) for s in (-1, 1))),
        ]
    )
    heat = inside(body, 0.06) * (0.16 + 0.12 * cloud(rng, size, 8))
    hot = lambda cx, cy, rx, ry, v: v * inside(ellipse(x, y, cx, cy, rx, ry), 0.06)
    heat = (
        heat
        + hot(0, -0.78, 0.1, 0.12, 0.8)
        + hot(0.07, -0.3, 0.08, 0.07, rng.uniform(0, 0.7))
        + hot(0, 0.33, 0.07, 0.06, 0.9)
    )
    heat = heat + hot(-0.13, -0.03, 0.12, 0.1, 0.22) + sum(hot(s * 0.15, 0.07, 0.035, 0.06, 0.5) for s in (-1, 1))
    finding = "metastases" if chance(rng, 0.5) else "normal uptake"
    if finding == "metastases":
        for _ in range(int(rng.integers(3, 10))):
            heat = heat + hot(rng.uniform(-0.25, 0.25), rng.uniform(-0.55, 0.35), *([rng.uniform(0.02, 0.05)] * 2), 0.9)
    map_ = pick(rng, ("inverse grey", "inverse grey", "hot"))
    colours = {"inverse grey": ((1, 1, 1), (0, 0, 0)), "hot": ((0, 0, 0), (0.8, 0, 0), (1, 0.7, 0), (1, 1, 1))}[map_]
    grey = blurred(np.clip(heat, 0, 1), 0.8 * size / 128)
    fill = tuple(int(255 * c) for c in colours[0])
    image = reframed(rng, acquired(rng, tinted(grey, colours=colours), noise=0.03, gain=0.08), 3, fill=fill)
    return image, {"colour map": map_, "finding": finding}

"""Dental films and mammograms."""

import numpy as np

from .paint import (
    Sheet,
    blob,
    blob_distance,
    chance,
    cloud,
    coordinates,
    ellipse,
    film,
    inside,
    pick,
)


def dental_xray(rng, size):
    """A panoramic or bitewing film: two rows of teeth with roots, pulp and fillings."""
    panoramic = chance(rng, 0.5)
    teeth, pulp = Sheet(size, 0.0), Sheet(size)
    count = int(rng.integers(9, 14)) if panoramic else int(rng.integers(4, 6))
    pitch = 2.1 / count
    smile = rng.uniform(0.1, 0.3) if panoramic else rng.uniform(-0.05, 0.05)
    fillings = 0
    for i in range(count):
        x = -1.05 + (i + 0.5) * pitch
        edge = smile * (1 - x * x) - smile * 0.5
        for jaw in (-1, 1):
            if chance(rng, 0.05):
                continue
            w, crown, root = pitch * 0.46, pitch * rng.uniform(0.75, 0.95), pitch * rng.uniform(1.3, 1.8)
            y = edge + jaw * 0.04
            up = lambda dx, dy: (x + dx * w, y + jaw * dy)
            molar = not panoramic or abs(x) > 0.45
            roots = [
                up(0.8, crown),
                up(0.62, crown + root),
                up(0.3, crown + root * 0.95),
                up(0, crown + root * (0.35 if molar else 1)),
                up(-0.3, crown + root * 0.95),
                up(-0.62, crown + root),
                up(-0.8, crown),
            ]
            teeth.fill(
                [up(-1, 0.1 * crown), up(-0.5, 0), up(0, 0.06), up(0.5, 0), up(1, 0.1 * crown), up(0.95, crown * 0.7)]
                + roots
                + [up(-0.95, crown * 0.7)],
                0.72,
            )
            teeth.fill(
                [up(-1, 0.1 * crown), up(0, 0), up(1, 0.1 * crown), up(0.92, crown * 0.6), up(-0.92, crown * 0.6)], 0.86
            )
            pulp.fill(
                [
                    up(-0.35, crown * 0.6),
                    up(0.35, crown * 0.6),
                    up(0.12, crown + root * 0.6),
                    up(-0.12, crown + root * 0.6),
                ],
                0.35,
            )
            if chance(rng, 0.18):
                fillings += 1
                teeth.fill(blob(rng, *up(rng.uniform(-0.3, 0.3), crown * 0.2), w * 0.5, 0.2, 10), 1.0)
    x, y = coordinates(size)
    jawbone = inside(np.abs(y) - 0.75, 0.4) * (0.26 + 0.3 * cloud(rng, size, 14) + 0.1 * cloud(rng, size, 3))
    tooth = teeth.array(0.4)
    grey = np.where(tooth > 0.05, np.maximum(tooth - pulp.array(0.6), jawbone), jawbone)
    attributes = {
        "view": "panoramic" if panoramic else "bitewing",
        "finding": "metal fillings" if fillings else "no fillings",
    }
    return film(rng, grey, degrees=4, invert=0.03), attributes


def mammogram(rng, size):
    """One breast from the side: a half disc against the chest wall, gland tissue, maybe a mass or calcifications."""
    x, y = coordinates(size)
    side, finding = pick(rng, ("left", "right")), pick(rng, ("a mass", "microcalcifications", "no finding"))
    across = (x + 1) if side == "left" else (1 - x)
    reach, centre = rng.uniform(1.1, 1.6), rng.uniform(-0.1, 0.2)
    outline = ellipse(across, y, 0, centre, reach, rng.uniform(0.8, 0.98))
    breast = inside(outline, 0.08)
    dense = pick(rng, ("fatty", "dense"))
    gland = np.clip(cloud(rng, size, 4, 4) * 1.8 - (0.75 if dense == "fatty" else 0.35), 0, 1)
    gland = gland * inside(ellipse(across, y, 0.35 * reach, centre, 0.5 * reach, 0.55), 0.4)
    grey = breast * (0.26 + 0.55 * gland)
    grey = grey + 0.55 * inside(across * 0.9 + y + 0.62, 0.12) * breast if chance(rng, 0.6) else grey
    cx, cy = rng.uniform(0.3, 0.7) * reach, centre + rng.uniform(-0.35, 0.35)
    if finding == "a mass":
        mass = blob_distance(rng, across, y, cx, cy, rng.uniform(0.08, 0.17)) + 0.12 * (cloud(rng, size, 14) - 0.5)
        grey = grey + rng.uniform(0.25, 0.5) * inside(mass, 0.08) * breast
    elif finding == "microcalcifications":
        dots = Sheet(size)
        for px, py in rng.normal((cx, cy), 0.1, (14, 2)):
            dots.fill(blob(rng, px - 1 if side == "left" else 1 - px, py, 0.014, 0.1, 6), 1.0)
        grey = grey + 0.8 * dots.array()
    return film(rng, grey, degrees=4, invert=0.02, zoom=0.05), {"side": side, "density": dense, "finding": finding}

"""Cells and molecules under the microscope or on a gel."""

import numpy as np

from .histology import slide
from .paint import (
    Sheet,
    acquired,
    any_way_up,
    blob,
    chance,
    cloud,
    coordinates,
    ellipse,
    ellipse_outlines,
    inside,
    pick,
    reframed,
    smooth_noise,
)

GIEMSA_RED = (0.12, 0.75, 0.55)
GIEMSA_PURPLE = (0.75, 0.85, 0.30)


def fluorescence_microscopy(rng, size):
    """Blue nuclei in green or red cell bodies with fibres, on black."""
    bodies, nuclei, fibres = Sheet(size), Sheet(size), Sheet(size)
    count = int(pick(rng, (2, 4, 8, 16, 30)))
    scale = 0.62 / np.sqrt(count)
    label, colour = pick(
        rng, (("green cell bodies", (0.1, 1, 0.2)), ("red cell bodies", (1, 0.15, 0.1)), ("blue nuclei", (0, 0, 0)))
    )
    for cx, cy in rng.uniform(-0.95, 0.95, (count, 2)):
        outline = blob(rng, cx, cy, scale * rng.uniform(0.8, 1.3), 0.45, 26, rng.uniform(1, 1.6), rng.uniform(0, 180))
        bodies.fill(outline, rng.uniform(0.3, 0.6))
        for a, b in rng.integers(0, 26, (7, 2)):
            fibres.line([outline[a], outline[b]], rng.uniform(0.3, 0.8), 0.012)
        nuclei.fill(
            blob(rng, cx, cy, scale * rng.uniform(0.32, 0.5), 0.1, 18, rng.uniform(1, 1.3), rng.uniform(0, 180)),
            rng.uniform(0.6, 1),
        )
    body = bodies.array(1.2) * (0.4 + 0.9 * cloud(rng, size, 10)) + 0.6 * fibres.array(0.6) * (bodies.array() > 0)
    blue = nuclei.array(0.9) * (0.6 + 0.6 * cloud(rng, size, 12))
    rgb = body[..., None] * np.float32(colour) + blue[..., None] * np.float32((0.12, 0.2, 1.0))
    if chance(rng, 0.3) and label != "blue nuclei":
        spots = np.clip(smooth_noise(rng, size, 40) - 0.75, 0, 1) * 5 * body
        rgb = rgb + spots[..., None] * np.float32(colour[::-1] if label == "red cell bodies" else (1, 0, 0))
    density = "dense" if count >= 16 else "sparse" if count <= 4 else "moderate"
    image = any_way_up(rng, acquired(rng, rgb * rng.uniform(0.7, 1.2), noise=0.06, blur=0.9, gain=0.1))
    return image, {"label": label, "cell density": density}


def phase_microscopy(rng, size):
    """Single round cells in quantitative phase or phase contrast: a bright disc in a dark halo, on even grey."""
    x, y = coordinates(size)
    count = int(pick(rng, (1, 1, 1, 2, 3)))
    base = rng.uniform(0.22, 0.5)
    grey = base + 0.16 * (smooth_noise(rng, size, rng.integers(2, 8), rng.integers(4, 22)) - 0.5) * rng.uniform(0.2, 1)
    grey = grey + 0.05 * (cloud(rng, size, 18) - 0.5)
    for _ in range(count):
        cx, cy = rng.uniform(-0.75, 0.75, 2)
        r = rng.uniform(0.1, 0.45) / np.sqrt(count)
        d = ellipse(x, y, cx, cy, r * rng.uniform(0.88, 1.12), r)
        halo = np.exp(-np.abs(d) / rng.uniform(0.08, 0.35) / r) * (d > 0)
        grey = grey - base * rng.uniform(0.6, 1.1) * halo
        grain = 0.25 * (cloud(rng, size, 12) - 0.5) if chance(rng, 0.8) else 0
        cell = rng.uniform(0.65, 0.98) + grain
        rim = 0.15 * inside(np.abs(d + 0.02) - 0.02, 0.02) * rng.choice((0, 1, -1))
        grey = grey + (cell + rim - grey) * inside(d, 0.03)
    image = any_way_up(rng, acquired(rng, grey, noise=0.04, blur=0.8, gain=0.2))
    return image, {"count": {1: "a single cell", 2: "two cells", 3: "three cells"}[count]}


def blood_smear(rng, size):
    """Pink discs with pale centres; a white cell with a lobed nucleus, sickle cells, parasites or blasts in some."""
    finding = pick(
        rng,
        ("normal red cells", "a neutrophil", "a lymphocyte", "sickle cells", "malaria parasites", "leukemic blasts"),
    )
    red, purple = Sheet(size), Sheet(size)
    r = rng.uniform(0.1, 0.17)
    centres = _scattered(rng, r * 1.9, int(rng.integers(25, 60)))
    sickle = rng.random(len(centres)) < (0.4 if finding == "sickle cells" else 0)
    for centre, bent in zip(centres, sickle):
        if bent:
            t = np.linspace(-1.2, 1.2, 9)
            arc = np.stack([np.sin(t), np.cos(t)], 1) * r * 1.6
            inner = np.stack([np.sin(t), 0.55 * np.cos(t) + 0.16], 1)[::-1] * r * 1.6
            a = rng.uniform(0, 6.28)
            turn = np.array([(np.cos(a), -np.sin(a)), (np.sin(a), np.cos(a))])
            red.fill((np.concatenate([arc, inner]) - (0, r)) @ turn + centre, 0.55)
            continue
        red.fill(blob(rng, *centre, r * rng.uniform(0.85, 1.1), 0.04, 16), 0.5)
        red.fill(blob(rng, *centre, r * 0.45, 0.05, 12), 0.28)
        if finding == "malaria parasites" and chance(rng, 0.35):
            at = centre + rng.uniform(-0.4, 0.4, 2) * r
            purple.line(blob(rng, *at, r * 0.28, 0.1, 10), 0.8, 0.025, closed=True)
            purple.fill(blob(rng, at[0] + r * 0.28, at[1], r * 0.12, 0.1, 8), 1.0)
    whites = {"a neutrophil": 1, "a lymphocyte": 1, "leukemic blasts": int(rng.integers(3, 8))}.get(finding, 0)
    for _ in range(whites):
        cx, cy = rng.uniform(-0.6, 0.6, 2)
        big = r * rng.uniform(1.5, 1.9)
        body = blob(rng, cx, cy, big, 0.05)
        red.fill(body, 0.08)
        purple.fill(body, 0.22)
        if finding == "a neutrophil":
            for a in rng.uniform(0, 6.28) + np.arange(int(rng.integers(3, 5))) * 1.5:
                purple.fill(
                    blob(rng, cx + 0.45 * big * np.cos(a), cy + 0.45 * big * np.sin(a), big * 0.36, 0.1, 14), 0.85
                )
        else:
            purple.fill(blob(rng, cx, cy, big * 0.8, 0.08), 0.8)
    return slide(rng, [(GIEMSA_RED, red.array(0.6)), (GIEMSA_PURPLE, purple.array(0.4))]), {"finding": finding}


def _scattered(rng, spacing, wanted):
    """Up to `wanted` points that stay `spacing` apart."""
    points = rng.uniform(-1.05, 1.05, (wanted * 3, 2))
    kept = []
    for p in points:
        if all((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 > spacing**2 for q in kept):
            kept.append(p)
        if len(kept) == wanted:
            break
    return kept


def gram_stain(rng, size):
    """Purple (positive) or pink (negative) bacteria: cocci in clusters or chains, or rods."""
    shape = pick(rng, ("cocci in clusters", "cocci in chains", "rods"))
    gram = pick(rng, ("gram-positive", "gram-negative"))
    sheet = Sheet(size)
    r = rng.uniform(0.022, 0.04)
    groups = int(rng.integers(5, 18))
    for cx, cy in rng.uniform(-0.95, 0.95, (groups, 2)):
        if shape == "cocci in clusters":
            n = int(rng.integers(5, 18))
            at = rng.normal((cx, cy), r * 2.4, (n, 2))
        elif shape == "cocci in chains":
            n = int(rng.integers(4, 12))
            way = rng.uniform(0, 6.28) + np.cumsum(rng.normal(0, 0.35, n))
            at = (cx, cy) + np.cumsum(np.stack([np.cos(way), np.sin(way)], 1) * r * 2, 0)
        else:
            n = int(rng.integers(2, 7))
            at = rng.normal((cx, cy), 0.16, (n, 2))
        long = rng.uniform(2.2, 4) if shape == "rods" else 1
        sheet.fill_all(ellipse_outlines(at, r * long, r, rng.uniform(0, 180, n)), rng.uniform(0.75, 1, n))
    stain = (0.8, 1.0, 0.35) if gram == "gram-positive" else (0.12, 0.95, 0.55)
    ground = 0.03 + 0.22 * np.clip(cloud(rng, size, 3) - 0.4, 0, 1)
    return slide(rng, [(stain, sheet.array(0.35)), ((0.2, 0.8, 0.5), ground)]), {"gram": gram, "shape": shape}


def electron_micrograph(rng, size):
    """Grey cytoplasm with mitochondria (double membrane, cristae), membranes and granules."""
    sheet = Sheet(size, 0.62)
    count = int(rng.integers(1, 7))
    scale = 0.5 / np.sqrt(count)
    for cx, cy in _scattered(rng, scale * 1.7, count):
        stretch, turn = rng.uniform(1.0, 1.6), rng.uniform(0, 180)
        unit = blob(rng, 0, 0, 1.0, 0.12, 26, stretch, turn)
        sheet.fill(unit * scale + (cx, cy), 0.15)
        sheet.fill(unit * scale * 0.94 + (cx, cy), 0.75)
        sheet.fill(unit * scale * 0.9 + (cx, cy), 0.2)
        sheet.fill(unit * scale * 0.86 + (cx, cy), 0.42)
        a = np.deg2rad(turn)
        along, across = np.array((np.cos(a), np.sin(a))), np.array((-np.sin(a), np.cos(a)))
        for t in np.linspace(-0.7, 0.7, int(rng.integers(4, 8))):
            half = 0.8 * np.sqrt(1 - t * t) / stretch * rng.choice((-1, 1))
            middle = (cx, cy) + along * t * scale * stretch
            path = [middle + across * half * scale, middle + along * 0.05 * scale, middle - across * half * 0.5 * scale]
            sheet.line(path, 0.85, scale * 0.09)
            sheet.line(path, 0.7, scale * 0.04)
    for cx, cy in rng.uniform(-1, 1, (60, 2)):
        sheet.fill(blob(rng, cx, cy, 0.014, 0.2, 6), 0.25)
    for _ in range(int(rng.integers(0, 4))):
        start = rng.uniform(-1, 1, 2)
        path = start + np.cumsum(rng.normal(0, 0.14, (9, 2)) + rng.normal(0, 0.12, 2), 0)
        sheet.line(path, 0.25, 0.02)
    grey = sheet.array(0.3) * (0.75 + 0.5 * cloud(rng, size, 8)) + 0.08 * (smooth_noise(rng, size, 50) - 0.5)
    image = any_way_up(rng, acquired(rng, grey, noise=0.1, blur=0.7, gain=0.15))
    return image, {"finding": "a mitochondrion" if count == 1 else "mitochondria"}


def gel_electrophoresis(rng, size):
    """Lanes of bands, dark on light or bright on dark; a ladder in the first lane."""
    lanes = int(rng.integers(4, 12))
    sheet = Sheet(size)
    pitch = 1.8 / lanes
    width = pitch * rng.uniform(0.3, 0.42)
    for lane in range(lanes):
        x = -0.9 + (lane + 0.5) * pitch
        ys = np.linspace(-0.75, 0.85, 9) if lane == 0 else rng.uniform(-0.8, 0.85, int(rng.integers(1, 6)))
        for y in ys:
            h, smile = rng.uniform(0.012, 0.035), rng.uniform(-0.015, 0.015)
            value = rng.uniform(0.35, 1)
            sheet.fill(
                [
                    (x - width, y - h),
                    (x, y - h + smile),
                    (x + width, y - h),
                    (x + width, y + h),
                    (x, y + h + smile),
                    (x - width, y + h),
                ],
                value,
            )
        sheet.fill([(x - width, -0.96), (x + width, -0.96), (x + width, -0.92), (x - width, -0.92)], 0.5)
    bands = np.clip(sheet.array(rng.uniform(0.5, 1.1)) * 1.1 + 0.06 * cloud(rng, size, 2), 0, 1)
    dark = chance(rng, 0.5)
    kind = "protein" if dark else "DNA"
    if dark:
        rgb = 0.9 - bands[..., None] * np.float32(pick(rng, ((0.8, 0.8, 0.8), (0.75, 0.6, 0.25))))
    else:
        rgb = 0.06 + bands[..., None] * np.float32(pick(rng, ((0.9, 0.9, 0.9), (0.9, 0.55, 0.15), (0.4, 0.9, 0.5))))
    fill = (225, 225, 225) if dark else (15, 15, 15)
    image = reframed(rng, acquired(rng, rgb, noise=0.05, blur=0.7, gain=0.08), 3, 0.05, 0.04, fill)
    return image, {"kind": kind, "lanes": lanes}

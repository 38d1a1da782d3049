"""Stained tissue: normal H&E, adenocarcinoma, squamous cell carcinoma, immunohistochemistry, Masson trichrome.

Tissue is painted as one density a stain; light passes through all of them (Beer-Lambert), with the absorption
vectors of Ruifrok and Johnston 2001, varied a little from slide to slide.
"""

import numpy as np

from .paint import (
    Sheet,
    acquired,
    any_way_up,
    blob,
    chance,
    cloud,
    coordinates,
    ellipse_outlines,
    pick,
    smooth_noise,
)

HAEMATOXYLIN = (0.72, 0.72, 0.30)
EOSIN = (0.09, 0.86, 0.30)
DAB = (0.30, 0.62, 0.95)
ANILINE_BLUE = (0.85, 0.45, 0.12)
PONCEAU = (0.10, 0.85, 0.62)


def slide(rng, densities):
    """RGB of stain densities [(absorption, density [S, S])], then the microscope's camera."""
    absorbed = 0.0
    for vector, density in densities:
        vector = np.asarray(vector, dtype=np.float32) * rng.uniform(0.85, 1.15, 3).astype(np.float32)
        absorbed = absorbed + (density * rng.uniform(0.8, 1.25))[..., None] * vector
    light = rng.uniform(0.93, 1.0) * (1 - rng.uniform(0, 0.04, 3).astype(np.float32))
    rgb = light * np.exp(-absorbed)
    return any_way_up(rng, acquired(rng, rgb, noise=0.04, blur=0.9, gain=0.1, colour=0.05))


def _fibres(rng, size, waves=None):
    """Wavy parallel strands, 0 to 1: collagen or muscle."""
    x, y = coordinates(size)
    a = rng.uniform(0, np.pi)
    bend = smooth_noise(rng, size, rng.integers(2, 5)) * rng.uniform(0.2, 0.7)
    across = x * np.cos(a) + y * np.sin(a) + bend
    frequency = waves or rng.uniform(14, 40)
    return 0.5 + 0.5 * np.sin(across * frequency + 4 * smooth_noise(rng, size, 4)), np.rad2deg(a) + 90


def _spindles(rng, sheet, count, degrees, scale, keep=None):
    """Thin dark nuclei of fibroblasts along the strands."""
    centres = rng.uniform(-1.05, 1.05, (count, 2))
    if keep is not None:
        centres = centres[[keep(c) for c in centres]]
    n = len(centres)
    lengths, widths = rng.uniform(0.8, 1.6, n) * scale, rng.uniform(0.25, 0.45, n) * scale
    sheet.fill_all(ellipse_outlines(centres, lengths, widths, degrees + rng.normal(0, 18, n)), rng.uniform(0.6, 1, n))


def _round_nuclei(rng, sheet, centres, radius, value=0.85):
    n = len(centres)
    r = radius * rng.uniform(0.7, 1.25, n)
    sheet.fill_all(
        ellipse_outlines(centres, r, r * rng.uniform(0.7, 1, n), rng.uniform(0, 180, n)),
        value * rng.uniform(0.75, 1.1, n),
    )


def hematoxylin_eosin(rng, size):
    """Normal tissue in H&E: pink strands, muscle, fat or lymphoid tissue; no glands, no keratin."""
    tissue = pick(rng, ("fibrous stroma", "smooth muscle", "adipose tissue", "connective tissue", "lymphoid tissue"))
    nuclei = Sheet(size)
    strands, degrees = _fibres(rng, size, rng.uniform(8, 16) if tissue == "smooth muscle" else None)
    eosin = 0.18 + 0.35 * strands * (0.6 + 0.6 * cloud(rng, size)) + 0.15 * cloud(rng, size, 8)
    scale = rng.uniform(0.03, 0.055)
    density = pick(rng, ("sparse", "moderate"))
    count = {"sparse": 16, "moderate": 40}[density]
    if tissue == "adipose tissue":
        density = "sparse"
        eosin = eosin * _fat(rng, size)
        _spindles(rng, nuclei, 26, degrees, scale * 0.7)
        nuclear = nuclei.array(0.3) * (eosin > 0.16)
    elif tissue == "lymphoid tissue":
        density = "dense"
        _round_nuclei(rng, nuclei, rng.uniform(-1, 1, (230, 2)), rng.uniform(0.035, 0.05))
        nuclear = nuclei.array(0.3)
    else:
        if tissue == "connective tissue":
            eosin = eosin * (cloud(rng, size, 3) > rng.uniform(0.35, 0.45)) + 0.04
        _spindles(rng, nuclei, count, degrees, scale)
        nuclear = nuclei.array(0.3)
    haem = nuclear * rng.uniform(0.9, 1.3) + 0.05 * cloud(rng, size, 6)
    attributes = {"tissue": tissue, "cell density": density}
    return slide(rng, [(HAEMATOXYLIN, haem), (EOSIN, eosin)]), attributes


def _fat(rng, size):
    """1 on the thin walls between fat cells, 0 in their empty bodies."""
    cells = Sheet(size, 1.0)
    pitch = rng.uniform(0.22, 0.42)
    for outline in _lattice(rng, pitch, shrink=rng.uniform(0.82, 0.9)):
        cells.fill(outline, 0.0)
    return cells.array(0.3)


def _lattice(rng, pitch, shrink=1.0, wobble=0.22):
    """Outlines [N, 6, 2] of a sheet of polygonal cells; neighbours share their bent edges."""
    rows = np.arange(-1.2, 1.2, pitch * 0.866)
    columns = np.arange(-1.2, 1.2, pitch)
    centres = np.array([(c + (i % 2) * pitch / 2, r) for i, r in enumerate(rows) for c in columns])
    t = np.deg2rad(np.arange(30, 390, 60))
    corners = centres[:, None] + np.stack([np.cos(t), np.sin(t)], 1) * (pitch / np.sqrt(3))
    phase, amount = rng.uniform(0, 6.28, 6), pitch * wobble
    k = 2.4 / pitch
    x, y = corners[..., 0].copy(), corners[..., 1].copy()
    corners[..., 0] += amount * (np.sin(k * y + phase[0]) + 0.7 * np.sin(1.9 * k * x + 1.3 * k * y + phase[1]))
    corners[..., 1] += amount * (np.sin(1.1 * k * x + phase[2]) + 0.7 * np.sin(2.1 * k * y - k * x + phase[3]))
    middle = corners.mean(1, keepdims=True)
    return middle + (corners - middle) * shrink


def squamous_cell_carcinoma(rng, size):
    """Nests of polygonal cells with visible borders and, in most, keratin pearls: whorls of bright pink."""
    eosin, nuclei = Sheet(size, 0.22), Sheet(size)
    pitch = rng.uniform(0.2, 0.32)
    cells = _lattice(rng, pitch, shrink=rng.uniform(0.84, 0.92))
    eosin.fill_all(cells, rng.uniform(0.34, 0.58, len(cells)))
    centres = cells.mean(1) + rng.normal(0, pitch * 0.07, (len(cells), 2))
    _round_nuclei(rng, nuclei, centres, pitch * rng.uniform(0.2, 0.3), 0.8)
    nucleoli = ellipse_outlines(centres, pitch * 0.06, pitch * 0.06, 0, 6)
    if chance(rng, 0.5):
        nuclei.fill_all(nucleoli, 1.0)
    pearls = int(rng.integers(1, 4)) if chance(rng, 0.85) else 0
    for _ in range(pearls):
        _keratin_pearl(rng, eosin, nuclei)
    haem, pink = nuclei.array(0.35) * 1.1 + 0.1, eosin.array(0.4)
    stroma = chance(rng, 0.4)
    if stroma:
        haem, pink = _invaded(rng, size, haem, pink)
    pink = pink * (0.85 + 0.3 * cloud(rng, size, 4))
    attributes = {
        "stain": "hematoxylin and eosin",
        "finding": {0: "sheets of polygonal cells", 1: "a keratin pearl"}.get(pearls, "keratin pearls"),
        "differentiation": "poorly differentiated" if pearls == 0 else "keratinizing",
    }
    return slide(rng, [(HAEMATOXYLIN, haem), (EOSIN, pink)]), attributes


def _keratin_pearl(rng, eosin, nuclei):
    """Concentric lamellae, flattened nuclei between them, and pushed-aside cells around."""
    cx, cy = rng.uniform(-0.75, 0.75, 2)
    radius, turn = rng.uniform(0.28, 0.6), rng.uniform(0, 180)
    stretch = rng.uniform(0.85, 1.2)
    rings = int(rng.integers(5, 10))
    outline = blob(rng, 0, 0, 1.0, 0.12, 28, stretch, turn)
    for i in range(rings):
        r = radius * (1 - i / rings)
        shape = outline * r * (1 + rng.normal(0, 0.03, (28, 1))) + (cx, cy)
        nuclei.fill(shape, 0.03)
        eosin.fill(shape, 0.95 if i % 2 else rng.uniform(0.5, 0.68))
    for i in range(rings - 1):
        t = rng.uniform(0, 2 * np.pi, int(rng.integers(1, 5)))
        r = radius * (1 - (i + 0.5) / rings)
        flat = np.stack([cx + r * np.cos(t), cy + r * np.sin(t)], 1)
        nuclei.fill_all(ellipse_outlines(flat, 0.045, 0.013, np.rad2deg(t) + 90), 0.8)


def _invaded(rng, size, haem, pink):
    """Fibrous stroma, with lymphocytes, between the tumour nests."""
    strands, degrees = _fibres(rng, size)
    nest = np.clip((cloud(rng, size, 2, 2) - rng.uniform(0.36, 0.46)) * 14, 0, 1)
    spindles = Sheet(size)
    _spindles(rng, spindles, 45, degrees, 0.04)
    return haem * nest + spindles.array(0.3) * (1 - nest), pink * nest + (0.12 + 0.22 * strands) * (1 - nest)


def adenocarcinoma(rng, size):
    """Malignant glands: crowded dark nuclei in rings around empty or mucin-filled lumina, in pink stroma."""
    strands, degrees = _fibres(rng, size)
    eosin, nuclei = Sheet(size), Sheet(size)
    lumen = Sheet(size)
    count = int(pick(rng, (2, 3, 4, 5, 7, 9)))
    _spindles(rng, nuclei, int(rng.integers(20, 70)), degrees, rng.uniform(0.03, 0.045))
    for cx, cy, radius in _packed(rng, count):
        _gland(rng, eosin, nuclei, lumen, cx, cy, radius)
    body = eosin.array(0.4)
    stroma = (0.14 + 0.25 * strands) * (body < 0.05)
    open_space = 1 - lumen.array(0.4)
    pink = (body + stroma) * open_space * (0.85 + 0.3 * cloud(rng, size, 5))
    pink = pink + (1 - open_space) * rng.choice([0, 0, 0.12, 0.25]) * cloud(rng, size, 4)
    haem = nuclei.array(0.3) * rng.uniform(1.0, 1.35) + 0.12 * (body > 0.05) * open_space
    attributes = {
        "stain": "hematoxylin and eosin",
        "finding": "a few malignant glands" if count < 4 else "crowded malignant glands",
        "differentiation": "well differentiated" if count < 4 else "moderately differentiated",
    }
    return slide(rng, [(HAEMATOXYLIN, haem), (EOSIN, pink)]), attributes


def _packed(rng, count):
    """Centres and radii of `count` discs that barely overlap; some reach over the picture's edge."""
    placed = []
    largest = {2: 0.6, 3: 0.52, 4: 0.46, 5: 0.42, 7: 0.36, 9: 0.32}.get(count, 0.4)
    for _ in range(60):
        cx, cy = rng.uniform(-0.95, 0.95, 2)
        radius = largest * rng.uniform(0.75, 1.1)
        if all(np.hypot(cx - px, cy - py) > (radius + pr) * 0.98 for px, py, pr in placed):
            placed.append((cx, cy, radius))
            if len(placed) == count:
                break
    return placed


def _gland(rng, eosin, nuclei, lumen, cx, cy, radius):
    """One gland: a wall of columnar cells, their nuclei in a ring at its base, a lumen inside."""
    degrees, stretch = rng.uniform(0, 180), rng.uniform(0.8, 1.35)
    unit = blob(rng, 0, 0, 1.0, rng.uniform(0.08, 0.3), 36, stretch, degrees)
    centre = np.array((cx, cy))
    hollow = rng.uniform(0.3, 0.6)
    eosin.fill(unit * radius + centre, rng.uniform(0.35, 0.5))
    nuclei.fill(unit * radius + centre, 0.0)
    lumen.fill(unit * radius * hollow + centre, 1.0)
    layers = 2 if chance(rng, 0.4) else 1
    for layer in range(layers):
        at = 0.84 - 0.17 * layer
        around = np.linspace(0, 36, max(12, int(radius * 62 * (1 - 0.2 * layer))), endpoint=False) + rng.uniform(0, 1)
        i = around.astype(int) % 36
        f = (around % 1)[:, None]
        wall = (unit[i] * (1 - f) + unit[(i + 1) % 36] * f) * radius
        n = len(wall)
        wall = wall * (at + rng.normal(0, 0.035, (n, 1)))
        outward = np.rad2deg(np.arctan2(wall[:, 1], wall[:, 0])) + rng.normal(0, 14, n)
        long = np.minimum(radius * 0.15, 0.065) * rng.uniform(0.8, 1.25, n)
        nuclei.fill_all(
            ellipse_outlines(wall + centre, long, long * rng.uniform(0.45, 0.75, n), outward), rng.uniform(0.7, 1, n)
        )


def immunohistochemistry(rng, size):
    """DAB brown where the antibody bound, blue haematoxylin nuclei elsewhere."""
    pattern = pick(rng, ("cytoplasmic", "membranous", "nuclear", "cytoplasmic"))
    dab, nuclei = Sheet(size), Sheet(size)
    degrees = rng.uniform(0, 180)
    _spindles(rng, nuclei, int(rng.integers(30, 150)), degrees, rng.uniform(0.035, 0.07))
    white = Sheet(size)
    if pattern == "cytoplasmic":
        for cx, cy, radius in _packed(rng, int(pick(rng, (1, 2, 3, 4)))):
            _brown_gland(rng, dab, nuclei, white, cx, cy, radius * rng.uniform(1, 1.4))
    else:
        _brown_sheet(rng, dab, nuclei, pattern)
    brown = dab.array(0.35) * (0.55 + 0.9 * cloud(rng, size, 9)) * rng.uniform(0.7, 1.25)
    blue = nuclei.array(0.3) * rng.uniform(0.6, 1.0) + rng.uniform(0.05, 0.25) * _fibres(rng, size)[0] * cloud(
        rng, size, 5
    )
    brown, blue = (layer * (1 - white.array(0.3)) for layer in (brown, blue))
    attributes = {
        "stain": "DAB",
        "staining": pattern,
        "intensity": "strong" if brown.mean() > 0.28 else "moderate" if brown.mean() > 0.12 else "focal",
    }
    return slide(rng, [(HAEMATOXYLIN, blue), (DAB, brown)]), attributes


def _brown_gland(rng, dab, nuclei, white, cx, cy, radius):
    """A brown gland of tall cells: radial strands, pale blue nuclei along them, a slit of a lumen."""
    unit = blob(rng, 0, 0, 1.0, rng.uniform(0.1, 0.3), 40, rng.uniform(0.7, 1.5), rng.uniform(0, 180))
    centre = np.array((cx, cy))
    body = unit * radius + centre
    strength = rng.uniform(0.55, 0.8)
    white.fill(unit * radius * 1.06 + centre, 0.6 if chance(rng, 0.5) else 0.0)
    white.fill(body, 0.0)
    dab.fill(body, strength)
    nuclei.fill(body, 0.0)
    edges = rng.integers(0, 40, 40)
    for e in edges:
        dab.line([unit[e] * radius * 0.25 + centre, unit[e] * radius + centre], min(1, strength + 0.3), 0.015)
    t = np.concatenate([rng.uniform(0.45, 0.62, 30), rng.uniform(0.66, 0.85, 36)])[:, None]
    at = unit[rng.integers(0, 40, 66)] * radius * t
    outward = np.rad2deg(np.arctan2(at[:, 1], at[:, 0]))
    long = rng.uniform(0.035, 0.06, 66)
    spots = ellipse_outlines(at + centre, long, long * 0.45, outward)
    nuclei.fill_all(spots, 0.75)
    dab.fill_all(spots, strength * 0.5)
    dab.line(body, min(1, strength + 0.25), 0.02, closed=True)
    if chance(rng, 0.6):
        slit = blob(rng, cx, cy, radius * rng.uniform(0.12, 0.28), 0.3, 20, rng.uniform(1.2, 2), rng.uniform(0, 180))
        white.fill(slit, 1.0)


def _brown_sheet(rng, dab, nuclei, pattern):
    """A sheet of cells with brown membranes, or with some nuclei brown (as Ki-67 shows)."""
    pitch = rng.uniform(0.17, 0.26)
    cells = _lattice(rng, pitch, shrink=0.92)
    nuclei.image.paste(0, (0, 0) + nuclei.image.size)
    if pattern == "membranous":
        for cell in cells:
            dab.line(cell, rng.uniform(0.6, 0.95), pitch * 0.16, closed=True)
        _round_nuclei(rng, nuclei, cells.mean(1), pitch * 0.25, 0.7)
        return
    positive = rng.random(len(cells)) < rng.uniform(0.2, 0.75)
    middles = cells.mean(1) + rng.normal(0, pitch * 0.12, (len(cells), 2))
    _round_nuclei(rng, dab, middles[positive], pitch * 0.33, 0.95)
    _round_nuclei(rng, nuclei, middles[~positive], pitch * 0.33, 0.7)


def masson_trichrome(rng, size):
    """Blue collagen between red muscle, dark nuclei."""
    strands, degrees = _fibres(rng, size)
    fibrosis = pick(rng, ("mild", "severe"))
    level = {"mild": 0.56, "severe": 0.44}[fibrosis]
    blue_part = np.clip((cloud(rng, size, 3) - level) * 10, 0, 1)
    blue = blue_part * (0.45 + 0.4 * strands)
    red = (1 - blue_part) * (0.35 + 0.35 * _fibres(rng, size, rng.uniform(6, 14))[0])
    nuclei = Sheet(size)
    _spindles(rng, nuclei, int(rng.integers(20, 60)), degrees, 0.04)
    attributes = {"finding": f"{fibrosis} fibrosis"}
    return slide(rng, [(ANILINE_BLUE, blue), (PONCEAU, red), (HAEMATOXYLIN, nuclei.array(0.3))]), attributes

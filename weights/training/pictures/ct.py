"""Axial CT: abdomen, chest, and one vertebra from near."""

import numpy as np

from .paint import (
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


def axial_ct(rng, size):
    """A slice across the body: abdomen, chest, or a close view of one vertebra."""
    region = pick(rng, ("abdomen", "chest", "vertebra"))
    paint = {"abdomen": _abdomen, "chest": _thorax, "vertebra": _vertebra_close}[region]
    grey, attributes = paint(rng, size)
    return film(rng, grey, degrees=7, noise=0.07, invert=0.0), {"region": region, **attributes}


def _vertebra(x, y, cx, cy, s, wide=0.2, deep=0.16, droop=0.12):
    """A vertebra's density, 0 to 1, and its canal: body in front, arch and processes behind."""
    body = ellipse(x, y, cx, cy + (0.16 - deep) * s, wide * s, deep * s)
    canal = ellipse(x, y, cx, cy + 0.25 * s, 0.1 * s, 0.09 * s)
    arch = np.abs(ellipse(x, y, cx, cy + 0.25 * s, 0.15 * s, 0.14 * s)) - 0.035 * s
    wings = np.maximum(np.abs(y - cy - 0.25 * s - droop * np.abs(x - cx)) - 0.05 * s, np.abs(x - cx) - 0.42 * s)
    spinous = np.maximum(np.abs(x - cx) - 0.16 * s + 0.22 * (y - cy - 0.2 * s), np.abs(y - cy - 0.47 * s) - 0.16 * s)
    shell = inside(np.abs(body) - 0.02 * s, 0.03)
    bone = np.maximum.reduce(
        [0.7 * inside(body, 0.04), shell, inside(arch, 0.03), 0.9 * inside(wings, 0.03), 0.9 * inside(spinous, 0.03)]
    )
    return bone * (1 - inside(canal, 0.03))


def _trunk(rng, size):
    """Skin, fat and muscle wall of the trunk; also the coordinates, scaled to its girth."""
    x, y = coordinates(size)
    rx, ry = rng.uniform(0.82, 0.95), rng.uniform(0.6, 0.75)
    fat = rng.uniform(0.05, 0.16)
    skin = ellipse(x, y, 0, 0, rx, ry)
    cavity = skin + fat + 0.06
    grey = 0.3 * inside(skin, 0.02) + 0.25 * inside(skin + fat, 0.03)
    bed = inside(np.abs(y - ry - 0.12 - 0.1 * x * x) - 0.012, 0.02) * (0.4 if chance(rng, 0.5) else 0)
    return x, y, cavity, grey + bed, ry


def _abdomen(rng, size):
    x, y, cavity, grey, ry = _trunk(rng, size)
    hollow = inside(cavity, 0.03)
    grey = grey - 0.2 * hollow
    liver = inside(np.maximum(ellipse(x, y, -0.36, -0.08, 0.44, 0.42), cavity + 0.02), 0.03)
    grey += 0.3 * liver
    grey += 0.32 * inside(np.maximum(ellipse(x, y, 0.52, 0.12, 0.17, 0.24), cavity + 0.02), 0.03)
    for sign in (-1, 1):
        kidney = np.maximum(ellipse(x, y, sign * 0.36, 0.28, 0.12, 0.15), -ellipse(x, y, sign * 0.27, 0.26, 0.06, 0.07))
        grey += (0.45 - 0.3 * liver) * inside(kidney, 0.03)
    grey += 0.3 * inside(ellipse(x, y, 0.04, 0.12, 0.075, 0.075), 0.03)
    bowel = inside(np.abs(cloud(rng, size, 5, 2) - 0.5) - 0.06, 0.05) * inside(
        ellipse(x, y, 0.25, -0.22, 0.34, 0.26), 0.1
    )
    grey += 0.28 * bowel * hollow
    gas = inside(ellipse(x, y, rng.uniform(0.1, 0.35), -0.35, rng.uniform(0.06, 0.16), 0.07), 0.02)
    grey = grey * (1 - gas * hollow)
    grey = np.maximum(grey, 0.95 * _vertebra(x, y, 0, ry * 0.52, 0.75))
    finding = "a liver lesion" if chance(rng, 0.4) else "normal liver"
    if finding == "a liver lesion":
        spot = ellipse(x, y, rng.uniform(-0.55, -0.25), rng.uniform(-0.2, 0.1), *([rng.uniform(0.05, 0.12)] * 2))
        grey -= 0.22 * inside(spot, 0.04) * liver
    return grey + 0.06 * (cloud(rng, size, 20) - 0.5), {"finding": finding}


def _thorax(rng, size):
    x, y, cavity, grey, ry = _trunk(rng, size)
    for sign in (-1, 1):
        lx, ly = turned(x, y, sign * -8, (sign * 0.42, 0.0))
        lung = inside(np.maximum(ellipse(lx, ly, 0, 0, 0.33, 0.5), cavity + 0.04), 0.03)
        grey = grey * (1 - 0.93 * lung) + 0.25 * lung * np.clip(cloud(rng, size, 12) - 0.52, 0, 1) * 3
    heart = inside(ellipse(*turned(x, y, 30, (0.12, -0.1)), 0, 0, 0.32, 0.24), 0.04)
    grey = np.maximum(grey, 0.55 * heart)
    grey = np.maximum(grey, 0.62 * inside(ellipse(x, y, 0.1, 0.22, 0.08, 0.08), 0.03))
    ribs = inside(np.abs(cavity + 0.02) - 0.018, 0.02) * (np.sin(np.arctan2(y, x) * 14 + rng.uniform(0, 6)) > 0.1)
    grey = np.maximum(grey, 0.9 * ribs)
    grey = np.maximum(grey, 0.95 * _vertebra(x, y, 0, ry * 0.58, 0.7))
    finding = "a lung nodule" if chance(rng, 0.4) else "clear lungs"
    if finding == "a lung nodule":
        sign = rng.choice((-1, 1))
        grey = np.maximum(
            grey, 0.6 * inside(ellipse(x, y, sign * rng.uniform(0.35, 0.55), rng.uniform(-0.2, 0.2), 0.06, 0.06), 0.03)
        )
    return grey, {"finding": finding}


def _vertebra_close(rng, size):
    x, y = coordinates(size)
    s, cy = rng.uniform(1.3, 2.2), rng.uniform(-0.7, -0.2)
    grey = 0.42 + 0.12 * (cloud(rng, size, 3) - 0.5) + 0.1 * inside(y - 0.6 + 0.3 * np.abs(x), 0.1)
    for sign in (-1, 1):  # lungs or paravertebral fat on either side of the body
        dark = inside(ellipse(x, y, sign * rng.uniform(0.75, 1.05), cy - 0.1, 0.5, rng.uniform(0.5, 0.8)), 0.05)
        grey = grey * (1 - dark * rng.uniform(0.55, 0.95))
    if chance(rng, 0.6):
        grey = np.maximum(
            grey, 0.52 * inside(ellipse(x, y, rng.choice((-1, 1)) * 0.22 * s, cy - 0.15 * s, 0.15 * s, 0.15 * s), 0.04)
        )
    bone = _vertebra(x, y, 0, cy, s, rng.uniform(0.15, 0.22), rng.uniform(0.15, 0.22), rng.uniform(0.05, 0.4))
    streaks = smooth_noise(rng, size, 3, 60) * rng.uniform(0, 0.12)
    return np.maximum(grey, bone * rng.uniform(0.7, 0.95)) + streaks, {"window": "bone"}

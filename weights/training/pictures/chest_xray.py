"""Chest X-rays: projections of lungs, ribs, spine, heart and diaphragm."""

import numpy as np

from .paint import (
    Sheet,
    cloud,
    coordinates,
    ellipse,
    film,
    inside,
    pick,
    turned,
)


def chest_xray(rng, size):
    """Frontal chest: two dark lungs under ribs and clavicles, spine, heart, diaphragm; findings on a side."""
    x, y = coordinates(size)
    finding = pick(
        rng,
        (
            "clear lungs",
            "clear lungs",
            "a pleural effusion",
            "pneumonia",
            "a lung nodule",
            "cardiomegaly",
            "a pneumothorax",
        ),
    )
    side = pick(rng, ("left", "right"))
    sign = 1 if side == "left" else -1  # the patient's left is on the picture's right
    wide, top = rng.uniform(0.85, 1.05), rng.uniform(-0.85, -0.65)
    body = (
        inside(ellipse(x, y, 0, 0.55, 0.98 * wide, 1.35), 0.1) * 0.5
        + inside(ellipse(x, y, 0, -0.85, 0.3, 0.5), 0.15) * 0.2
    )
    floor = rng.uniform(0.45, 0.68)
    lungs = sum(_lung(x, y, s, wide, top, floor + (0.08 if s > 0 else 0)) for s in (-1, 1))
    grey = body + 0.18 - 0.42 * lungs * rng.uniform(0.8, 1.1)
    ribs = _ribs(rng, size, wide)
    grey += ribs * rng.uniform(0.08, 0.2)
    heart = rng.uniform(0.3, 0.38) * (1.45 if finding == "cardiomegaly" else 1)
    hx, hy = turned(x, y, 35, (0.12 + (heart - 0.3) * 0.4, floor - 0.3))
    grey += 0.34 * inside(ellipse(hx, hy, 0, 0, heart, heart * 0.72), 0.12) * lungs
    grey += 0.28 * inside(np.abs(x) - 0.13, 0.12) * (0.9 + 0.1 * np.sin(y * 40))
    grey += 0.12 * lungs * (cloud(rng, size, 6) - 0.35)
    if finding == "a pleural effusion":
        level = floor - rng.uniform(0.15, 0.5)
        grey += 0.42 * inside(level - y - 0.25 * np.abs(x), 0.15) * lungs * (x * sign > 0)
    elif finding == "pneumonia":
        patch = inside(ellipse(x, y, sign * rng.uniform(0.35, 0.55), rng.uniform(-0.2, 0.3), 0.3, 0.28), 0.3)
        grey += 0.5 * patch * cloud(rng, size, 5) * lungs
    elif finding == "a lung nodule":
        spot = ellipse(x, y, sign * rng.uniform(0.3, 0.6), rng.uniform(-0.4, 0.2), *([rng.uniform(0.06, 0.12)] * 2))
        grey += 0.38 * inside(spot, 0.05) * lungs
    elif finding == "a pneumothorax":
        rim = inside(np.abs(ellipse(x, y, sign * 0.43, 0, 0.32, 0.62)) - 0.012, 0.02)
        grey += (
            (0.25 * rim - 0.14 * inside(-ellipse(x, y, sign * 0.43, 0, 0.32, 0.62), 0.05)) * lungs * (x * sign > 0.3)
        )
    attributes = {"view": "frontal", "finding": finding}
    if finding not in ("clear lungs", "cardiomegaly"):
        attributes["side"] = side
    return film(rng, grey), attributes


def _lung(x, y, sign, wide, top, floor):
    """One lung field: a tapered oval cut by the diaphragm's dome."""
    lx, ly = turned(x, y, sign * 6, (sign * 0.45 * wide, 0.05))
    field = np.maximum(ellipse(lx, ly, 0, 0.1, 0.36 * wide * (1 + 0.25 * ly), 1.0 + (-0.7 - top)), -x * sign + 0.09)
    dome = y - floor + 0.1 * np.cos((x - sign * 0.45) * 3.4)
    return inside(np.maximum(field, dome), 0.06)


def _ribs(rng, size, wide):
    """Arched ribs on both sides and the clavicles."""
    sheet = Sheet(size)
    pitch, width = rng.uniform(0.17, 0.22), rng.uniform(0.035, 0.06)
    t = np.linspace(0, 1, 14)
    for i in range(9):
        base = -0.85 + i * pitch
        reach = wide * (0.5 + 0.38 * np.sqrt(min(1.0, (i + 1) / 5)))
        for sign in (-1, 1):
            px = sign * (0.1 + (reach - 0.1) * np.sin(t * np.pi * 0.62))
            sheet.line(np.stack([px, base + 0.42 * t**1.6 - 0.1 * np.sin(t * np.pi)], 1), 0.8, width)
    for sign in (-1, 1):
        sheet.line([(sign * 0.08, -0.62), (sign * 0.4, -0.72), (sign * 0.85, -0.85)], 1.0, 0.07)
    return sheet.array(0.6)

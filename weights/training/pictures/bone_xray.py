"""X-rays of limbs and spine, drawn as outlines with a bright cortex."""

import numpy as np
from PIL import ImageDraw

from .charts import font
from .paint import (
    Sheet,
    blob,
    chance,
    cloud,
    film,
    pick,
)


def _bone(sheet, a, b, width, flare=1.7, value=0.62):
    """A long bone from a to b: a shaft with flared ends and a bright cortex; returns its unit direction."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    along = (b - a) / np.hypot(*(b - a))
    across = np.array((-along[1], along[0]))
    t = np.array([0, 0.03, 0.1, 0.22, 0.5, 0.78, 0.9, 0.97, 1])
    half = width * np.array([0.55, flare * 0.92, flare, 1.08, 0.92, 1.08, flare, flare * 0.92, 0.55]) / 2
    middle = a + (b - a) * t[:, None]
    outline = np.concatenate([middle + across * half[:, None], (middle - across * half[:, None])[::-1]])
    sheet.fill(outline, value)
    sheet.line(outline, min(1.0, value + 0.32), width * 0.2, closed=True)
    return along


def _broken_bone(rng, sheet, a, b, width, value):
    """A long bone in two pieces: a gap and a step between them, the far piece bent away."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    along = (b - a) / np.hypot(*(b - a))
    across = np.array((-along[1], along[0]))
    at = a + (b - a) * rng.uniform(0.35, 0.65)
    step = across * width * rng.uniform(0.15, 0.6) * rng.choice((-1, 1))
    end = b + across * rng.uniform(-0.25, 0.25)
    _bone(sheet, a, b, width, value=value)
    gap = np.stack(
        [
            at - across * width * 3,
            at + across * width * 3,
            b + across * width * 3 + along,
            b - across * width * 3 + along,
        ]
    )
    sheet.fill(gap, 0.0)
    _bone(sheet, at + step + along * 0.06, end + step, width, flare=1.25, value=value)


def bone_xray(rng, size):
    """A limb: leg or forearm (two bones), femur, knee or hand; about half of the long bones are fractured."""
    part = pick(rng, ("forearm", "lower leg", "femur", "knee", "hand", "hand", "ankle"))
    fractured = part in ("forearm", "lower leg", "femur") and chance(rng, 0.55)
    bones, flesh = Sheet(size), Sheet(size)
    value = rng.uniform(0.45, 0.65)
    if part == "hand":
        _hand(rng, bones, flesh, value)
    elif part in ("knee", "ankle"):
        _joint(rng, bones, flesh, value, ankle=part == "ankle")
    else:
        pair = part != "femur"
        width = rng.uniform(0.13, 0.19) if pair else rng.uniform(0.2, 0.3)
        flesh.fill([(-0.55, -1.3), (0.55, -1.3), (0.45, 0), (0.5, 1.3), (-0.5, 1.3), (-0.5, 0)], 0.8)
        xs = (-0.2, 0.2) if pair else (0.0,)
        for i, x in enumerate(xs):
            ends = (
                (x + rng.normal(0, 0.05), rng.uniform(-1.15, -0.85)),
                (x * 0.85 + rng.normal(0, 0.04), rng.uniform(0.85, 1.15)),
            )
            if fractured and i == 0:
                _broken_bone(rng, bones, *ends, width * rng.uniform(0.9, 1.2), value)
            else:
                _bone(bones, *ends, width * (1 if i == 0 else 0.75), value=value)
    bone = bones.array(0.5)
    grey = 0.04 + rng.uniform(0.14, 0.3) * flesh.array(2.0) * (0.85 + 0.3 * cloud(rng, size, 3))
    grey = grey + bone * (0.85 + 0.25 * cloud(rng, size, 12)) * rng.uniform(0.65, 0.95)
    attributes = {"part": part, "finding": "a fracture" if fractured else "no fracture"}
    image = film(rng, grey, degrees=25, invert=0.06, zoom=0.2)
    if chance(rng, 0.5):
        attributes["side"] = pick(rng, ("left", "right"))
        _marker(image, attributes["side"][0].upper(), rng)
    return image, attributes


def _marker(image, letter, rng):
    """The lead letter that names the side."""
    s = image.width
    ImageDraw.Draw(image).text(
        (s * rng.choice((0.06, 0.86)), s * 0.05), letter, fill=(235, 235, 235), font=font(s // 9)
    )


def _hand(rng, bones, flesh, value):
    """Four fingers and a thumb: metacarpals, phalanges, and the wrist's small bones."""
    spread, curl = rng.uniform(0.1, 0.17), rng.uniform(0.9, 1.1)
    flesh.fill(blob(rng, 0, 0.35, 0.55, 0.05), 0.8)
    for i in range(5):
        thumb = i == 0
        a = np.deg2rad(-58 if thumb else (i - 2.5) * spread * 90)
        way = np.array((np.sin(a), -np.cos(a)))
        p = np.array((-0.28 if thumb else (i - 2.5) * 0.2, 0.62 if thumb else 0.5))
        length = (0.34 if thumb else 0.46 - 0.03 * abs(i - 2.3)) * curl
        for j in range(3 if thumb else 4):
            q = p + way * length
            flesh.line([p, q], 0.8, 0.2)
            _bone(bones, p + way * 0.025, q - way * 0.02, 0.085 - 0.012 * j, flare=1.4, value=value)
            p, length = q, length * (0.66 if j else 0.62)
    for row, count in ((0.64, 4), (0.76, 3)):
        for i in range(count):
            bones.fill(blob(rng, (i - (count - 1) / 2) * 0.17, row, 0.085, 0.12, 12), value + rng.uniform(0, 0.15))
    flesh.fill([(-0.3, 0.6), (0.3, 0.6), (0.28, 1.4), (-0.28, 1.4)], 0.8)
    _bone(bones, (-0.14, 0.86), (-0.13, 1.7), 0.2, value=value)
    _bone(bones, (0.16, 0.86), (0.15, 1.7), 0.15, value=value)


def _joint(rng, bones, flesh, value, ankle):
    """Knee (femur, tibia, fibula, patella) or ankle seen from the side (tibia, heel, foot)."""
    flesh.fill([(-0.55, -1.3), (0.55, -1.3), (0.5, 0), (0.5, 1.3), (-0.5, 1.3), (-0.5, 0)], 0.8)
    width = rng.uniform(0.26, 0.34)
    gap = rng.uniform(0.03, 0.06)
    if ankle:
        flesh.fill([(-0.5, 0.2), (0.6, 0.2), (1.2, 0.7), (1.2, 1.0), (-0.5, 1.0)], 0.8)
        _bone(bones, (0, -1.6), (0, 0.15), width * 0.8, value=value)
        bones.fill(blob(rng, 0.05, 0.33, 0.2, 0.1, 18, 1.25), value + 0.1)
        bones.fill(blob(rng, -0.2, 0.6, 0.25, 0.1, 18, 1.4), value + 0.05)
        for i in range(3):
            _bone(bones, (0.3, 0.45 + 0.08 * i), (1.1, 0.75 + 0.06 * i), 0.1, value=value)
        return
    _bone(bones, (0, -1.8), (0, -gap), width, flare=2.1, value=value)
    _bone(bones, (0, gap), (0.02, 1.8), width * 0.9, flare=2.1, value=value)
    _bone(bones, (0.34, 0.18), (0.32, 1.7), width * 0.4, value=value)
    bones.fill(blob(rng, 0, -0.25, 0.17, 0.06), value + 0.2)


def spine_xray(rng, size):
    """A column of vertebrae from the front or the side; straight, or with scoliosis."""
    view = pick(rng, ("frontal", "lateral"))
    scoliosis = view == "frontal" and chance(rng, 0.5)
    bones, flesh = Sheet(size), Sheet(size, 0.35)
    pitch, width = rng.uniform(0.24, 0.36), rng.uniform(0.17, 0.26)
    bend = rng.uniform(0.18, 0.35) if scoliosis else 0.03 if view == "frontal" else 0.2
    phase = rng.uniform(0, 6.28)
    for y in np.arange(-1.2, 1.3, pitch):
        x = bend * np.sin(1.7 * y + phase)
        tilt = np.arctan(1.7 * bend * np.cos(1.7 * y + phase))
        c, s = np.cos(tilt), np.sin(tilt)
        box = np.array([(-1, -0.4), (-0.86, 0), (-1, 0.4), (0, 0.36), (1, 0.4), (0.86, 0), (1, -0.4), (0, -0.36)]) * (
            width,
            pitch,
        )
        outline = np.stack([x + box[:, 0] * c + box[:, 1] * s, y + box[:, 1] * c - box[:, 0] * s], 1)
        bones.fill(outline, 0.6)
        bones.line(outline, 0.9, 0.03, closed=True)
        if view == "frontal":
            for sign in (-1, 1):
                bones.fill(blob(rng, x + sign * width * 0.55, y, width * 0.17, 0.1, 10), 0.95)
                bones.line([(x + sign * width, y), (x + sign * width * 1.8, y - 0.03)], 0.55, 0.05)
            bones.fill(blob(rng, x, y + pitch * 0.1, width * 0.16, 0.2, 10, 0.7), 0.95)
        else:
            bones.line([(x + width, y), (x + width * 2.0, y + pitch * 0.45)], 0.5, 0.1)
    grey = (
        0.1 + 0.35 * flesh.array() * (0.6 + 0.8 * cloud(rng, size, 2)) + 0.6 * bones.array(0.8) * rng.uniform(0.7, 1.1)
    )
    attributes = {"view": view, "finding": "scoliosis" if scoliosis else "normal alignment"}
    return film(rng, grey, degrees=6), attributes

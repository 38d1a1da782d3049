"""Electrocardiograms on squared paper."""

import numpy as np
from PIL import Image, ImageDraw

from .charts import font
from .paint import OVERSAMPLING, chance, pick


def ecg_trace(rng, size):
    """Heart beats on pink, blue or green squared paper, one to four leads."""
    rhythm, beats, wander = pick(
        rng,
        (
            ("normal sinus rhythm", (3, 5), 0),
            ("tachycardia", (8, 13), 0),
            ("bradycardia", (1.6, 2.6), 0),
            ("atrial fibrillation", (4, 8), 1),
            ("ST elevation", (3, 5), 0),
        ),
    )
    s = size * OVERSAMPLING
    paper, rule = pick(
        rng,
        (
            ((255, 240, 238), (240, 170, 170)),
            ((255, 255, 255), (245, 190, 200)),
            ((240, 248, 255), (170, 200, 235)),
            ((240, 255, 240), (170, 220, 170)),
            ((5, 15, 10), (20, 60, 40)),
        ),
    )
    image = Image.new("RGB", (s, s), paper)
    draw = ImageDraw.Draw(image)
    step = s / rng.uniform(14, 30)
    for k in range(int(s / step) + 1):
        v, w = k * step, 3 if k % 5 == 0 else 1
        draw.line([(v, 0), (v, s)], fill=rule, width=w)
        draw.line([(0, v), (s, v)], fill=rule, width=w)
    leads = int(rng.integers(1, 5))
    ink = (90, 255, 120) if sum(paper) < 100 else pick(rng, ((0, 0, 0), (20, 20, 60), (30, 30, 30)))
    x = np.linspace(0, 1, 420)
    count = rng.uniform(*beats)
    for lead in range(leads):
        at = rng.uniform(-1, 0) / count
        y = 0.02 * rng.normal(0, 1, 420) * rng.uniform(0, 0.6) + 0.05 * np.sin(x * rng.uniform(3, 9))
        if wander:
            y = y + 0.05 * np.sin(x * 190 + 3 * np.sin(x * 23))
        flip = 1 if chance(rng, 0.8) else -1
        while at < 1:
            gap = (1 / count) * (rng.uniform(0.55, 1.5) if wander else rng.uniform(0.97, 1.03))
            w = min(gap, 0.3)
            u = (x - at) / w
            bump = lambda c, width, height: height * np.exp(-(((u - c) / width) ** 2))
            y = (
                y
                + (0 if wander else bump(0.25, 0.05, 0.12))
                + bump(0.39, 0.012, -0.12)
                + bump(0.42, 0.014, flip)
                + bump(0.45, 0.014, -0.25)
                + bump(0.68, 0.07, 0.25)
            )
            if rhythm == "ST elevation":
                y = y + bump(0.53, 0.06, 0.3)
            at += gap
        base, amplitude = s * (lead + 0.62) / leads, s / leads * rng.uniform(0.35, 0.5)
        points = np.stack([x * s, base - y * amplitude], 1)
        draw.line(points.ravel().tolist(), fill=ink, width=max(2, round(s * rng.uniform(0.006, 0.011))))
        if chance(rng, 0.6):
            draw.text((s * 0.02, base - amplitude), ("I", "II", "III", "V1")[lead], fill=ink, font=font(s * 0.06))
    return image.reduce(OVERSAMPLING), {"rhythm": rhythm, "leads": leads}

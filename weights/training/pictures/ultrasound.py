"""Ultrasound sectors of speckle."""

import numpy as np

from .paint import (
    blob_distance,
    blurred,
    cloud,
    coordinates,
    ellipse,
    film,
    inside,
    pick,
    smooth_noise,
)


def ultrasound(rng, size):
    """A fan of speckle: cyst (dark, bright behind), gallstone (bright, shadow behind), fetus or plain tissue."""
    x, y = coordinates(size)
    finding = pick(rng, ("a cyst", "a gallstone with shadow", "a fetus", "normal tissue"))
    apex = rng.uniform(-1.6, -1.15)
    radius, angle = np.hypot(x, y - apex), np.arctan2(x, y - apex)
    opening, near, far = np.deg2rad(rng.uniform(28, 45)), rng.uniform(0.25, 0.5), rng.uniform(1.85, 2.15)
    fan = inside(np.abs(angle) - opening, 0.02) * inside(radius - far, 0.03) * inside(near - radius, 0.03)
    echo = 0.32 + 0.5 * (cloud(rng, size, 3) - 0.5) + 0.3 * np.exp(-(((radius - near) / 0.12) ** 2))
    echo = echo + 0.3 * np.clip(np.sin(radius * 22 + 4 * smooth_noise(rng, size, 3)) - 0.75, 0, 1)
    cx, cy = rng.uniform(-0.3, 0.3), rng.uniform(-0.05, 0.35)
    r = rng.uniform(0.18, 0.34)
    behind = (np.abs(angle - np.arctan2(cx, cy - apex)) < r * 0.55) * (radius > np.hypot(cx, cy - apex))
    if finding == "a cyst":
        hole = inside(blob_distance(rng, x, y, cx, cy, r), 0.05)
        echo = (echo + 0.3 * behind) * (1 - 0.95 * hole)
    elif finding == "a gallstone with shadow":
        echo = echo * (1 - 0.9 * inside(ellipse(x, y, cx, cy - 0.05, r * 1.5, r * 0.9), 0.05))
        shadow = (np.abs(angle - np.arctan2(cx, cy - apex)) < 0.07) * (radius > np.hypot(cx, cy - apex) + 0.1)
        echo = echo * (1 - 0.85 * shadow) + inside(ellipse(x, y, cx, cy + 0.12, 0.1, 0.05), 0.04)
    elif finding == "a fetus":
        echo = echo * (1 - 0.9 * inside(ellipse(x, y, cx * 0.5, 0.15, 0.62, 0.42), 0.08))
        head, body = ellipse(x, y, cx * 0.5 - 0.25, 0.12, 0.2, 0.18), ellipse(x, y, cx * 0.5 + 0.16, 0.22, 0.26, 0.15)
        echo = echo + 0.4 * inside(np.minimum(head, body), 0.05) + 0.4 * inside(np.abs(head) - 0.02, 0.02)
    speckle = blurred(np.sqrt(rng.exponential(0.3, (size, size))).astype(np.float32), 0.5 * size / 128) * 1.9
    grey = np.clip(echo, 0, 1) * speckle * fan * rng.uniform(0.9, 1.25)
    return film(rng, grey, degrees=3, noise=0.02, invert=0.0, zoom=0.08), {"finding": finding}

"""Photographs of the eye and the skin, and slices through the retina."""

import numpy as np

from .paint import (
    Sheet,
    acquired,
    any_way_up,
    blob,
    blob_distance,
    blurred,
    chance,
    cloud,
    coordinates,
    ellipse,
    inside,
    pick,
    reframed,
    smooth_noise,
)


def _vessel(rng, sheet, start, heading, width, length, value, depth=0):
    """A winding vessel that thins and branches."""
    steps = 7
    way = heading + np.cumsum(rng.normal(0, 0.13, steps)) + np.linspace(0, rng.uniform(-0.5, 0.5), steps)
    path = start + np.cumsum(np.stack([np.cos(way), np.sin(way)], 1) * length / steps, 0)
    path = np.concatenate([[start], path])
    for i in range(0, steps, 2):
        sheet.line(path[i : i + 3], value, width * (1 - 0.1 * i))
    if depth < 3 and width > 0.008:
        for side in (-1, 1):
            at = int(rng.integers(3, steps))
            _vessel(
                rng,
                sheet,
                path[at],
                way[at - 1] + side * rng.uniform(0.3, 0.8),
                width * 0.65,
                length * 0.7,
                value,
                depth + 1,
            )


def retina_fundus(rng, size):
    """The back of the eye: an orange disc on black, bright optic disc, arching vessels, dark macula; lesions in some."""
    x, y = coordinates(size)
    zoom = rng.uniform(0.8, 1.05) if chance(rng, 0.55) else rng.uniform(1.3, 2.2)  # whole disc, or a field within it
    ox, oy = (0, 0) if zoom < 1.1 else rng.uniform(-0.5, 0.5, 2)
    x, y = x / zoom + ox, y / zoom + oy
    side = pick(rng, ("left", "right"))
    sign = 1 if side == "left" else -1
    disc = np.array((-0.68 * sign, rng.uniform(-0.12, 0.08)))
    vessels, veins = Sheet(size), Sheet(size)
    to_sheet = lambda p: (np.asarray(p) - (ox, oy)) * zoom
    for sheet, width in ((vessels, 0.022), (veins, 0.032)):
        for up in (-1, 1):
            for spread in (1.15, rng.uniform(0.35, 0.7)):
                heading = np.arctan2(up * np.sin(spread), sign * np.cos(spread))
                _vessel(
                    rng,
                    sheet,
                    to_sheet(disc + rng.normal(0, 0.02, 2)),
                    heading,
                    width * zoom * rng.uniform(0.8, 1.2),
                    1.15 * zoom,
                    0.8,
                )
            heading = np.arctan2(up * 0.9, -sign * 0.5)
            _vessel(rng, sheet, to_sheet(disc), heading, width * zoom * 0.6, 0.5 * zoom, 0.7)
    radius = np.hypot(x, y)
    light = 0.95 - 0.35 * np.clip(radius, 0, 1) ** 2 + 0.12 * (cloud(rng, size, 3) - 0.5)
    base = np.float32(
        pick(rng, ((0.93, 0.45, 0.28), (0.85, 0.38, 0.2), (0.8, 0.35, 0.12), (0.95, 0.55, 0.35), (0.7, 0.28, 0.12)))
    )
    rgb = light[..., None] * base
    macula = np.exp(-(((x - 0.02 * sign) ** 2 + (y - 0.03) ** 2) / 0.03))
    rgb = rgb * (1 - 0.45 * macula[..., None] * np.float32((0.6, 1, 1)))
    rgb = rgb * (1 - (0.55 * veins.array(0.2) + 0.4 * vessels.array(0.2))[..., None] * np.float32((0.35, 0.9, 0.8)))
    cup = rng.uniform(0.06, 0.12)
    optic = inside(ellipse(x, y, *disc, 0.14, 0.16), 0.05)[..., None]
    rgb = (
        rgb
        + optic * np.float32((0.15, 0.32, 0.22))
        + inside(ellipse(x, y, *disc, cup, cup), 0.05)[..., None] * np.float32((0.05, 0.14, 0.18))
    )
    finding = pick(rng, ("no lesions", "no lesions", "hemorrhages", "hard exudates"))
    if finding != "no lesions":
        spots = Sheet(size)
        for cx, cy in rng.normal(0, 0.35, (int(rng.integers(6, 22)), 2)):
            spots.fill(blob(rng, *to_sheet((cx, cy)), rng.uniform(0.012, 0.05) * zoom, 0.25, 10), 1.0)
        colour = np.float32((-0.35, -0.3, -0.15) if finding == "hemorrhages" else (0.15, 0.4, 0.15))
        rgb = rgb + spots.array(0.3)[..., None] * colour
    rgb = rgb * inside(radius - 0.97, 0.02)[..., None]
    image = acquired(rng, rgb, noise=0.03, blur=0.7, gain=0.15, colour=0.08)
    return reframed(rng, image, 10, 0.05, 0.04), {"eye": side, "finding": finding}


def retinal_microaneurysms(rng, size):
    """A green-channel detail of the fundus, grey: dark winding vessels and small dark round dots."""
    vessels, dots = Sheet(size), Sheet(size)
    heading = rng.uniform(0, 3.14)
    for _ in range(int(rng.integers(2, 5))):
        a = heading + rng.normal(0, 0.25)
        off = rng.uniform(-0.9, 0.9)
        start = np.array((-np.cos(a) - np.sin(a) * off, -np.sin(a) + np.cos(a) * off)) * 1.2
        steps = 14
        way = a + np.cumsum(rng.normal(0, 0.12, steps))
        path = start + np.cumsum(np.stack([np.cos(way), np.sin(way)], 1) * 0.2, 0)
        width = rng.uniform(0.015, 0.05)
        vessels.line(path, rng.uniform(0.5, 1), width)
        if chance(rng, 0.4):
            at = int(rng.integers(3, 9))
            way2 = way[at] + rng.choice((-1, 1)) * rng.uniform(0.5, 1) + np.cumsum(rng.normal(0, 0.1, 6))
            vessels.line(path[at] + np.cumsum(np.stack([np.cos(way2), np.sin(way2)], 1) * 0.2, 0), 0.5, width * 0.7)
    count = int(rng.integers(1, 6))
    for cx, cy in rng.uniform(-0.85, 0.85, (count, 2)):
        dots.fill(blob(rng, cx, cy, rng.uniform(0.03, 0.06), 0.12, 12), rng.uniform(0.7, 1))
    base = rng.uniform(0.35, 0.6)
    grey = base + 0.12 * (smooth_noise(rng, size, 2) - 0.5) + 0.06 * (cloud(rng, size, 14) - 0.5)
    grey = grey + 0.05 * (smooth_noise(rng, size, 3, 40) - 0.5) * rng.uniform(0, 1)
    grey = (
        grey * (1 - rng.uniform(0.3, 0.6) * blurred(vessels.array(0.6), 0.5 * size / 128)) * (1 - 0.6 * dots.array(1.0))
    )
    return any_way_up(rng, acquired(rng, grey, noise=0.03, blur=1.2, gain=0.15)), {
        "count": "one dark dot" if count == 1 else "several dark dots"
    }


def retinal_oct(rng, size):
    """A cross-section of the retina: bright and dark layers, the foveal pit, fluid in some."""
    x, y = coordinates(size)
    centre = rng.uniform(-0.3, 0.3)
    tilt, curve = rng.uniform(-0.12, 0.12), rng.uniform(0, 0.15)
    line = tilt * x + curve * x**2 + 0.04 * (smooth_noise(rng, size, 3, 2) - 0.5)
    pit = rng.uniform(0.12, 0.26) * np.exp(-(((x - centre) / 0.22) ** 2))
    depth = y - line
    top, bottom = -0.35 + pit, 0.2
    finding = pick(rng, ("a normal foveal pit", "subretinal fluid", "cystoid edema"))
    lift = 0.0
    if finding == "subretinal fluid":
        lift = rng.uniform(0.1, 0.22) * np.exp(-(((x - centre) / rng.uniform(0.25, 0.45)) ** 2))
    within = (depth + lift - top) / (bottom - top)  # 0 at the inner surface, 1 at the outer segments
    layers = np.interp(
        within,
        [-0.02, 0, 0.08, 0.2, 0.3, 0.38, 0.5, 0.56, 0.8, 0.86, 0.9, 1.0],
        [0.04, 0.8, 0.75, 0.5, 0.3, 0.5, 0.22, 0.4, 0.18, 0.7, 0.3, 0.1],
    )
    pigment = np.exp(-(((depth - bottom - 0.04) / 0.04) ** 2))
    choroid = (
        np.clip(1 - (depth - bottom) / 0.5, 0, 1) * (depth > bottom) * (0.2 + 0.5 * smooth_noise(rng, size, 30, 14))
    )
    grey = np.where(within < 1, layers, 0.06) + 0.85 * pigment + choroid
    if finding == "cystoid edema":
        for _ in range(int(rng.integers(2, 6))):
            hole = ellipse(
                x,
                depth,
                centre + rng.normal(0, 0.2),
                rng.uniform(-0.15, 0.1),
                rng.uniform(0.05, 0.13),
                rng.uniform(0.04, 0.09),
            )
            grey = grey * (1 - 0.92 * inside(hole, 0.02))
    grey = grey * (0.6 + 0.55 * np.sqrt(rng.exponential(0.6, (size, size)))).astype(np.float32)
    return reframed(rng, acquired(rng, grey, noise=0.05, blur=0.7), 2, 0.1, 0.08, mirror=True), {"finding": finding}


def skin_dermoscopy(rng, size):
    """Skin with a brown lesion: even and round (nevus), or dark, patchy and ragged (melanoma); hairs in some."""
    x, y = coordinates(size)
    finding = pick(rng, ("a nevus", "melanoma"))
    skin = np.float32(pick(rng, ((0.93, 0.76, 0.68), (0.88, 0.68, 0.58), (0.8, 0.6, 0.48), (0.95, 0.8, 0.75))))
    rgb = skin * (0.9 + 0.2 * cloud(rng, size, 4))[..., None]
    cx, cy, r = *rng.uniform(-0.2, 0.2, 2), rng.uniform(0.3, 0.65)
    ragged = 0.5 if finding == "melanoma" else 0.1
    edge = blob_distance(rng, x, y, cx, cy, r) + ragged * r * (cloud(rng, size, 4) - 0.5) * 2
    lesion = inside(edge, 0.1 if finding == "melanoma" else 0.2)
    brown = np.float32(pick(rng, ((0.5, 0.3, 0.2), (0.6, 0.38, 0.25), (0.42, 0.25, 0.18))))
    patches = np.clip((cloud(rng, size, 4) - 0.45) * 5, 0, 1)[..., None]
    colour = (
        brown * (1 - 0.75 * patches) + np.float32((0.28, 0.3, 0.38)) * 0.35 * patches
        if finding == "melanoma"
        else brown
    )
    net = 0.88 + 0.24 * np.abs(smooth_noise(rng, size, 22) - 0.5) * 2
    rgb = rgb + (colour * net[..., None] - rgb) * lesion[..., None] * 0.95
    hairs = Sheet(size)
    for _ in range(int(rng.integers(0, 9)) * chance(rng, 0.5)):
        a, p = rng.uniform(0, 6.28), rng.uniform(-1, 1, 2)
        t = np.linspace(-0.7, 0.7, 8)[:, None]
        hairs.line(
            p + t * (np.cos(a), np.sin(a)) + t**2 * rng.uniform(-0.2, 0.2) * np.array((-np.sin(a), np.cos(a))),
            0.9,
            0.014,
        )
    rgb = rgb * (1 - 0.85 * hairs.array(0.2)[..., None])
    if chance(rng, 0.35):
        rgb = rgb * inside(np.hypot(x, y) - rng.uniform(0.98, 1.15), 0.08)[..., None]
    return any_way_up(rng, acquired(rng, rgb, noise=0.03, blur=0.8, gain=0.1, colour=0.05)), {"finding": finding}

"""Painting primitives that every family of pictures is drawn with.

Pictures are float32 arrays [S, S] (grey, or a stain's density) or [S, S, 3] (RGB), values 0 to 1, with
coordinates x right and y down in [-1, 1]. Outlines are filled by Pillow at twice the size and averaged down.
"""

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

OVERSAMPLING = 2


@lru_cache(maxsize=8)
def coordinates(size):
    """x and y of the pixel centres, each [S, S] in [-1, 1]."""
    axis = (np.arange(size, dtype=np.float32) + 0.5) * (2 / size) - 1
    return np.broadcast_to(axis, (size, size)), np.broadcast_to(axis[:, None], (size, size))


def turned(x, y, degrees, centre=(0.0, 0.0)):
    """Coordinates in a frame turned by `degrees` about `centre`, with the centre as its origin."""
    a = np.deg2rad(degrees)
    dx, dy = x - centre[0], y - centre[1]
    return dx * np.cos(a) + dy * np.sin(a), dy * np.cos(a) - dx * np.sin(a)


def chance(rng, probability):
    return bool(rng.random() < probability)


def pick(rng, options):
    return options[int(rng.integers(len(options)))]


def smooth_noise(rng, size, cells, cells_down=None):
    """Noise of values 0 to 1 whose features are about size / cells pixels wide (and size / cells_down high)."""
    shape = (max(2, int(cells_down or cells)) + 2, max(2, int(cells)) + 2)
    low = Image.fromarray(rng.random(shape, dtype=np.float32))
    return np.clip(np.asarray(low.resize((size, size), Image.BICUBIC)), 0, 1)


def cloud(rng, size, cells=3, octaves=3):
    """Fractal noise about 0.5: each octave twice as fine and half as strong."""
    total = sum(smooth_noise(rng, size, cells * 2**i) * 0.5**i for i in range(octaves))
    return total / (2 - 0.5 ** (octaves - 1))


def inside(distance, softness):
    """1 where a signed distance is negative, 0 where positive, a ramp `softness` wide between."""
    return np.clip(0.5 - distance / softness, 0, 1)


def ellipse(x, y, cx, cy, rx, ry):
    """About the signed distance to an ellipse's edge: negative inside."""
    return (np.sqrt(((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2) - 1) * np.minimum(rx, ry)


def blurred(array, radius):
    """Gaussian blur of a grey array; the radius is in pixels."""
    if radius < 0.2:
        return array
    bytes_ = Image.fromarray(np.uint8(np.clip(array, 0, 1) * 255))
    return np.asarray(bytes_.filter(ImageFilter.GaussianBlur(radius)), dtype=np.float32) / 255


def blob(rng, cx, cy, radius, roughness=0.15, points=22, stretch=1.0, degrees=0.0):
    """A closed wavy outline [points, 2] around a centre."""
    t = np.linspace(0, 2 * np.pi, points, endpoint=False)
    wave = sum(np.cos(k * t + rng.uniform(0, 6.28)) * rng.uniform(-1, 1) / k for k in (2, 3, 4, 5))
    r = radius * (1 + roughness * wave)
    px, py = r * np.cos(t) * stretch, r * np.sin(t) / stretch
    a = np.deg2rad(degrees)
    return np.stack([cx + px * np.cos(a) - py * np.sin(a), cy + px * np.sin(a) + py * np.cos(a)], 1)


def ellipse_outlines(centres, rx, ry, degrees, points=10):
    """Outlines [N, points, 2] of N turned ellipses; centres [N, 2], the rest [N] or one number."""
    n = len(centres)
    t = np.linspace(0, 2 * np.pi, points, endpoint=False)
    rx, ry, a = (np.broadcast_to(v, n)[:, None] for v in (rx, ry, np.deg2rad(degrees)))
    px, py = rx * np.cos(t), ry * np.sin(t)
    return np.stack(
        [centres[:, :1] + px * np.cos(a) - py * np.sin(a), centres[:, 1:] + px * np.sin(a) + py * np.cos(a)], 2
    )


class Sheet:
    """A grey layer to fill outlines on, in [-1, 1] coordinates; `array` averages it down to [S, S]."""

    def __init__(self, size, background=0.0):
        self.size = size
        self.full = size * OVERSAMPLING
        self.image = Image.new("L", (self.full, self.full), int(background * 255))
        self.draw = ImageDraw.Draw(self.image)

    def pixels(self, points):
        return ((np.asarray(points, dtype=np.float64) + 1) * (self.full / 2)).ravel().tolist()

    def width(self, width):
        return max(1, round(width * self.full / 2))

    def fill(self, outline, value):
        self.draw.polygon(self.pixels(outline), fill=int(np.clip(value, 0, 1) * 255))

    def fill_all(self, outlines, values):
        for outline, value in zip(outlines, np.broadcast_to(values, len(outlines))):
            self.fill(outline, value)

    def line(self, points, value, width, closed=False):
        points = list(points) + [points[0]] if closed else points
        self.draw.line(
            self.pixels(points), fill=int(np.clip(value, 0, 1) * 255), width=self.width(width), joint="curve"
        )

    def array(self, blur=0.0):
        """The layer, blurred by `blur` in units of 1/100 of the side."""
        small = self.image.reduce(OVERSAMPLING)
        if blur > 0:
            small = small.filter(ImageFilter.GaussianBlur(blur * self.size / 100))
        return np.asarray(small, dtype=np.float32) / 255


def tinted(grey, colours=((0, 0, 0), (1, 1, 1))):
    """Grey [S, S] to RGB through a ramp of two or more colours."""
    ramp = np.asarray(colours, dtype=np.float32)
    stops = np.linspace(0, 1, len(ramp))
    table = np.stack([np.interp(np.linspace(0, 1, 256), stops, ramp[:, c]) for c in range(3)], 1).astype(np.float32)
    return table[np.uint8(np.clip(grey, 0, 1) * 255)]


def to_image(array):
    """A picture of float values 0 to 1, [S, S] or [S, S, 3], as 8-bit RGB."""
    image = Image.fromarray(np.uint8(np.clip(array, 0, 1) * 255 + 0.5))
    return image if image.mode == "RGB" else image.convert("RGB")


def acquired(rng, array, noise=0.03, blur=0.6, gain=0.15, colour=0.0):
    """The picture as some camera or scanner would give it: gain, gamma, offset, blur, noise, colour cast."""
    size = array.shape[0]
    array = np.clip(array, 0, 1) ** rng.uniform(1 - gain * 1.5, 1 + gain * 1.5)
    array = array * rng.uniform(1 - gain, 1 + gain * 0.5) + rng.uniform(-gain, gain) * 0.2
    if colour > 0:
        array = array * rng.uniform(1 - colour, 1 + colour, 3).astype(np.float32)
    image = to_image(array)
    radius = rng.uniform(0, blur) * size / 128
    if radius > 0.25:
        image = image.filter(ImageFilter.GaussianBlur(radius))
    strength = rng.uniform(0, noise)
    if strength < 0.004:
        return image
    grain = rng.standard_normal((size, size, 1), dtype=np.float32) * strength
    return to_image(np.asarray(image, dtype=np.float32) / 255 + grain)


def reframed(rng, image, degrees=8.0, zoom=0.12, shift=0.08, fill=(0, 0, 0), mirror=False):
    """The picture turned, scaled and moved a little, as framing differs between exposures."""
    size = image.width
    a = np.deg2rad(rng.uniform(-degrees, degrees))
    scale = 1 / rng.uniform(1 - zoom, 1 + zoom)
    flip = -1 if mirror and chance(rng, 0.5) else 1
    cos, sin = np.cos(a) * scale, np.sin(a) * scale
    dx, dy = rng.uniform(-shift, shift, 2) * size
    half = size / 2
    matrix = (
        cos * flip,
        sin,
        half - (cos * flip * (half + dx) + sin * (half + dy)),
        -sin * flip,
        cos,
        half - (-sin * flip * (half + dx) + cos * (half + dy)),
    )
    return image.transform(image.size, Image.AFFINE, matrix, Image.BILINEAR, fillcolor=fill)


def any_way_up(rng, image):
    """One of the eight flips and quarter turns: for pictures that have no upright."""
    turn = int(rng.integers(8))
    if turn & 4:
        image = image.transpose(Image.FLIP_LEFT_RIGHT)
    return (
        image
        if turn & 3 == 0
        else image.transpose((Image.ROTATE_90, Image.ROTATE_180, Image.ROTATE_270)[(turn & 3) - 1])
    )


def blob_distance(rng, x, y, cx, cy, radius):
    """About the signed distance to a wavy disc."""
    angle = np.arctan2(y - cy, x - cx)
    wave = sum(np.cos(k * angle + rng.uniform(0, 6.28)) * 0.12 / k for k in (2, 3, 5))
    return np.hypot(x - cx, y - cy) - radius * (1 + wave)


def film(rng, grey, degrees=6.0, noise=0.05, invert=0.08, zoom=0.12):
    """An exposure: framing, film response, now and then inverted."""
    image = reframed(rng, acquired(rng, grey, noise=noise, blur=0.8, gain=0.22), degrees, zoom=zoom)
    inverted = chance(rng, invert)
    return Image.eval(image, lambda v: 255 - v) if inverted else image

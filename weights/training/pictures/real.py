"""Crops of the real pictures that Debian packages ship, split into training and held-out regions.

Training: the upper halves of ihc.png and retina.jpg (python3-skimage), and the human MRI volume ch2, with and
without its skull (mricron-data).
Held out, never seen in training: their lower halves (a gutter of 3 % apart); the whole of cell.png and
microaneurysms.png (python3-skimage), of the coronal slice of python3-dipy, of the macaque MRI volume inia19
(mricron-data), and of CT_small.dcm (python3-pydicom).
"""

from functools import lru_cache

import numpy as np
from PIL import Image

from .paint import acquired, any_way_up, pick, reframed

SKIMAGE = "/usr/lib/python3/dist-packages/skimage/data/"
DIPY_SLICE = "/usr/lib/python3/dist-packages/dipy/data/files/t1_coronal_slice.npy"
MRICRON = "/usr/share/mricron/templates/"
CT = "/usr/lib/python3/dist-packages/pydicom/data/test_files/CT_small.dcm"

GUTTER = 0.03


def _stretched(array, low=1, high=99.7):
    """Grey values between two percentiles, to 0..255."""
    a, b = np.percentile(array, [low, high])
    return np.uint8(np.clip((array - a) / (b - a), 0, 1) * 255)


@lru_cache
def photograph(name):
    return Image.open(SKIMAGE + name).convert("RGB")


@lru_cache
def half(name, which):
    """The upper or the lower half of a picture, without the gutter between them."""
    image = photograph(name)
    w, h = image.size
    cut = int(h * (0.5 - GUTTER / 2)) if which == "upper" else int(h * (0.5 + GUTTER / 2))
    return image.crop((0, 0, w, cut) if which == "upper" else (0, cut, w, h))


@lru_cache
def volume(name):
    """An MRI volume [X, Y, Z] as bytes: right to left, back to front, foot to head."""
    import nibabel

    return _stretched(
        np.asarray(nibabel.as_closest_canonical(nibabel.load(f"{MRICRON}{name}.nii.gz")).dataobj, dtype=np.float32)
    )


@lru_cache
def coronal_slice():
    return Image.fromarray(_stretched(np.load(DIPY_SLICE).astype(np.float32)))


@lru_cache
def ct_slice():
    import pydicom

    return Image.fromarray(_stretched(pydicom.dcmread(CT).pixel_array.astype(np.float32)))


def brain_slice(name, plane, at):
    """A slice of a volume, upright, on a black square; `at` from 0 to 1 across the volume."""
    axis = ("sagittal", "coronal", "axial").index(plane)
    data = volume(name)
    image = Image.fromarray(np.rot90(np.take(data, int(at * (data.shape[axis] - 1)), axis)))
    return _squared(image)


def _squared(image, margin=1.0):
    side = int(max(image.size) * margin)
    square = Image.new(image.mode, (side, side))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square


def _crop(rng, image, smallest, largest, size, containing=None, off_centre=0.25):
    """A square crop whose side is a share of the picture's shorter side; around a point if one is given."""
    w, h = image.size
    side = int(min(w, h) * rng.uniform(smallest, largest))
    if containing is None:
        x, y = rng.integers(0, w - side + 1), rng.integers(0, h - side + 1)
    else:
        x, y = (
            int(np.clip(c - (0.5 + rng.uniform(-off_centre, off_centre)) * side, 0, n - side))
            for c, n in zip(containing, (w, h))
        )
    return image.resize((size, size), Image.LANCZOS if side > size else Image.BICUBIC, (x, y, x + side, y + side))


def _floats(image):
    return np.asarray(image.convert("RGB"), dtype=np.float32) / 255


IHC = ("immunohistochemistry histopathology", {"stain": "DAB", "staining": "cytoplasmic", "finding": "brown glands"})
FUNDUS = ("retina fundus photograph", {"finding": "no lesions"})
CELL = ("cell phase microscopy", {"count": "a single cell"})
DOTS = ("retinal microaneurysms", {"count": "several dark dots"})
VERTEBRA = ("axial CT", {"region": "vertebra"})
SLICES = {"sagittal": (0.38, 0.62), "coronal": (0.3, 0.72), "axial": (0.38, 0.72)}


def brain(species, plane, **more):
    """Class name and attributes of a T1-weighted brain slice."""
    return "brain MRI", {"species": species, "plane": plane, "weighting": "T1", **more}


def _training_crop(rng, size):
    source = pick(rng, ("ihc", "ihc", "retina", "brain", "brain"))
    if source == "ihc":
        image = _crop(rng, half("ihc.png", "upper"), 0.4, 1.0, size)
        return any_way_up(rng, acquired(rng, _floats(image), noise=0.03, gain=0.12, colour=0.08)), *IHC
    if source == "retina":
        image = _crop(rng, half("retina.jpg", "upper"), 0.45, 1.0, size)
        return any_way_up(rng, acquired(rng, _floats(image), noise=0.02, gain=0.15, colour=0.1)), *FUNDUS
    name, plane = pick(rng, ("ch2", "ch2bet")), pick(rng, tuple(SLICES))
    image = brain_slice(name, plane, rng.uniform(*SLICES[plane]))
    image = acquired(rng, _floats(image.resize((size, size), Image.BILINEAR)), noise=0.05, gain=0.2)
    image = reframed(rng, image, 12, 0.22, 0.08, mirror=True)
    return image, *brain("human", plane, **({"preparation": "skull-stripped"} if name == "ch2bet" else {}))


def training_crops(rng, n, size=128):
    """n augmented crops of the training regions: [(PIL RGB image, class name, attributes)]."""
    return [_training_crop(rng, size) for _ in range(n)]


def _held_out_crop(rng, source, size):
    if source == "ihc":
        return _crop(rng, half("ihc.png", "lower"), 0.5, 1.0, size), *IHC
    if source == "retina":
        return _crop(rng, half("retina.jpg", "lower"), 0.5, 1.0, size), *FUNDUS
    if source == "cell":
        return _crop(rng, photograph("cell.png"), 0.35, 0.95, size, containing=(436, 377), off_centre=0.25), *CELL
    if source == "microaneurysms":
        return _crop(rng, photograph("microaneurysms.png"), 0.7, 1.0, size), *DOTS
    if source == "ct":
        return _crop(rng, ct_slice().convert("RGB"), 0.8, 1.0, size), *VERTEBRA
    if source == "dipy":
        square = coronal_slice().convert("RGB")
        return _crop(rng, square, 0.62, 0.95, size, containing=(128, 118), off_centre=0.08), *brain(
            "human", "coronal", preparation="skull-stripped"
        )
    plane = pick(rng, tuple(SLICES))
    image = brain_slice("inia19-t1-brain", plane, rng.uniform(*SLICES[plane])).convert("RGB")
    return _crop(rng, image, 0.85, 1.0, size, containing=(image.width / 2, image.height / 2), off_centre=0.1), *brain(
        "macaque", plane
    )


HELD_OUT_SOURCES = ("ihc", "retina", "brain", "cell", "microaneurysms", "dipy", "ct")


def held_out_crops(rng, n, size=128):
    """n plain crops of the held-out regions, the seven sources in turn: [(PIL RGB image, class name, attributes)]."""
    return [_held_out_crop(rng, HELD_OUT_SOURCES[i % len(HELD_OUT_SOURCES)], size) for i in range(n)]

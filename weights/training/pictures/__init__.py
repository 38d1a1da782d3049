"""Biomedical-like pictures with captions: drawn ones of 34 subjects, and crops of a few real ones.

    from pictures import CLASSES, SEED_CLASSES, REAL_LABELS, draw, caption, training_crops, held_out_crops
    image, attributes = draw("chest X-ray", numpy.random.default_rng(1), size=128)
    text = caption("chest X-ray", attributes, rng)

Needs Debian's python3-numpy and python3-pil; the real pictures need python3-skimage, python3-dipy, mricron-data,
python3-nibabel and python3-pydicom.
"""

from .captions import caption, vocabulary_texts
from .classes import CLASSES, REAL_LABELS, SEED_CLASSES, draw
from .real import held_out_crops, training_crops

__all__ = [
    "CLASSES",
    "REAL_LABELS",
    "SEED_CLASSES",
    "caption",
    "draw",
    "held_out_crops",
    "training_crops",
    "vocabulary_texts",
]

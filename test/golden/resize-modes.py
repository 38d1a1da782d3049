#!/usr/bin/python3
"""Writes resize-modes.json: what Pillow makes of noise under open_clip's other resize modes and interpolations.

open_clip's image_transform calls Pillow through torchvision; the calls are written out here:
  shortest  torchvision's Resize(S): the long side is truncated; CenterCrop(S): the offset rounded half to even
  longest   ResizeKeepRatio(S, longest=1): both sides divided by the larger ratio and rounded half to even, then
            CenterCropOrPad(S, fill): the smaller half of the padding before, every band filled with fill_color
  squash    Resize((S, S))
convert('RGB') comes last in all. Run: /usr/bin/python3 test/golden/resize-modes.py
"""
import hashlib
import itertools
import json
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, ImageOps

FILTERS = {'bicubic': Image.BICUBIC, 'bilinear': Image.BILINEAR}
SIZES = [(90, 70), (70, 301), (33, 21), (16, 16), (50, 32), (7, 40), (1, 3)]
S = 32


def noise(width, height):
    """RGBA bytes, as in test/resize.test.ts."""
    i = np.arange(width * height * 4, dtype=np.uint64) * np.uint64(2654435761)
    return ((i.astype(np.uint32) >> np.uint32(13)) & np.uint32(255)).astype(np.uint8).reshape(height, width, 4)


def image(width, height, mode):
    data = noise(width, height)
    return Image.fromarray(data[..., :3].copy(), 'RGB') if mode == 'rgb' else Image.fromarray(data, mode.upper())


def resize(img, size, interpolation):
    return img if img.size == size else img.resize(size, interpolation)


def transform(img, mode, interpolation, fill):
    width, height = img.size
    if mode == 'squash':
        return resize(img, (S, S), interpolation).convert('RGB')
    if mode == 'shortest':
        short = min(width, height)
        img = resize(img, tuple(S if side == short else int(S * side / short) for side in img.size), interpolation)
        left, top = (int(round((side - S) / 2.0)) for side in img.size)
        return img.crop((left, top, left + S, top + S)).convert('RGB')
    ratio = max(height / S, width / S)
    img = resize(img, (round(width / ratio), round(height / ratio)), interpolation)
    width, height = img.size
    border = ((S - width) // 2, (S - height) // 2, (S - width + 1) // 2, (S - height + 1) // 2)
    img = ImageOps.expand(img, border=border, fill=tuple([fill] * len(img.getbands())))
    return img.convert('RGB')


cases = []
for (width, height), mode, (name, interpolation), resize_mode in itertools.product(
    SIZES, ['rgb', 'rgba', 'cmyk'], FILTERS.items(), ['shortest', 'longest', 'squash']
):
    fill = 0 if (width + height) % 2 else 77
    pixels = np.asarray(transform(image(width, height, mode), resize_mode, interpolation, fill))
    cases.append({
        'width': width, 'height': height, 'mode': mode, 'interpolation': name, 'resizeMode': resize_mode, 'fillColor': fill,
        'sha256': hashlib.sha256(pixels.tobytes()).hexdigest(),
    })
lines = ',\n'.join(json.dumps(case) for case in cases)
Path(__file__).with_suffix('.json').write_text(f'{{"pillow": "{PIL.__version__}", "size": {S}, "cases": [\n{lines}\n]}}\n')

#!/usr/bin/python3
"""Writes positions.json: position embeddings resized as open_clip's resize_pos_embed and resize_text_pos_embed ask of
torch.nn.functional.interpolate, on seeded values. Run: /usr/bin/python3 test/golden/positions.py
"""
import json
from pathlib import Path

import torch
from torch.nn import functional as F

from seeded import seeded_uniform

WIDTH = 4


def grid(old, new):
    x = torch.from_numpy(seeded_uniform((1 + old * old) * WIDTH, 1).copy()).double().reshape(-1, WIDTH)
    image = x[1:].reshape(1, old, old, WIDTH).permute(0, 3, 1, 2)
    image = F.interpolate(image, size=(new, new), mode='bicubic', antialias=True, align_corners=False)
    return torch.cat([x[:1], image.permute(0, 2, 3, 1).reshape(new * new, WIDTH)])


def line(old, new):
    x = torch.from_numpy(seeded_uniform(old * WIDTH, 1).copy()).double().reshape(1, old, WIDTH).permute(0, 2, 1)
    return F.interpolate(x, size=new, mode='linear', align_corners=False).permute(0, 2, 1)[0]


cases = [
    {'kind': kind, 'from': old, 'to': new, 'values': [float(f'{v:.8g}') for v in make(old, new).flatten().tolist()]}
    for kind, make, sizes in [('grid', grid, [(3, 5), (7, 4), (14, 9), (2, 2)]), ('line', line, [(77, 20), (5, 9), (6, 6)])]
    for old, new in sizes
]
lines = ',\n'.join(json.dumps(case) for case in cases)
Path(__file__).with_suffix('.json').write_text(f'{{"torch": "{torch.__version__}", "cases": [\n{lines}\n]}}\n')

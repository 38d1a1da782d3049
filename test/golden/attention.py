"""Writes attention.json: torch.nn.MultiheadAttention in double precision with projections that do nothing, on a padded
batch with a key padding mask. Run: /usr/bin/python3 test/golden/attention.py"""

import base64
import json
from pathlib import Path

import numpy as np
import torch
from seeded import seeded_uniform

CASES = [
    # heads, head width, tokens of each sequence, scale of q and k
    {"name": "heads of 64, a dense batch", "heads": 2, "headWidth": 64, "lengths": [10, 10, 10], "scale": 1.5},
    {"name": "heads of 64, packed lengths", "heads": 1, "headWidth": 64, "lengths": [1, 2, 17, 64, 65, 100], "scale": 1.5},
    {"name": "heads of 12, packed lengths", "heads": 3, "headWidth": 12, "lengths": [65, 1, 100, 2, 64, 17], "scale": 1.5},
    {"name": "heads of 64, logits of -80 to 80", "heads": 1, "headWidth": 64, "lengths": [33, 20], "scale": 11},
    {"name": "heads of 4, logits of -80 to 80", "heads": 2, "headWidth": 4, "lengths": [40, 70], "scale": 9},
    {"name": "heads of 80", "heads": 2, "headWidth": 80, "lengths": [19, 3], "scale": 1.5},
    {"name": "heads of 64, causal", "heads": 2, "headWidth": 64, "lengths": [1, 2, 17, 77, 8], "scale": 1.5, "causal": True},
    {"name": "heads of 88, causal", "heads": 1, "headWidth": 88, "lengths": [33, 16, 5], "scale": 1.5, "causal": True},
    {"name": "heads of 64, causal, logits of -80 to 80", "heads": 1, "headWidth": 64, "lengths": [33, 20], "scale": 11, "causal": True},
]


def attend(seed: int, heads: int, headWidth: int, lengths: list[int], scale: float, causal: bool = False, **_) -> tuple[np.ndarray, float]:
    width = heads * headWidth
    qkv = torch.from_numpy(seeded_uniform(sum(lengths) * 3 * width, seed)).reshape(-1, 3 * width)
    factor = torch.tensor(np.repeat(np.float32([scale, scale, 1]), width))
    qkv = (qkv * factor).double()  # rounded to float32 as the test's input is
    padded = torch.nn.utils.rnn.pad_sequence(qkv.split(lengths), batch_first=True)
    mask = torch.arange(max(lengths))[None, :] >= torch.tensor(lengths)[:, None]

    layer = torch.nn.MultiheadAttention(width, heads, bias=False, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        layer.in_proj_weight.copy_(torch.eye(width).repeat(3, 1))
        layer.out_proj.weight.copy_(torch.eye(width))
        q, k, v = padded.split(width, dim=-1)
        later = torch.ones(max(lengths), max(lengths), dtype=torch.bool).triu(1) if causal else None
        y, _ = layer(q, k, v, key_padding_mask=mask, attn_mask=later, need_weights=False)
    logits = torch.einsum("bqhd,bkhd->bhqk", q.unflatten(-1, (heads, -1)), k.unflatten(-1, (heads, -1)))
    largest = float(logits.abs().max()) / headWidth**0.5
    return y[~mask].numpy().astype(np.float32), largest


cases = []
for seed, case in enumerate(CASES, start=1):
    y, largest = attend(seed, **case)
    print(case["name"], "largest logit", largest)
    cases.append({**case, "seed": seed, "y": base64.b64encode(y.tobytes()).decode()})
Path(__file__).with_suffix(".json").write_text(json.dumps({"torch": torch.__version__, "cases": cases}, indent=1) + "\n")

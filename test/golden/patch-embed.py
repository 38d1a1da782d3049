"""Writes patch-embed.json: torch.nn.functional.conv2d over normalised pixels, the class token in front and positions
added, in double precision. Run: /usr/bin/python3 test/golden/patch-embed.py"""

import base64
import json
from pathlib import Path

import numpy as np
import torch
from seeded import seeded_uniform

B, S, P, C = 2, 12, 4, 10
MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
T = (S // P) ** 2 + 1


def tensor(seed: int, *shape: int) -> torch.Tensor:
    return torch.from_numpy(seeded_uniform(int(np.prod(shape)), seed)).reshape(shape).double()


pixels = ((tensor(1, B, S, S, 3) + 1) * 128).floor()  # bytes
x = (pixels / 255 - torch.tensor(MEAN).double()) / torch.tensor(STD).double()
patches = torch.nn.functional.conv2d(x.permute(0, 3, 1, 2), tensor(2, C, 3, P, P), tensor(3, C), stride=P)
tokens = patches.flatten(2).transpose(1, 2)  # [B, T - 1, C], as timm's PatchEmbed
y = torch.cat([tensor(4, 1, 1, C).expand(B, -1, -1), tokens], dim=1) + tensor(5, 1, T, C)
golden = {"B": B, "S": S, "P": P, "C": C, "mean": MEAN, "std": STD}
golden["y"] = base64.b64encode(y.numpy().astype(np.float32).tobytes()).decode()
Path(__file__).with_suffix(".json").write_text(json.dumps({"torch": torch.__version__, **golden}) + "\n")

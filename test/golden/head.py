"""Heads trained by PyTorch in double precision: the judge of test/head.test.ts. Run by /usr/bin/python3; writes head.json.

The same rows, batches, schedules and start as src/closing/head/, everything else by torch: cross_entropy, normalize, pdist,
autograd and AdamW.
"""

import base64
import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from seeded import seeded_uniform

torch.set_default_dtype(torch.float64)
N, SEED = 80, 3
MASK = 0xFFFFFFFF


def mix(x: int) -> int:
    """As `mix` in src/metrics/random.ts."""
    h = x & MASK
    h = ((h ^ (h >> 16)) * 0x85EBCA6B) & MASK
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & MASK
    return h ^ (h >> 16)


def epoch_order(epoch: int) -> list[int]:
    key = mix(SEED + 4 * 0x9E3779B9)
    order = list(range(N))
    for i in range(N - 1, 0, -1):
        other = math.floor(mix(mix(epoch * N + i) + key) / 2**32 * (i + 1))
        order[i], order[other] = order[other], order[i]
    return order


def rows(dim: int) -> tuple[torch.Tensor, torch.Tensor]:
    x = seeded_uniform(N * dim, 1).astype(np.float64)
    y = (0.5 * x + 0.5 * seeded_uniform(N * dim, 2) + 0.3).astype(np.float32)
    return tuple(F.normalize(torch.tensor(v.astype(np.float64)).reshape(N, dim), dim=1) for v in (x, y))


def pair_loss(x, y, scale, mod_gap):
    logits = scale * x @ y.T
    target = torch.arange(len(x))
    loss = 0.5 * (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target))
    if mod_gap:
        centroids = F.normalize((x + y) / 2, dim=1)
        uniformity = torch.pdist(centroids).pow(2).mul(-2).exp().mean().log()
        loss = loss + mod_gap * ((x - y).norm(dim=1).pow(2).mean() + uniformity)
    return loss


def train(dim, size, steps, start, end, identity, mod_gap, decay, rate=1e-3):
    data = rows(dim)
    maps = [torch.nn.Linear(dim, dim) for _ in data]
    for head, x in zip(maps, data):
        torch.nn.init.eye_(head.weight)
        head.bias.data = -x.mean(dim=0)
    parameters = [p for head in maps for p in head.parameters()]
    adamw = torch.optim.AdamW(parameters, lr=rate, betas=(0.9, 0.98), eps=1e-8, weight_decay=decay)
    warm, each, losses = min(20, steps), N // size, []
    for step in range(steps):
        after = 0.5 * (1 + math.cos(math.pi * (step - warm) / max(steps - warm, 1)))
        adamw.param_groups[0]['lr'] = rate * ((step + 1) / warm if step < warm else after)
        falling = 0.5 * (1 + math.cos(math.pi * step / max(steps - 1, 1)))
        first = step % each * size
        batch = epoch_order(step // each)[first : first + size]
        x, y = (F.normalize(head(v[batch]), dim=1) for head, v in zip(maps, data))
        loss = pair_loss(x, y, end * (start / end) ** falling, mod_gap)
        loss = loss + identity * sum((head.weight - torch.eye(dim)).pow(2).sum() for head in maps)
        losses.append(loss.item())
        adamw.zero_grad()
        loss.backward()
        adamw.step()
    return losses, maps


def encoded(tensor: torch.Tensor) -> str:
    return base64.b64encode(tensor.detach().numpy().astype('<f4').tobytes()).decode()


def main() -> None:
    plain = dict(start=10, end=10, identity=0, mod_gap=0, decay=0)
    every = dict(start=20, end=5, identity=0.1, mod_gap=0.7, decay=0.05)
    odd, even = dict(dim=33, size=37), dict(dim=34, size=38)
    runs = [('CLIP alone', plain | odd, (1, 20)), ('every term', every | odd, (1,)), ('every term', every | even, (20, 30))]
    cases = []
    for name, options, lengths in runs:
        for steps in lengths:
            losses, maps = train(steps=steps, **options)
            heads = [{'weight': encoded(m.weight), 'bias': encoded(m.bias)} for m in maps]
            cases.append(dict(name=name, steps=steps, **options, losses=losses, image=heads[0], text=heads[1]))
    result = {'torch': torch.__version__, 'n': N, 'seed': SEED, 'cases': cases}
    Path(__file__).with_suffix('.json').write_text(json.dumps(result, indent=1) + '\n')


main()

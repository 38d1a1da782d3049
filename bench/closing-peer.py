"""The training loop of src/closing/head/ in PyTorch on the CPU, as one would write it, for bench/closing.ts.

closing-peer.py images.npy texts.npy order.npy '{json}'   trains; prints {"seconds", "losses", "torch", "threads"}
The batches' rows are in order.npy [steps, B]; the time is that of the loop, without reading and scaling the rows.
"""

import json
import math
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

options = json.loads(sys.argv[4])
rate, scale, identity, mod_gap = (options[k] for k in ("learningRate", "scale", "identity", "modGap"))
torch.set_num_threads(options["threads"])
images, texts = (F.normalize(torch.from_numpy(np.load(file)), dim=1) for file in sys.argv[1:3])
order = torch.from_numpy(np.load(sys.argv[3]).astype(np.int64))
steps, batch = order.shape
dim = images.shape[1]


def start(rows: torch.Tensor) -> torch.nn.Linear:
    head = torch.nn.Linear(dim, dim)
    torch.nn.init.eye_(head.weight)
    head.bias.data = -rows.mean(dim=0)
    return head


def loss_of(step: int) -> torch.Tensor:
    x, y = (F.normalize(head(rows[order[step]]), dim=1) for head, rows in zip(heads, (images, texts)))
    logits = scale * x @ y.T
    loss = 0.5 * (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target))
    if mod_gap:
        centroids = F.normalize((x + y) / 2, dim=1)
        uniformity = torch.pdist(centroids).pow(2).mul(-2).exp().mean().log()
        loss = loss + mod_gap * ((x - y).pow(2).sum(dim=1).mean() + uniformity)
    return loss + identity * sum((head.weight - eye).pow(2).sum() for head in heads)


begin = time.perf_counter()
heads = [start(images), start(texts)]
parameters = [p for head in heads for p in head.parameters()]
adamw = torch.optim.AdamW(parameters, lr=rate, betas=(0.9, 0.98), eps=1e-8, weight_decay=0)
target, eye, losses = torch.arange(batch), torch.eye(dim), []
warm = min(20, steps)
for step in range(min(steps, options["most"])):
    falling = 0.5 * (1 + math.cos(math.pi * (step - warm) / max(steps - warm, 1)))
    adamw.param_groups[0]["lr"] = rate * ((step + 1) / warm if step < warm else falling)
    adamw.zero_grad(set_to_none=True)
    loss = loss_of(step)
    loss.backward()
    adamw.step()
    losses.append(loss.item())
seconds = time.perf_counter() - begin
print(json.dumps({"seconds": seconds, "losses": losses, "torch": torch.__version__, "threads": torch.get_num_threads()}))

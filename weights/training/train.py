"""Trains one seed of the default model.

    /usr/bin/python3 weights/training/train.py --seed 0 [--until 700]
    /usr/bin/python3 weights/training/train.py --seed 0 --name modgap-seed --scale 10 --loss modgap

Reads .cache/training (see weights/default/README.md), writes checkpoints there (a later call goes on from the
newest), and the log to weights/training/logs/NAME-N.csv. The batch of each step depends on the seed and the step only.
The second command is the same recipe with a loss that keeps the modality gap small (modgap.py).
"""
import argparse
import csv
import math
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

import data
import modgap
import validation
from model import LOGIT_SCALE, Clip, Config, normalise_pixels
from wordpiece import WordPiece

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / ".cache" / "training"

STEPS = 1900
SCALE_FROM = 14.3  # CLIP's first scale; up to LOGIT_SCALE in the first steps, and there from then on
SCALE_RAMP = 200
RATE = 8e-4
WARM_UP = 75
SLOW_PERIOD = 2000  # a cosine of this length until COOL_FROM, then a quicker one that ends with AGAIN_FROM
COOL_FROM = 1000
AGAIN_FROM = 1500  # a second, lower cycle (Loshchilov and Hutter 2017) until the end
AGAIN_RATE = 4e-4
AGAIN_WARM_UP = 25
WEIGHT_DECAY = 0.1
CLIP_GRADIENT = 1.0
SHARES = {  # of a batch of 128, from a step on
    0: {"icons": 98, "pictures": 24, "crops": 6},
    COOL_FROM: {"icons": 84, "pictures": 36, "crops": 8},
    AGAIN_FROM: {"icons": 76, "pictures": 44, "crops": 8},
}
KEEP_PATCHES = 27  # of 36, before WHOLE_FROM
WHOLE_FROM = 1275
VALIDATE_EVERY = 200


def rate_at(step: int, steps: int) -> float:
    if step >= AGAIN_FROM:
        warmth = min(1, (step - AGAIN_FROM + 1) / AGAIN_WARM_UP)
        return AGAIN_RATE * warmth * half_cosine((step - AGAIN_FROM) / (steps - AGAIN_FROM))
    if step < WARM_UP:
        return RATE * (step + 1) / WARM_UP
    slow = RATE * half_cosine((min(step, COOL_FROM) - WARM_UP) / (SLOW_PERIOD - WARM_UP))
    return slow if step < COOL_FROM else slow * half_cosine((step - COOL_FROM) / (AGAIN_FROM - COOL_FROM))


def shares_at(step: int) -> dict[str, int]:
    return SHARES[max(start for start in SHARES if start <= step)]


def half_cosine(share: float) -> float:
    """From 1 to 0."""
    return 0.5 * (1 + math.cos(math.pi * share))


def optimiser_of(model: Clip) -> torch.optim.Optimizer:
    """Weight decay for matrices only."""
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    small = lambda name, p: p.ndim < 2 or "embed" in name or "token" in name
    groups = [
        {"params": [p for name, p in trained if not small(name, p)], "weight_decay": WEIGHT_DECAY},
        {"params": [p for name, p in trained if small(name, p)], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.98), eps=1e-6, foreach=True)


def scale_at(step: int, scale: float) -> float:
    """A scale below CLIP's first one is held from the start."""
    return scale if scale <= SCALE_FROM else SCALE_FROM * (scale / SCALE_FROM) ** min(1, step / SCALE_RAMP)


def clip_loss(images: torch.Tensor, texts: torch.Tensor, scale: float, excluded: torch.Tensor) -> torch.Tensor:
    """Radford et al. 2021, at a scale that is not learned, without pairs that are no counter-examples."""
    logits = scale * F.normalize(images) @ F.normalize(texts).T
    logits = logits.masked_fill(excluded, -math.inf)
    target = torch.arange(len(logits))
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


class Run:
    def __init__(self, options: argparse.Namespace) -> None:
        self.seed, self.steps, self.cache = options.seed, options.steps, options.cache
        self.scale, self.loss = options.scale, options.loss
        name = f"{options.name}-{options.seed}"
        self.log = options.logs / f"{name}.csv"
        torch.manual_seed(self.seed)
        self.tokenizer = WordPiece.load(self.cache / "vocab.txt")
        self.model = Clip(Config(vocabulary=len(self.tokenizer.vocabulary)))
        if self.scale != LOGIT_SCALE:
            self.model.logit_scale.data.fill_(math.log(self.scale))
        self.optimiser = optimiser_of(self.model)
        self.sources = {
            source: data.IconSource(self.cache) if source == "icons" else data.PictureSource(self.cache, source)
            for source in shares_at(0)
        }
        self.step = 0
        self.seconds = 0.0
        self.checkpoint = self.cache / f"{name}.pt"
        if self.checkpoint.exists():
            state = torch.load(self.checkpoint)
            self.model.load_state_dict(state["model"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.step, self.seconds = state["step"], state["seconds"]

    def save(self) -> None:
        state = {"model": self.model.state_dict(), "optimiser": self.optimiser.state_dict(), "step": self.step,
                 "seconds": self.seconds}
        temporary = self.checkpoint.with_suffix(".new")
        torch.save(state, temporary)
        temporary.rename(self.checkpoint)

    def train_step(self) -> float:
        random = np.random.RandomState([self.seed, self.step])
        torch.manual_seed(self.seed * 1_000_003 + self.step)
        shares = shares_at(self.step)
        batch = data.mix([self.sources[name].draw(count, random) for name, count in shares.items()])
        keep = None
        if self.step < WHOLE_FROM:
            keep = torch.rand(len(batch.captions), 36).argsort(1)[:, :KEEP_PATCHES]
        images = self.model.visual(normalise_pixels(batch.pixels), torch.bfloat16, keep)
        texts = self.model.text([self.tokenizer.encode(c) for c in batch.captions], torch.bfloat16)
        excluded = data.not_negatives(batch)
        loss = clip_loss(images, texts, scale_at(self.step, self.scale), excluded)
        if self.loss == "modgap":
            loss = loss + modgap.penalty(F.normalize(images), F.normalize(texts), excluded, self.step / self.steps)
        for group in self.optimiser.param_groups:
            group["lr"] = rate_at(self.step, self.steps)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), CLIP_GRADIENT)
        self.optimiser.step()
        self.step += 1
        return loss.item()

    def train(self, until: int) -> None:
        losses = []
        while self.step < until:
            started = time.time()
            losses.append(self.train_step())
            self.seconds += time.time() - started
            if self.step % VALIDATE_EVERY == 0 or self.step == until:
                scores = validation.scores(self.model, self.tokenizer, self.cache)
                self.write_log({"step": self.step, "seconds": round(self.seconds), "loss": round(np.mean(losses), 4),
                                **{name: round(float(score), 4) for name, score in scores.items()}})
                losses = []
                self.save()

    def write_log(self, row: dict) -> None:
        print(self.seed, row, flush=True)
        self.log.parent.mkdir(exist_ok=True, parents=True)
        new = not self.log.exists()
        with self.log.open("a", newline="") as file:
            writer = csv.DictWriter(file, row.keys(), lineterminator="\n")
            if new:
                writer.writeheader()
            writer.writerow(row)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--until", type=int, default=None, help="stop at this step; the schedule stays the same")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--logs", type=Path, default=HERE / "logs")
    parser.add_argument("--name", default="seed", help="of the checkpoint and the log, before the seed's number")
    parser.add_argument("--scale", type=float, default=LOGIT_SCALE, help="the logit scale that is held")
    parser.add_argument("--loss", choices=("clip", "modgap"), default="clip")
    options = parser.parse_args()
    if options.name == "seed" and (options.loss != "clip" or options.scale != LOGIT_SCALE):
        parser.error("--loss and --scale need another --name: seed-N are the shipped recipe's files")
    torch.set_num_threads(1)
    Run(options).train(min(options.until or options.steps, options.steps))


if __name__ == "__main__":
    main()

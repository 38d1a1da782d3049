"""Batches of pairs from three sources: icons, drawn pictures (`pictures.npy`), regions of real ones (`crops.npy`).

Every batch is made from (seed, step) alone, so that a resumed run goes on as if it had not stopped.
"""
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import augment
import icons


@dataclass(frozen=True)
class Batch:
    pixels: Tensor  # [B, 3, 96, 96] of 0 to 1
    captions: list[str]
    groups: list[str]  # what an icon or a picture is of
    generic: list[bool]  # the caption names the group and no more


class IconSource:
    def __init__(self, directory: Path) -> None:
        everything, self.pixels = icons.load(directory)
        self.icons = icons.split(everything)["train"]
        self.by_concept: dict[str, list[icons.Icon]] = {}
        for icon in self.icons:
            self.by_concept.setdefault(icon.concept, []).append(icon)
        self.concepts = sorted(self.by_concept)
        # Concepts with many drawings come more often, but not in proportion.
        weight = np.array([len(self.by_concept[c]) ** 0.6 for c in self.concepts])
        self.weight = weight / weight.sum()

    def draw(self, count: int, random: np.random.RandomState) -> Batch:
        chosen = random.choice(len(self.concepts), count, replace=False, p=self.weight)
        batch = [self.pick(self.concepts[i], random) for i in chosen]
        mirror = np.array([not icon.sided for icon in batch])
        warp = lambda x: augment.affine(torch.from_numpy(x), mirror, random, 0.6, "zeros").numpy()
        tinted = np.array([icon.tinted for icon in batch])
        pictures = icons.composite(self.pixels[[icon.index for icon in batch]], tinted, random, warp)
        pixels = augment.colours(torch.from_numpy(pictures), random, 0.3)
        captions = [icons.caption(icon, random) for icon in batch]
        return Batch(pixels, captions, [f"icon {icon.concept}" for icon in batch], [True] * count)

    def pick(self, concept: str, random: np.random.RandomState) -> icons.Icon:
        same = self.by_concept[concept]
        return same[random.randint(len(same))]


class PictureSource:
    """Pictures with several captions each, the first ones generic: NAME.npy [N, S', S', 3] and NAME.json."""

    def __init__(self, directory: Path, name: str) -> None:
        self.pixels = np.load(directory / f"{name}.npy", mmap_mode="r")
        self.entries = json.loads((directory / f"{name}.json").read_text())
        self.by_group: dict[str, list[int]] = {}
        for i, entry in enumerate(self.entries):
            self.by_group.setdefault(entry["class"], []).append(i)
        self.groups = sorted(self.by_group)

    def draw(self, count: int, random: np.random.RandomState) -> Batch:
        order = np.concatenate([random.permutation(len(self.groups)) for _ in range(count // len(self.groups) + 1)])
        members = [self.by_group[self.groups[g]] for g in order[:count]]
        chosen = [of_group[random.randint(len(of_group))] for of_group in members]
        entries = [self.entries[i] for i in chosen]
        raw = torch.from_numpy(self.pixels[chosen]).permute(0, 3, 1, 2).float() / 255
        mirror = np.array([entry["mirror"] for entry in entries])
        pixels = augment.affine(raw, mirror, random, 0.5)
        pixels = augment.colours(pixels, random, np.array([entry["colours"] for entry in entries]))
        captions, generic = zip(*(choose_caption(entry, random) for entry in entries))
        return Batch(pixels, list(captions), [entry["class"] for entry in entries], list(generic))


def choose_caption(entry: dict, random: np.random.RandomState) -> tuple[str, bool]:
    detailed = entry["detailed"]
    generic = not detailed or random.rand() < 0.5
    captions = entry["generic"] if generic else detailed
    return captions[random.randint(len(captions))], generic


def mix(parts: list[Batch]) -> Batch:
    join = lambda lists: [item for each in lists for item in each]
    return Batch(
        torch.cat([part.pixels.float() for part in parts]),
        join(part.captions for part in parts),
        join(part.groups for part in parts),
        join(part.generic for part in parts),
    )


def not_negatives(batch: Batch) -> Tensor:
    """[B, B], True for pairs of different rows that are no counter-examples: both show the same thing, and one of the
    captions says no more than that, or both say the same."""
    groups = np.array(batch.groups)
    captions = np.array(batch.captions)
    generic = np.array(batch.generic)
    vague = generic[:, None] | generic[None, :] | (captions[:, None] == captions[None, :])
    same = (groups[:, None] == groups[None, :]) & vague
    np.fill_diagonal(same, False)
    return torch.from_numpy(same)

"""Icons with names: splits, captions, and pictures on varied backgrounds.

A concept is what all variants of one drawing share (outlines, sizes, sides, sexes); it lies on one side of the split:
- `drawings`: concepts that both emoji sets draw. Noto's drawing is held out, the other sets' are trained on.
- `names`: concepts that are held out of every set.
Each has a validation and a test half; the rest is for training.
"""
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SIZE = 96
POOL = {"drawings": 200, "names": 90}
HELD_OUT_SET = "noto"
SPLIT_SEED = 20260425
EVALUATION_TEMPLATE = "this is a photo of {}"
TEMPLATES = [
    "this is a photo of {}", "this is a photo of {}", "{}", "a photo of {}", "an icon of {}", "a drawing of {}",
    "a picture of {}", "{} icon", "this is a drawing of {}", "a symbol of {}", "an illustration of {}",
]
# Mirrored, these would be something else, or letters back to front.
SIDED = re.compile(r"left|right|east|west|button|letter|digit|keycap|clock|number|\d|sign|symbol|mark|thirty|question")


@dataclass(frozen=True)
class Icon:
    index: int
    set: str
    name: str
    concept: str
    words: str
    label: str
    tags: tuple[str, ...]
    tinted: bool  # one colour, which the background decides

    @property
    def sided(self) -> bool:
        return SIDED.search(f"{self.name} {self.label}") is not None


def load(directory: Path) -> tuple[list[Icon], np.ndarray]:
    entries = json.loads((directory / "icons.json").read_text())
    fields = ("set", "name", "concept", "words", "label", "tinted")
    icons = [
        Icon(index=i, tags=tuple(ascii_text(tag) for tag in e["tags"]), **{f: clean(e[f]) for f in fields})
        for i, e in enumerate(entries)
    ]
    pixels = np.memmap(directory / "icons.rgba", np.uint8, "r").reshape(len(icons), SIZE, SIZE, 4)
    return icons, pixels


def clean(value):
    return ascii_text(value) if isinstance(value, str) else value


def ascii_text(text: str) -> str:
    return text.replace("’", "'").replace("“", '"').replace("”", '"').encode("ascii", "ignore").decode().strip()


def split(icons: list[Icon]) -> dict[str, list[Icon]]:
    """`train`, and one icon a concept in each of `drawings-validation`, `drawings-test`, `names-...`."""
    random = np.random.RandomState(SPLIT_SEED)
    by_concept: dict[str, list[Icon]] = {}
    for icon in icons:
        by_concept.setdefault(icon.concept, []).append(icon)
    concepts = [c for c in sorted(by_concept) if len(c) > 1]
    order = [concepts[i] for i in random.permutation(len(concepts))]

    unseen_names, rest = order[: 2 * POOL["names"]], order[2 * POOL["names"] :]
    drawn_twice = [c for c in rest if shown_in_both(by_concept[c])]
    unseen_drawings = drawn_twice[: 2 * POOL["drawings"]]

    names = [by_concept[c][random.randint(len(by_concept[c]))] for c in unseen_names]
    drawings = [held_out_drawing(by_concept[c]) for c in unseen_drawings]
    hidden, half_hidden = set(unseen_names), set(unseen_drawings)
    train = [
        icon
        for icon in icons
        if icon.concept not in hidden and not (icon.concept in half_hidden and icon.set == HELD_OUT_SET)
    ]
    return {
        "train": train,
        "names-validation": names[: POOL["names"]],
        "names-test": names[POOL["names"] :],
        "drawings-validation": drawings[: POOL["drawings"]],
        "drawings-test": drawings[POOL["drawings"] :],
    }


def shown_in_both(icons: list[Icon]) -> bool:
    others = {i.name for i in icons if i.set == "fluent-emoji-flat"}
    return any(i.set == HELD_OUT_SET and i.name in others for i in icons)


def held_out_drawing(icons: list[Icon]) -> Icon:
    """The one with the shortest name that the other emoji set has too."""
    others = {i.name for i in icons if i.set == "fluent-emoji-flat"}
    both = [i for i in icons if i.set == HELD_OUT_SET and i.name in others]
    return min(both, key=lambda icon: (len(icon.name), icon.name))


def caption(icon: Icon, random: np.random.RandomState) -> str:
    draw = random.rand()
    tags = [tag for tag in icon.tags if tag and tag not in icon.words]
    words = icon.words if draw < 0.6 else icon.label
    if tags and draw > 0.8:
        some = [tags[i] for i in random.permutation(len(tags))[: random.randint(1, 4)]]
        words = ", ".join(([] if draw > 0.95 else [words]) + some)
    return TEMPLATES[random.randint(len(TEMPLATES))].format(words)


def evaluation_caption(icon: Icon) -> str:
    return EVALUATION_TEMPLATE.format(icon.words)


def backgrounds(count: int, random: np.random.RandomState) -> np.ndarray:
    """[count, 3, S, S] of 0 to 1: white, plain colours, gradients, a little noise."""
    kind = random.rand(count)  # up to 0.35 white, to 0.8 pale, then any colour
    corners = random.rand(count, 3, 2, 2).astype(np.float32)
    pale = kind < 0.8
    corners[pale] = 0.75 + 0.25 * corners[pale]
    plain = random.rand(count) < 0.6
    corners[plain] = corners[plain][:, :, :1, :1]
    corners[kind < 0.35] = 1.0
    t = np.linspace(0, 1, SIZE, dtype=np.float32)
    columns = corners[..., :1] * (1 - t) + corners[..., 1:] * t  # [count, 3, 2, S]
    result = columns[:, :, :1] * (1 - t)[:, None] + columns[:, :, 1:] * t[:, None]
    noisy = np.flatnonzero(random.rand(count) < 0.1)
    result[noisy] += random.uniform(-0.08, 0.08, (len(noisy), 3, SIZE, SIZE)).astype(np.float32)
    return result.clip(0, 1)


def tints(background: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """[B, 3]: for each background a colour that stands out: dark on light, or light on dark."""
    light = background.mean((1, 2, 3)) > 0.5
    colour = random.rand(len(background), 3).astype(np.float32)
    black = random.rand(len(background)) < 0.6
    colour[black] = 0
    dark = colour * 0.45
    return np.where(light[:, None], dark, 1 - dark)


def composite(rgba: np.ndarray, tinted: np.ndarray, random: np.random.RandomState, warp=lambda x: x) -> np.ndarray:
    """RGBA bytes [B, S, S, 4] on random backgrounds: [B, 3, S, S] of 0 to 1. `warp` moves [B, 4, S, S], colours
    multiplied by alpha."""
    background = backgrounds(len(rgba), random)
    colour = tints(background, random)
    x = rgba.transpose(0, 3, 1, 2).astype(np.float32) / 255
    x[:, :3] *= x[:, 3:]
    x = warp(x)
    front, alpha = x[:, :3], x[:, 3:]
    front[tinted] = (colour[:, :, None, None] * alpha)[tinted]
    return front + background * (1 - alpha)


def evaluation_pictures(icons: list[Icon], pixels: np.ndarray, seed: int) -> np.ndarray:
    """[B, S, S, 3] bytes, on backgrounds like those of training."""
    random = np.random.RandomState(seed)
    tinted = np.array([icon.tinted for icon in icons])
    pictures = composite(pixels[[icon.index for icon in icons]], tinted, random)
    return (pictures.transpose(0, 2, 3, 1) * 255 + 0.5).astype(np.uint8)

"""Scores on the validation halves; the test halves are read by the engine's own evaluation, once."""
import json
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

import icons
from model import Clip, normalise_pixels
from wordpiece import WordPiece

BACKGROUND_SEED = {"validation": 11, "test": 12}


@lru_cache
def icon_pool(cache: Path, name: str, half: str) -> tuple[np.ndarray, list[str]]:
    everything, pixels = icons.load(cache)
    chosen = icons.split(everything)[f"{name}-{half}"]
    pictures = icons.evaluation_pictures(chosen, pixels, BACKGROUND_SEED[half])
    return pictures, [icons.evaluation_caption(icon) for icon in chosen]


@torch.no_grad()
def embed_images(model: Clip, pictures: np.ndarray) -> Tensor:
    """Bytes [B, 96, 96, 3]."""
    parts = []
    for start in range(0, len(pictures), 128):
        pixels = torch.from_numpy(np.asarray(pictures[start : start + 128])).permute(0, 3, 1, 2).float() / 255
        parts.append(F.normalize(model.visual(normalise_pixels(pixels))))
    return torch.cat(parts)


@torch.no_grad()
def embed_texts(model: Clip, tokenizer: WordPiece, captions: list[str]) -> Tensor:
    return F.normalize(model.text([tokenizer.encode(caption) for caption in captions]))


def recall(queries: Tensor, items: Tensor, k: int) -> float:
    """The share of queries whose own item is among the first k."""
    similarity = queries @ items.T
    rank = (similarity > similarity.diagonal()[:, None]).sum(1)
    return (rank < k).float().mean().item()


def scores(model: Clip, tokenizer: WordPiece, cache: Path) -> dict[str, float]:
    model.eval()
    result = {}
    for name, k in (("drawings", 1), ("names", 10)):
        pictures, captions = icon_pool(cache, name, "validation")
        images, texts = embed_images(model, pictures), embed_texts(model, tokenizer, captions)
        result[f"{name}_t2i_{k}"] = recall(texts, images, k)
        result[f"{name}_i2t_{k}"] = recall(images, texts, k)
        if name == "drawings":
            result["gap"] = (images.mean(0) - texts.mean(0)).norm().item()
            result["cross_cosine"] = (images @ texts.T).mean().item()
    for name in ("fresh-validation", "crops-validation"):
        if (cache / f"{name}.json").exists():
            result.update(zero_shot(model, tokenizer, cache, name))
    model.train()
    return result


def zero_shot(model: Clip, tokenizer: WordPiece, cache: Path, name: str) -> dict[str, float]:
    """Top-1 among the captions of all classes in NAME.json: mean, and the worst class."""
    described = json.loads((cache / f"{name}.json").read_text())
    images = embed_images(model, np.load(cache / f"{name}.npy"))
    texts = embed_texts(model, tokenizer, described["captions"])
    labels = torch.tensor(described["labels"])
    right = ((images @ texts.T).argmax(1) == labels).float()
    by_class = [right[labels == c].mean().item() for c in sorted(set(described["labels"]))]
    key = name.split("-")[0]
    return {key: float(np.mean(by_class)), f"{key}_worst": min(by_class)}

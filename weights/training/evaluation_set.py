"""Writes the held-out pictures of the test halves as contact sheets, for the engine's own evaluation.

    /usr/bin/python3 weights/training/evaluation_set.py

Writes weights/evaluation/: a JPEG sheet of 96-pixel tiles for each test, and evaluation.json: what each tile
shows. The sheets as stored are the test; nothing is compared with pictures before their compression.
"""
import json
from pathlib import Path

import numpy as np
from PIL import Image

import icons
import pictures
from pictures.real import HELD_OUT_SOURCES
from render_pictures import CACHE, HERE, SIZE, TEMPLATE, VALIDATION_SOURCES, draw_pictures, small
from validation import BACKGROUND_SEED

OUT = HERE.parent / "evaluation"
COLUMNS = 20
FRESH_EACH = 30
CROPS_EACH = 12
SEEDS = {"fresh": 3003, "crops": 3004}


def sheet(name: str, tiles: list[np.ndarray], about: dict) -> dict:
    rows = -(-len(tiles) // COLUMNS)
    image = Image.new("RGB", (COLUMNS * SIZE, rows * SIZE))
    for i, tile in enumerate(tiles):
        image.paste(Image.fromarray(tile), (i % COLUMNS * SIZE, i // COLUMNS * SIZE))
    OUT.mkdir(parents=True, exist_ok=True)
    # Tiles are whole 8 x 8 blocks, so none bleeds into the next.
    image.save(OUT / f"{name}.jpg", quality=86, subsampling=0, optimize=True)
    return {"sheet": f"{name}.jpg", "tile": SIZE, "columns": COLUMNS, "count": len(tiles), **about}


def retrieval(name: str) -> dict:
    everything, pixels = icons.load(CACHE)
    chosen = icons.split(everything)[f"{name}-test"]
    tiles = list(icons.evaluation_pictures(chosen, pixels, BACKGROUND_SEED["test"]))
    about = {
        "captions": [icons.evaluation_caption(icon) for icon in chosen],
        "sources": [f"{icon.set}/{icon.name}" for icon in chosen],
    }
    return sheet(name, tiles, about)


def fresh() -> dict:
    nine = list(pictures.SEED_CLASSES)
    drawn = list(draw_pictures(np.random.default_rng(SEEDS["fresh"]), FRESH_EACH, nine))
    labels = [nine.index(class_name) for _, class_name, _ in drawn]
    about = {"captions": [TEMPLATE.format(name) for name in nine], "labels": labels}
    return sheet("fresh", [image for image, _, _ in drawn], about)


def crops() -> dict:
    real = list(pictures.REAL_LABELS)
    rng = np.random.default_rng(SEEDS["crops"])
    cut = pictures.held_out_crops(rng, CROPS_EACH * len(HELD_OUT_SOURCES), 128)
    about = {
        "captions": [TEMPLATE.format(name) for name in real],
        "labels": [real.index(class_name) for _, class_name, _ in cut],
        "sources": [HELD_OUT_SOURCES[i % len(HELD_OUT_SOURCES)] for i in range(len(cut))],
        "seenInValidation": list(VALIDATION_SOURCES),
    }
    return sheet("crops", [small(image) for image, _, _ in cut], about)


def main() -> None:
    tests = {"drawings": retrieval("drawings"), "names": retrieval("names"), "fresh": fresh(), "crops": crops()}
    (OUT / "evaluation.json").write_text(json.dumps(tests, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""Draws the training and validation pictures once, and learns the vocabulary from all captions.

    /usr/bin/python3 weights/training/render_pictures.py

Writes to .cache/training: pictures.npy/json (drawn), crops.npy/json (regions of real pictures), fresh-validation and
crops-validation, vocab.txt. Needs icons.json of render-icons.mjs for the vocabulary.
"""
import json
import re
from pathlib import Path

import numpy as np
from PIL import Image

import icons
import pictures
from pictures.real import HELD_OUT_SOURCES
from wordpiece import learn_vocabulary

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / ".cache" / "training"
SIZE = 96
SEEDS = {"pictures": 1001, "crops": 1002, "fresh-validation": 1003, "crops-validation": 1004, "vocabulary": 1005}
PICTURES_EACH = 500
CROPS = 2000
FRESH_EACH = 40
VOCABULARY = 3500
TEMPLATE = "this is a photo of {}"

# A side, writing, or a heart's place would be wrong in a mirror.
MIRRORED = re.compile(r"histopathology|microscop|smear|bacteria|electron|lesion|microaneurysms|ultrasound|PET|bone|MRI")
ONE_SIDED = {"side", "eye", "orientation"}
CAPTIONS = {"generic": 4, "detailed": 6}
# The other held-out pictures are left for the test.
VALIDATION_SOURCES = ("retina", "dipy", "ct")


def small(image: Image.Image) -> np.ndarray:
    """As the engine's pre-processing: Pillow's bicubic."""
    return np.asarray(image.convert("RGB").resize((SIZE, SIZE), Image.BICUBIC))


def entry(class_name: str, attributes: dict, rng: np.random.Generator) -> dict:
    generic = [pictures.caption(class_name, attributes, rng, stated=0) for _ in range(CAPTIONS["generic"])]
    detailed = [pictures.caption(class_name, attributes, rng, stated=0.7) for _ in range(CAPTIONS["detailed"])]
    return {
        "class": class_name,
        "generic": [TEMPLATE.format(class_name), *generic],
        "detailed": detailed if attributes else [],
        "mirror": bool(MIRRORED.search(class_name)) and not ONE_SIDED & set(attributes),
        "colours": 0.3 if "histopathology" in class_name else 0.6,
    }


def draw_pictures(rng: np.random.Generator, each: int, classes=pictures.CLASSES):
    for _ in range(each):
        for class_name in classes:
            image, attributes = pictures.draw(class_name, rng, int(rng.choice([96, 128, 128, 224])))
            yield small(image), class_name, attributes


def save(name: str, images: list[np.ndarray], described: object) -> None:
    np.save(CACHE / f"{name}.npy", np.stack(images))
    (CACHE / f"{name}.json").write_text(json.dumps(described))
    print(name, len(images), flush=True)


def save_training(name: str, examples) -> list[dict]:
    rng = np.random.default_rng([SEEDS[name], 1])
    images, entries = [], []
    for image, class_name, attributes in examples:
        images.append(image)
        entries.append(entry(class_name, attributes, rng))
    save(name, images, entries)
    return entries


def save_validation() -> None:
    rng = np.random.default_rng(SEEDS["fresh-validation"])
    nine = list(pictures.SEED_CLASSES)
    fresh = list(draw_pictures(rng, FRESH_EACH, nine))
    labels = [nine.index(class_name) for _, class_name, _ in fresh]
    captions = [TEMPLATE.format(name) for name in nine]
    save("fresh-validation", [image for image, _, _ in fresh], {"captions": captions, "labels": labels})

    rng = np.random.default_rng(SEEDS["crops-validation"])
    real = list(pictures.REAL_LABELS)
    crops = pictures.held_out_crops(rng, 20 * len(HELD_OUT_SOURCES), 128)
    kept = [crop for i, crop in enumerate(crops) if HELD_OUT_SOURCES[i % len(HELD_OUT_SOURCES)] in VALIDATION_SOURCES]
    labels = [real.index(class_name) for _, class_name, _ in kept]
    captions = [TEMPLATE.format(name) for name in real]
    save("crops-validation", [small(image) for image, _, _ in kept], {"captions": captions, "labels": labels})


def biomedical_words() -> list[str]:
    """The word list that the seeded test models use."""
    source = (HERE.parent / "default-vocabulary.ts").read_text()
    return re.search(r"MEDICAL_WORDS = `(.*?)`", source, re.S)[1].split()


def learn(entries: list[dict]) -> None:
    """From the training captions, and from every wording that they may have."""
    random = np.random.RandomState(SEEDS["vocabulary"])
    everything, _ = icons.load(CACHE)
    captions = [icons.caption(icon, random) for icon in icons.split(everything)["train"] for _ in range(2)]
    captions += [caption for e in entries[:: 1 + len(entries) // 2000] for caption in e["detailed"][:2]]
    vocabulary = learn_vocabulary(captions, [*pictures.vocabulary_texts(), *biomedical_words()], VOCABULARY)
    (CACHE / "vocab.txt").write_text("".join(f"{token}\n" for token in vocabulary))
    print("vocabulary", len(vocabulary))


def main() -> None:
    save_validation()
    crops = pictures.training_crops(np.random.default_rng(SEEDS["crops"]), CROPS, 128)
    entries = save_training("crops", ((small(image), name, attributes) for image, name, attributes in crops))
    rng = np.random.default_rng(SEEDS["pictures"])
    entries += save_training("pictures", draw_pictures(rng, PICTURES_EACH))

    learn(entries)


if __name__ == "__main__":
    main()

"""Draws the set for the study of closing the modality gap: pairs with labels, groups and splits, no training seed.

    /usr/bin/python3 weights/training/closing_set.py
    node --import ./from-source.mjs weights/training/embed-closing-set.ts

Needs .cache/training (weights/default/README.md). Writes to .cache/closing, for `drawn` and `icons` each:
NAME-pixels.npy [N, 96, 96, 3] bytes, and NAME.csv with one row a pair; drawn-prompts.csv, one generic caption a subject.
Columns: label (a number), subject or category (its name), group (what no split parts), caption, query (a second caption
of the same picture), trained (1 if the model has seen this drawing), and one column a split: fit, validation, test, or
empty. `captions` tests captions that the fit has not seen, `subjects-K` whole subjects; for icons `concepts` tests
concepts or drawings that neither the fit nor the model has seen.
"""
import csv
import json
from pathlib import Path

import numpy as np

import icons
import pictures
from render_pictures import CACHE, SIZE, TEMPLATE, small

OUT = CACHE.parent / "closing"
PACKAGES = CACHE.parent / "icons" / "node_modules"
SEEDS = {"pictures": 626114, "captions": 626115, "splits": 626116, "backgrounds": 626117, "icon captions": 626118}
EACH = 180
STATED = 0.8
REDRAWN = 40
SUBJECT_SPLITS = 6
SUBJECTS = {"fit": 18, "validation": 4, "test": 12}
CAPTIONS_EACH = {"test": 30, "validation": 18}
JUDGED_EACH = 84  # pictures of a test subject; with all 180 the ranking measures cost four times as much


def draw() -> tuple[np.ndarray, list[dict]]:
    rng, words = np.random.default_rng(SEEDS["pictures"]), np.random.default_rng(SEEDS["captions"])
    drawn, rows, taken = [], [], set()
    for _ in range(EACH):
        for label, subject in enumerate(pictures.CLASSES):
            image, attributes = pictures.draw(subject, rng, int(rng.choice([96, 128, 128, 224])))
            drawn.append(small(image))
            caption, query = two_captions(subject, attributes, words, taken)
            rows.append({"label": label, "subject": subject, "group": subject, "caption": caption, "query": query,
                         "trained": 0})
    return np.stack(drawn), rows


def two_captions(subject: str, attributes: dict, words: np.random.Generator, taken: set[str]) -> tuple[str, str]:
    """Two wordings that differ, the first of them new if one is found soon: subjects with few attributes have few."""
    for _ in range(REDRAWN):
        caption = pictures.caption(subject, attributes, words, STATED)
        if caption not in taken:
            break
    taken.add(caption)
    while (query := pictures.caption(subject, attributes, words, STATED)) == caption:
        pass
    return caption, query


def caption_split(rows: list[dict], random: np.random.RandomState) -> list[str]:
    """The same share of each subject; a caption that the test or the validation has is in no other part."""
    parts = np.array(["fit"] * len(rows), dtype=object)
    for label in range(len(pictures.CLASSES)):
        own = random.permutation([i for i, row in enumerate(rows) if row["label"] == label])
        parts[own[: CAPTIONS_EACH["test"]]] = "test"
        parts[own[CAPTIONS_EACH["test"] :][: CAPTIONS_EACH["validation"]]] = "validation"
    taken: dict[str, str] = {}
    for part in ("test", "validation"):
        for i in np.flatnonzero(parts == part):
            if taken.setdefault(rows[i]["caption"], part) != part:
                parts[i] = ""
    return ["" if part == "fit" and row["caption"] in taken else part for part, row in zip(parts, rows)]


def subject_split(rows: list[dict], random: np.random.RandomState) -> list[str]:
    order = [int(label) for label in random.permutation(len(pictures.CLASSES))]
    part_of, start = {}, 0
    for part, count in SUBJECTS.items():
        part_of.update(dict.fromkeys(order[start : start + count], part))
        start += count
    seen = dict.fromkeys(order, 0)
    parts = []
    for row in rows:
        seen[row["label"]] += 1
        part = part_of[row["label"]]
        parts.append("" if part != "fit" and seen[row["label"]] > JUDGED_EACH else part)
    return parts


def drawn_set() -> tuple[np.ndarray, list[dict]]:
    pixels, rows = draw()
    splits = {"captions": caption_split(rows, np.random.RandomState([SEEDS["splits"], 0]))}
    for k in range(1, SUBJECT_SPLITS + 1):
        splits[f"subjects-{k}"] = subject_split(rows, np.random.RandomState([SEEDS["splits"], k]))
    for name, parts in splits.items():
        for row, part in zip(rows, parts):
            row[name] = part
    return pixels, rows


def categories() -> dict[tuple[str, str], str]:
    """(set, name) of an icon to its category: healthicons' own, Unicode's subgroup of an emoji."""
    read = lambda path: json.loads((PACKAGES / path).read_text())
    found = {}
    for category, names in read("@iconify-json/healthicons/metadata.json")["categories"].items():
        found.update({("healthicons", name): category.lower() for name in names})
    subgroups = read("emojibase-data/meta/groups.json")["subgroups"]
    plain = lambda code: code.lower().replace("-fe0f", "")
    emoji = [e for e in read("emojibase-data/en/data.json") if "subgroup" in e]
    by_code = {plain(e["hexcode"]): subgroups[str(e["subgroup"])] for e in emoji}
    for name_of_set in ("fluent-emoji-flat", "noto"):
        for code, name in read(f"@iconify-json/{name_of_set}/chars.json").items():
            if plain(code) in by_code:
                found[name_of_set, name] = by_code[plain(code)]
    return found


def second_caption(icon: icons.Icon, random: np.random.RandomState) -> str:
    while (caption := icons.caption(icon, random)) == icons.evaluation_caption(icon):
        pass
    return caption


def icon_set() -> tuple[np.ndarray, list[dict]]:
    everything, rgba = icons.load(CACHE)
    category_of = categories()
    chosen = [icon for icon in everything if (icon.set, icon.name) in category_of]
    names = sorted({category_of[icon.set, icon.name] for icon in chosen})
    split = icons.split(everything)
    trained = {icon.index for icon in split["train"]}
    held_out = {icon.concept: part.split("-")[1] for part in split if part != "train" for icon in split[part]}
    random = np.random.RandomState(SEEDS["icon captions"])
    rows = []
    for icon in chosen:
        category = category_of[icon.set, icon.name]
        part = held_out.get(icon.concept, "fit")
        rows.append({
            "label": names.index(category), "subject": category, "group": icon.concept,
            "caption": icons.evaluation_caption(icon), "query": second_caption(icon, random),
            "trained": int(icon.index in trained),
            # A drawing that was trained on is no test, and its concept must not be in the fit.
            "concepts": "" if part != "fit" and icon.index in trained else part,
        })
    return icons.evaluation_pictures(chosen, rgba, SEEDS["backgrounds"]), rows


def write_csv(path: Path, rows: list[dict]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    for name, (pixels, rows) in {"drawn": drawn_set(), "icons": icon_set()}.items():
        assert pixels.shape == (len(rows), SIZE, SIZE, 3)
        np.save(OUT / f"{name}-pixels.npy", pixels)
        write_csv(OUT / f"{name}.csv", rows)
        print(name, len(rows), "pairs,", len({row["group"] for row in rows}), "groups")
    prompts = [{"label": i, "caption": TEMPLATE.format(subject)} for i, subject in enumerate(pictures.CLASSES)]
    write_csv(OUT / "drawn-prompts.csv", prompts)


if __name__ == "__main__":
    main()

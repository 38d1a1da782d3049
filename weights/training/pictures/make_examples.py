"""Makes examples/biomed/: pictures, captions.csv and SOURCES.md. The same bytes every time with the same packages.

    /usr/bin/python3 weights/training/pictures/make_examples.py

The first nine pairs are the subjects of the study with its captions. Real pictures come from the held-out regions
of real.py only; the others are drawn from a seed of their own, which training does not use.
"""

import csv
import re
import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pictures import CLASSES, SEED_CLASSES, caption, charts, draw, ecg  # noqa: E402
from pictures.classes import drawer  # noqa: E402
from pictures.real import (  # noqa: E402
    CELL,
    DOTS,
    FUNDUS,
    IHC,
    brain,
    brain_slice,
    coronal_slice,
    half,
    photograph,
)

SEED = 20_141_105
SIDE = 256
OUT = Path(__file__).resolve().parents[3] / "examples" / "biomed"

SKIMAGE_FROM = "python3-skimage 0.19.3 (Debian)"
IHC_FROM = f"{SKIMAGE_FROM}, `ihc.png`: colonic glands, FHL2 by DAB, Center for Microscopy And Molecular Imaging"
RETINA_FROM = (
    f"{SKIMAGE_FROM}, `retina.jpg`: Fundus photograph of normal left eye, Mikael Häggström 2014 (Wikimedia Commons)"
)
CELL_FROM = f"{SKIMAGE_FROM}, `cell.png`: Müller et al. 2018, doi:10.1364/OE.26.010729"
DOTS_FROM = (
    f"{SKIMAGE_FROM}, `microaneurysms.png`: detail of 07_dr.JPG, High-Resolution Fundus database, Budai et al. 2013"
)
DIPY_FROM = "python3-dipy 1.6.0 (Debian), `t1_coronal_slice.npy`, (c) 2008-2021 Dipy Developers"
MACAQUE_FROM = (
    "mricron-data 1.2.20211006 (Debian), `inia19-t1-brain.nii.gz`: INIA19 template, Rohlfing et al. 2012, PMID 23230398"
)
DRAWN_FROM = "synthetic (drawn by weights/training/pictures)"
CHART_FROM = "made-up data, drawn by weights/training/pictures"
PROJECT_LICENCE = "this repository's licence"


# Which of a class's pictures opens the set, where it is not the first.
OPENS = {"covid line chart": 1, "pie chart": 2}

# How many drawings a class adds; 2 where not named.
DRAWN = {name: 4 for name in SEED_CLASSES} | {
    "immunohistochemistry histopathology": 2,
    "brain MRI": 2,
    "retina fundus photograph": 1,
    "retinal microaneurysms": 1,
    "cell phase microscopy": 1,
}


def _square(image, box=None):
    return image.convert("RGB").resize((SIDE, SIDE), Image.LANCZOS, box)


def _macaque(plane, at):
    return (
        _square(brain_slice("inia19-t1-brain", plane, at)),
        *brain("macaque", plane),
        MACAQUE_FROM,
        "CC BY (adapted: one slice, 8 bits, resized)",
    )


def real_pictures():
    """class name -> [(image, class name, attributes, source, licence)], from held-out regions only."""
    ihc, retina = half("ihc.png", "lower"), half("retina.jpg", "lower")
    free = "no known copyright restrictions"
    coronal = _square(coronal_slice(), (46, 30, 212, 196))
    pictures = [
        (_square(ihc, (204, 4, 444, 244)), *IHC, f"{IHC_FROM}; lower half, right", free),
        (_square(ihc, (0, 4, 200, 204)), *IHC, f"{IHC_FROM}; lower half, left", free),
        (coronal, *brain("human", "coronal", preparation="skull-stripped"), DIPY_FROM, "BSD-3-Clause, below"),
        _macaque("axial", 0.55),
        _macaque("sagittal", 0.5),
        _macaque("coronal", 0.5),
        (_square(retina, (0, 0, 684, 684)), *FUNDUS, f"{RETINA_FROM}; lower half, left", "CC0"),
        (_square(retina, (727, 0, 1411, 684)), *FUNDUS, f"{RETINA_FROM}; lower half, right", "CC0"),
        (_square(photograph("cell.png"), (250, 200, 550, 500)), *CELL, CELL_FROM, "CC0"),
        (_square(photograph("microaneurysms.png")), *DOTS, f"{DOTS_FROM}; enlarged from 102 x 102", "CC0"),
    ]
    return {name: [p for p in pictures if p[1] == name] for name in {p[1] for p in pictures}}


def drawn_picture(class_name, number):
    rng = np.random.default_rng((SEED, CLASSES.index(class_name), number))
    image, attributes = draw(class_name, rng, SIDE)
    chart = drawer(class_name).__module__ in (charts.__name__, ecg.__name__)
    return image, class_name, attributes, CHART_FROM if chart else DRAWN_FROM, PROJECT_LICENCE


def drawn_pictures(class_name, count, choice=5):
    """`count` drawings, each the one of `choice` whose attributes are least like those already taken."""
    taken = []
    for k in range(count):
        candidates = [drawn_picture(class_name, k * choice + i) for i in range(choice)]
        alike = lambda p: sum(p[2].get(key) == value for t in taken for key, value in t[2].items())
        taken.append(min(candidates, key=alike))
    return taken


def chosen_pictures():
    """The pictures in order: one of each of the study's subjects, then more of every class."""
    pool = real_pictures()
    for name in CLASSES:
        pool[name] = pool.get(name, []) + drawn_pictures(name, DRAWN.get(name, 2))
    first = [pool[name].pop(OPENS.get(name, 0)) for name in SEED_CLASSES]
    return first + [picture for name in CLASSES for picture in pool[name]]


def captions_of(pictures):
    """A caption each, all different; the first nine are the study's."""
    rng, taken = np.random.default_rng((SEED, 1)), []
    for i, (_, name, attributes, *_rest) in enumerate(pictures):
        text = f"this is a photo of {name}"
        monkey = attributes.get("species") == "macaque"  # to be said always
        while i >= len(SEED_CLASSES) and (text in taken or (monkey and "macaque" not in text)):
            text = caption(name, attributes, rng, stated=0.8)
        taken.append(text)
    return taken


def file_name(index, class_name, source):
    """A plain name; JPEG for grainy pictures after the first nine, PNG for the rest."""
    words = re.sub(r"( histopathology| photograph)$", "", class_name)
    lossless = index < len(SEED_CLASSES) or source == CHART_FROM
    return f"{index + 1:02d}-{re.sub('[^a-z0-9]+', '-', words.lower())}.{'png' if lossless else 'jpg'}"


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in [*OUT.glob("*.png"), *OUT.glob("*.jpg")]:
        old.unlink()
    pictures = chosen_pictures()
    rows = []
    for i, ((image, name, _, source, licence), text) in enumerate(zip(pictures, captions_of(pictures))):
        file = file_name(i, name, source)
        image.save(OUT / file, **({"optimize": True} if file.endswith("png") else {"quality": 90, "subsampling": 0}))
        rows.append((file, text, source, licence))
    with open(OUT / "captions.csv", "w", newline="", encoding="utf-8") as out:
        csv.writer(out, lineterminator="\n").writerows([("image", "caption"), *(r[:2] for r in rows)])
    (OUT / "SOURCES.md").write_text(sources_page(rows), encoding="utf-8")
    print(f"{len(rows)} pairs, {sum(f.stat().st_size for f in OUT.iterdir()) / 1e6:.2f} MB in {OUT}")


def sources_page(rows):
    table = "\n".join(f"| {file} | {source} | {licence} |" for file, _, source, licence in rows)
    real = sum(licence != PROJECT_LICENCE for *_, licence in rows)
    return PAGE.format(count=len(rows), real=real, drawn=len(rows) - real, table=table)


PAGE = """# Where the example pictures come from

{count} pictures with captions, made by `weights/training/pictures/make_examples.py`. {real} are real; {drawn} are
drawn by a program. A drawn chart is a real chart of made-up data; every other drawing only looks like what its
caption names. No picture here is fit for diagnosis, and no drawing shows a patient.

The real pictures show regions that the training of the default model never saw: the lower halves of `ihc.png` and
`retina.jpg` (their upper halves are trained on), and the whole of the cell, the microaneurysms, the human coronal
slice and the macaque brain. The drawn ones come from the generator that drew the training pictures, with a seed of
their own.

| picture | source | licence |
|---|---|---|
{table}

## Dipy's licence (the human coronal brain slice)

Copyright (c) 2008-2021, Dipy Developers. All rights reserved.

Redistribution and use in source and binary forms, with or without modification, are permitted provided that the
following conditions are met:

- Redistributions of source code must retain the above copyright notice, this list of conditions and the following
  disclaimer.
- Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following
  disclaimer in the documentation and/or other materials provided with the distribution.
- Neither the name of the dipy developers nor the names of any contributors may be used to endorse or promote products
  derived from this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES,
INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT OWNER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL,
SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY,
WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
"""


if __name__ == "__main__":
    main()

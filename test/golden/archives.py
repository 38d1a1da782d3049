"""Sets of pairs as others write them: images by Pillow, tars by Python's tarfile and by GNU tar.

The same 8 images and 11 captions in each file. archives.mjs writes them as Parquet by DuckDB.
Run: /usr/bin/python3 archives.py && node archives.mjs   (in this directory)
"""

import gzip
import io
import json
import os
import subprocess
import tarfile
import tempfile

from PIL import Image

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "archives")
os.makedirs(os.path.join(here, "images"), exist_ok=True)

long_folder = "a folder whose name is so long that it has no place in the hundred bytes of a header of tar, and más"
names = [f"{i:02d}.png" for i in range(7)] + ["07.jpg"]


def picture(i):
    image = Image.new("RGB", (20 + i, 24))
    image.putdata([((x * 9 + 31 * i) % 256, (y * 10) % 256, (x * y + 40 * i) % 256) for y in range(24) for x in range(20 + i)])
    return image


captions = [[f"a picture of organ {i}"] for i in range(8)]
captions[1] = ["chest X-ray, frontal", "thorax; \"AP\" view", "poumon gauche: opacité"]
captions[5] = ["skin lesion", "nævus"]
classes = ["lung", "skin", "lung", "retina"] * 2
groups = [f"patient {i // 2}" for i in range(8)]

for i, name in enumerate(names):
    picture(i).save(os.path.join(here, "images", name))
rows = [
    {"image": f"images/{names[i]}", "caption": caption, "label": classes[i], "group": groups[i]}
    for i in range(8)
    for caption in captions[i]
]


def table(separator):
    def cell(text):
        return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',;\t"') else text

    lines = [separator.join(["image", "caption", "label", "group"])]
    lines += [separator.join(cell(value) for value in row.values()) for row in rows]
    return "\n".join(lines) + "\n"


def write(name, text):
    with open(os.path.join(here, name), "w", encoding="utf-8", newline="") as file:
        file.write(text)


write("pairs.csv", table(","))
write("pairs.tsv", table("\t"))
write("pairs.jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def members(folder):
    """A sample of WebDataset: the image, and its captions as text, or with label and group as JSON."""
    for i, name in enumerate(names):
        key = f"{folder}/{name[:2]}" if i == 6 else name[:2]
        with open(os.path.join(here, "images", name), "rb") as file:
            yield f"{key}.{name[3:]}", file.read()
        if i == 3:
            yield f"{key}.txt", (captions[i][0] + "\n").encode()
            yield f"{key}.cls", classes[i].encode()
            yield f"{key}.json", json.dumps({"caption": "not this: text goes first", "group": groups[i]}).encode()
        else:
            value = captions[i][0] if len(captions[i]) == 1 else captions[i]
            yield f"{key}.json", json.dumps({"caption": value, "label": classes[i], "group": groups[i]}).encode()


def by_python(file, form, folder):
    with tarfile.open(fileobj=file, mode="w", format=form) as tar:
        for name, data in members(folder):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mtime = 1.5 if form == tarfile.PAX_FORMAT else 1
            tar.addfile(info, io.BytesIO(data))


with open(os.path.join(here, "pax.tar"), "wb") as out:
    by_python(out, tarfile.PAX_FORMAT, long_folder)
with gzip.GzipFile(os.path.join(here, "ustar.tar.gz"), "wb", mtime=0) as out:
    by_python(out, tarfile.USTAR_FORMAT, "a folder with a name that has its place in the prefix/" + "of a header of ustar" * 3)
with tempfile.TemporaryDirectory() as folder:
    listed = []
    for name, data in members(long_folder):
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(data)
        listed.append(name)
    options = ["--format=gnu", "--mtime=@1", "--owner=0", "--group=0", "--numeric-owner", "--blocking-factor=1"]
    subprocess.run(["tar", *options, "-cf", os.path.join(here, "gnu.tar"), "-C", folder, *listed], check=True)

write(
    "pairs.json",
    json.dumps(
        {"names": names, "captions": captions, "classes": classes, "groups": groups, "classNames": sorted(set(classes))},
        ensure_ascii=False,
        indent=1,
    )
    + "\n",
)

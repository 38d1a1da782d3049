"""Small slides (slides/*) and what is in them (slides.json): pixels of JPEG and JPEG 2000 by OpenSlide, those of lossless
compression by tifffile; tissue by NumPy. Debian's python3-openslide, python3-tifffile, python3-pil, libtiff-tools, libopenjp2-tools.

    /usr/bin/python3 test/golden/slides.py
"""

import hashlib
import io
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import openslide
import tifffile
from PIL import Image

here = Path(__file__).parent
folder = here / "slides"
folder.mkdir(exist_ok=True)
temporary = Path(tempfile.mkdtemp())
WIDTH, HEIGHT, BLOCK = 162, 118, 48
rng = np.random.default_rng(7)
for compression in (7, 33003, 33005):  # blocks come encoded, so tifffile needs no codec
    tifffile.TIFF.COMPRESSORS._codecs[compression] = lambda data, *_, **__: data


def stained(width, height):
    """Pink tissue with violet nuclei on white glass, a little uneven."""
    y, x = np.mgrid[:height, :width]
    tissue = np.hypot((x - 65) / 52, (y - 62) / 40) < 1
    picture = np.full((height, width, 3), (243.0, 242, 244))
    picture[tissue] = (228, 150, 190)
    for cx, cy, radius in rng.uniform((15, 25, 3), (115, 100, 8), (25, 3)):
        picture[tissue & (np.hypot(x - cx, y - cy) < radius)] = (110, 70, 150)
    picture += 4 * np.sin(x / 29)[..., None] + 3 * np.cos(y / 37)[..., None]
    return np.clip(np.round(picture), 0, 255).astype(np.uint8)


def halved(picture):
    even = picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2].astype(float)
    means = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
    return np.round(means).astype(np.uint8)


full = stained(WIDTH, HEIGHT)
levels = [full, halved(full), halved(halved(full))]
APERIO = "Aperio Image Library v11.2.1\r\n162x118 [0,0 162x118] (48x48) %s|AppMag = 20|MPP = 0.4990|Left = 1"


def blocks(picture):
    """The blocks of a picture row by row, those at its edges filled up with their last pixels."""
    height, width = picture.shape[:2]
    padded = np.pad(picture, ((0, -height % BLOCK), (0, -width % BLOCK), (0, 0)), mode="edge")
    for top in range(0, height, BLOCK):
        for left in range(0, width, BLOCK):
            yield np.ascontiguousarray(padded[top : top + BLOCK, left : left + BLOCK])


def jpeg(block, **options):
    file = io.BytesIO()
    Image.fromarray(block).save(file, "JPEG", quality=80, **options)
    return file.getvalue()


def jpeg2000(block, *options):
    source, target = temporary / "block.ppm", temporary / "block.j2k"
    Image.fromarray(block).save(source)
    subprocess.run(["opj_compress", "-i", source, "-o", target, *options], check=True, capture_output=True)
    return target.read_bytes()


def ycbcr(block):
    return np.asarray(Image.fromarray(block).convert("YCbCr"))


def write_blocks(name, encode, description, compression, photometric, **more):
    """An SVS: the finest level, a thumbnail in strips, the other levels, a label in strips."""
    with tifffile.TiffWriter(folder / name) as tiff:
        for number, picture in enumerate(levels):
            tiff.write(
                (encode(block) for block in blocks(picture)),
                shape=picture.shape,
                dtype=np.uint8,
                tile=(BLOCK, BLOCK),
                compression=compression,
                photometric=photometric,
                description=description if number == 0 else "Aperio Image Library v11.2.1\r\n",
                metadata=None,
                software=False,
                **more,
            )
            if number == 0:
                tiff.write(levels[2], description="Aperio Image Library v11.2.1\r\n", metadata=None, software=False)
        tiff.write(levels[2][:20, :20], description="Aperio label", subfiletype=1, metadata=None, software=False)


def write_plain(path, description=None, **options):
    with tifffile.TiffWriter(path, bigtiff=options.pop("bigtiff", False), byteorder=options.pop("byteorder", "<")) as tiff:
        for number, picture in enumerate(levels):
            tiff.write(
                picture,
                tile=(BLOCK, BLOCK),
                photometric="rgb",
                subfiletype=min(number, 1),
                description=description if number == 0 else None,
                metadata=None,
                software=False,
                resolution=(20000 / 2**number, 20000 / 2**number),
                resolutionunit="CENTIMETER",
                **options,
            )


def converted(name, *options, description=None):
    """By libtiff's tiffcp."""
    plain = temporary / "plain.tif"
    write_plain(plain, description)
    subprocess.run(["tiffcp", *options, "-t", "-w", str(BLOCK), "-l", str(BLOCK), plain, folder / name], check=True)


write_plain(folder / "deflate.tif", compression="zlib", predictor=True)
converted("jpeg-tables.tif", "-8", "-c", "jpeg:80")
converted("lzw-big-endian.tif", "-B", "-c", "lzw:2")
converted("planes.tif", "-p", "separate", "-c", "zip")
converted("aperio-jpeg-rgb.svs", "-c", "jpeg:r:80", description=APERIO % "JPEG/RGB Q=80")
write_blocks("aperio-jpeg.svs", jpeg, APERIO % "JPEG/RGB Q=80", "jpeg", "ycbcr", subsampling=(2, 2))
write_blocks("aperio-jp2-rgb.svs", lambda b: jpeg2000(b, "-r", "12"), APERIO % "J2K/KDU Q=70", 33005, "rgb")
write_blocks("aperio-jp2-ycbcr.svs", lambda b: jpeg2000(ycbcr(b), "-r", "12", "-mct", "0"), APERIO % "J2K/YUV16 Q=70", 33003, "rgb")
with tifffile.TiffWriter(folder / "pyramid.ome.tif", bigtiff=True, ome=True) as tiff:
    about = {"axes": "YXS", "PhysicalSizeX": 250, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 250, "PhysicalSizeYUnit": "nm"}
    options = {"tile": (BLOCK, BLOCK), "compression": "zlib", "photometric": "rgb", "software": False}
    tiff.write(levels[0], subifds=2, metadata=about, **options)
    for picture in levels[1:]:
        tiff.write(picture, subfiletype=1, **options)
with tifffile.TiffWriter(folder / "grey.tif") as tiff:
    tiff.write(levels[1][..., 1], tile=(BLOCK, BLOCK), compression="zlib", metadata=None, software=False)

# of those without a scale of Aperio's: what was written, for OpenSlide 3.4 looks at none
WRITTEN_MPP = {"pyramid.ome.tif": 0.25, "grey.tif": None}
REGIONS = [(0, 0, 0, 48), (0, 30, 40, 64), (0, 98, 54, 64), (1, 20, 5, 50), (2, 3, 4, 24)]


def by_openslide(path):
    slide = openslide.OpenSlide(path)

    def read(level, x, y, size):
        # OpenSlide counts in pixels of level 0, so a level's own pixels are got from its corner
        whole = np.asarray(slide.read_region((0, 0), level, slide.level_dimensions[level]))
        return whole[y : y + size, x : x + size]

    return slide, slide.level_dimensions, slide.level_downsamples, read


def by_tifffile(path):
    # without imagecodecs tifffile reads no LZW, which loses nothing, so that what was written is expected
    lzw = path.name.startswith("lzw")
    pictures = levels if lzw else [level.asarray() for level in tifffile.TiffFile(path).series[0].levels]
    pictures = [np.moveaxis(picture, 0, -1) if picture.shape[0] == 3 else picture for picture in pictures]
    pictures = [picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, -1) for picture in pictures]
    sizes = [(p.shape[1], p.shape[0]) for p in pictures]
    factors = [((WIDTH / w) + (HEIGHT / h)) / 2 if len(sizes) > 1 else 1 for w, h in sizes]

    def read(level, x, y, size):
        part = pictures[level][y : y + size, x : x + size]
        return np.dstack([part, np.full(part.shape[:2], 255, np.uint8)])

    return None, sizes, factors, read


def otsu(values):
    """The threshold that makes the variance between both classes greatest, by its definition."""
    best, found = 0, 255
    for threshold in range(256):
        low, high = values[values <= threshold].astype(float), values[values > threshold].astype(float)
        if low.size and high.size:
            between = low.size * high.size * (low.mean() - high.mean()) ** 2
            if between > best * (1 + 1e-12):
                best, found = between, threshold
    return found


def measured(picture, grey):
    if grey:
        return 255 - picture[..., 0]
    least, greatest = picture.min(-1).astype(float), picture.max(-1).astype(float)
    return np.where(greatest == 0, 0, np.floor(255 * (greatest - least) / np.maximum(greatest, 1) + 0.5)).astype(np.uint8)


def overview(picture, side):
    height, width = picture.shape[:2]
    factor = -(-max(width, height) // side)
    squares = [
        [picture[y : y + factor, x : x + factor].reshape(-1, 3).mean(0) for x in range(0, width, factor)]
        for y in range(0, height, factor)
    ]
    return np.floor(np.array(squares) + 0.5).astype(np.uint8), factor


def tissue(picture, grey, side, of, size, stride):
    """Shares of tissue in the squares of a level of that size, from the overview of a picture."""
    small, factor = overview(picture, side)
    values = measured(small, grey)
    mask = values > otsu(values)
    width, height = of
    scale_x, scale_y = picture.shape[1] / factor / width, picture.shape[0] / factor / height
    for y in range(0, height - size + 1, stride):
        for x in range(0, width - size + 1, stride):
            x0, y0 = int(x * scale_x + 1e-6), int(y * scale_y + 1e-6)
            x1, y1 = int(np.ceil((x + size) * scale_x - 1e-6)), int(np.ceil((y + size) * scale_y - 1e-6))
            yield [x, y, float(mask[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)].mean())]


golden = []
for path in sorted(folder.iterdir()):
    judge = by_openslide if "jp" in path.name else by_tifffile
    slide, sizes, factors, read = judge(path)
    grey = path.name == "grey.tif"
    tiles = []
    for level, x, y, size in REGIONS:
        if level < len(sizes) and x + size <= sizes[level][0] and y + size <= sizes[level][1]:
            pixels = np.ascontiguousarray(read(level, x, y, size))
            sha = hashlib.sha256(pixels.tobytes()).hexdigest()
            tiles.append({"level": level, "x": x, "y": y, "size": size, "sha256": sha})
    width, height = sizes[0]
    whole = read(0, 0, 0, max(width, height))[..., :3]
    properties = slide.properties if slide else {}
    case = {
        "file": path.name,
        "levels": [{"width": w, "height": h, "downsample": f} for (w, h), f in zip(sizes, factors)],
        "micrometresPerPixel": WRITTEN_MPP[path.name] if path.name in WRITTEN_MPP else float(properties.get("openslide.mpp-x", 0.5)),
        "objectivePower": float(properties.get("openslide.objective-power", 0)),
        "tiles": tiles,
        # of level 0, in an overview of it as it is
        "tissue": list(tissue(whole, grey, 2048, sizes[0], 40, 20)),
    }
    case = {key: value for key, value in case.items() if value not in (None, 0)}
    if path.name == "deflate.tif":
        middle = read(1, 0, 0, 200)[..., :3]
        case["tissueOfLevel1"] = list(tissue(middle, False, 60, sizes[0], 50, 25))
    golden.append(case)
text = ",\n".join(json.dumps(case) for case in golden)
(here / "slides.json").write_text(f"[\n{text}\n]\n")

#!/usr/bin/python3
"""Image files in every format that is read, and what Pillow makes of them: inputs/, expected/ and index.json.

The judge is Pillow (Debian 12: 9.4.0 with libjpeg-turbo 2.1.5, libwebp 1.2.4), called as open_clip's validation
transform calls it through torchvision: Resize(S, BICUBIC) of the shortest side, CenterCrop(S), convert('RGB').
Besides the final S x S bytes (a lossless PNG), index.json holds the SHA-256 of the decoded pixels before any
resampling, so that a failure says whether the decoder or the resampling differs.

16-bit grey is the one deliberate deviation: Pillow clips at 255; the expectation here maps [low, high] to bytes
with floor((v - low) * 255 / (high - low) + 0.5) first, and then lets Pillow resample mode L.

Run: /usr/bin/python3 test/golden/images/make.py
"""
import hashlib
import io
import json
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, features

here = Path(__file__).parent
(here / 'inputs').mkdir(exist_ok=True)
(here / 'expected').mkdir(exist_ok=True)
cases = []
warnings.simplefilter('ignore')


# ---------------------------------------------------------------- pictures

def channel(w, h, phase):
    """Smooth waves, a hard-edged disk (ringing, clipping) and a little noise: [h, w] in 0..255."""
    y, x = np.mgrid[0:h, 0:w]
    v = 128 + 90 * np.sin(x * 0.21 + phase) * np.cos(y * 0.17 - phase) + 40 * np.sin((x + y) * 0.05 * (phase + 1))
    cx, cy, r = w * (0.3 + 0.1 * phase), h * (0.6 - 0.1 * phase), max(1, min(w, h) * 0.22)
    v[(x - cx) ** 2 + (y - cy) ** 2 < r * r] = 255 * (int(phase) % 2)
    rng = np.random.default_rng(w * 1009 + h * 31 + int(phase * 7))
    return np.clip(v + rng.integers(-6, 7, (h, w)), 0, 255).astype(np.uint8)


def rgb(w, h):
    return Image.fromarray(np.dstack([channel(w, h, p) for p in (0, 1, 2)]), 'RGB')


def alpha(w, h):
    """From 0 to 255 with plateaus at both ends."""
    y, x = np.mgrid[0:h, 0:w]
    return np.clip((x * 1.7 + y * 0.6) / (w + h) * 330 - 30, 0, 255).astype(np.uint8)


def rgba(w, h):
    return Image.fromarray(np.dstack([channel(w, h, p) for p in (0, 1, 2)] + [alpha(w, h)]), 'RGBA')


def smooth(w, h):
    """RGB that compresses well, for the large cases."""
    y, x = np.mgrid[0:h, 0:w]
    return Image.fromarray(np.dstack([(x * 3 + y) // 4 % 256, (x // 5 * 20 + y // 7 * 30) % 256,
                                      (255 * ((x // 9 + y // 4) % 2))]).astype(np.uint8), 'RGB')


def grey16(w, h):
    y, x = np.mgrid[0:h, 0:w]
    base = channel(w, h, 1).astype(np.int64) * 200 + x * 97 + y * 61
    return np.clip(base, 0, 65535).astype('<u2')


# ---------------------------------------------------------------- writers for what Pillow cannot write

ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(samples, depth, colour, extra=(), interlace=False):
    """A PNG from samples [h, w, channels] as the standard lays it out; filter 0 on every row."""
    h, w, _ = samples.shape

    def rows(block):
        out = b''
        for row in block:
            if depth == 16:
                raw = row.astype('>u2').tobytes()
            elif depth == 8:
                raw = row.astype(np.uint8).tobytes()
            else:
                bits = ((row.reshape(-1, 1) >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8)
                raw = np.packbits(bits.reshape(-1)).tobytes()
            out += b'\0' + raw
        return out

    if interlace:
        parts = [samples[y0::dy, x0::dx] for x0, y0, dx, dy in ADAM7]
        data = b''.join(rows(p) for p in parts if p.size)
    else:
        data = rows(samples)

    def chunk(kind, body):
        return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))

    ihdr = struct.pack('>IIBBBBB', w, h, depth, colour, 0, 0, int(interlace))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', ihdr) + b''.join(chunk(k, b) for k, b in extra)
            + chunk(b'IDAT', zlib.compress(data, 9)) + chunk(b'IEND', b''))


def swapped_profile():
    """A minimal ICC v2 matrix profile whose red and green primaries are swapped: visible if anyone applies it."""
    def xyz(*v):
        return b'XYZ \0\0\0\0' + b''.join(struct.pack('>i', round(c * 65536)) for c in v)

    curve = b'curv\0\0\0\0' + struct.pack('>IH', 1, 0x0233) + b'\0\0'
    text = b'text\0\0\0\0none\0\0\0\0'
    desc = b'desc\0\0\0\0' + struct.pack('>I', 5) + b'swap\0' + b'\0' * 78 + b'\0'
    tags = [(b'desc', desc), (b'cprt', text), (b'wtpt', xyz(0.9642, 1, 0.8249)),
            (b'rXYZ', xyz(0.3851, 0.7169, 0.0971)), (b'gXYZ', xyz(0.4361, 0.2225, 0.0139)),
            (b'bXYZ', xyz(0.1431, 0.0606, 0.7141)), (b'rTRC', curve), (b'gTRC', curve), (b'bTRC', curve)]
    offset, table, body = 128 + 4 + 12 * len(tags), b'', b''
    for name, data in tags:
        data += b'\0' * (-len(data) % 4)
        table += name + struct.pack('>II', offset + len(body), len(data))
        body += data
    total = offset + len(body)
    header = struct.pack('>I4sI4s4s4s', total, b'none', 0x02100000, b'mntr', b'RGB ', b'XYZ ')
    header += struct.pack('>6H', 2024, 1, 1, 0, 0, 0) + b'acsp' + b'\0' * 28
    header += struct.pack('>iii', round(0.9642 * 65536), 65536, round(0.8249 * 65536))
    return header.ljust(128, b'\0') + struct.pack('>I', len(tags)) + table + body


def with_adobe(jpeg, transform):
    """The same entropy-coded data with the APP14 marker's colour transform changed, added, or (None) removed."""
    out, at = jpeg[:2], 2
    segment = b'\xff\xee\0\x0eAdobe\0\x64\0\0\0\0' + bytes([transform or 0])
    if transform is not None:
        out += segment
    while jpeg[at + 1] != 0xDA:
        length = 2 + struct.unpack('>H', jpeg[at + 2:at + 4])[0]
        if jpeg[at + 1] not in (0xEE, 0xE0):
            out += jpeg[at:at + length]
        at += length
    return out + jpeg[at:]


def gif_shift(gif, dx, dy, screen):
    """Moves the first frame inside a larger logical screen."""
    data = bytearray(gif)
    data[6:10] = struct.pack('<HH', *screen)
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    while data[at] == 0x21:
        at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
    assert data[at] == 0x2C
    data[at + 1:at + 5] = struct.pack('<HH', dx, dy)
    return bytes(data)


def saved(image, fmt, **options):
    out = io.BytesIO()
    image.save(out, fmt, **options)
    return out.getvalue()


# ---------------------------------------------------------------- open_clip's transform on PIL images

def resize_and_crop(image, size):
    w, h = image.size
    short, long = min(w, h), max(w, h)
    new_long = int(size * long / short)
    target = (size, new_long) if w <= h else (new_long, size)
    if (w, h) != target:  # torchvision returns early; Pillow would copy
        image = image.resize(target, Image.Resampling.BICUBIC)
    w, h = image.size
    left, top = int(round((w - size) / 2.0)), int(round((h - size) / 2.0))
    return image.crop((left, top, left + size, top + size)).convert('RGB')


def decoded_bytes(image):
    """[height, width, channels] of what our decoder must deliver: palette resolved, grey spread, alpha last."""
    if image.mode in ('RGBA', 'CMYK'):
        return image.tobytes(), image.mode
    if image.mode == 'LA':
        return image.convert('RGBA').tobytes(), 'RGBA'
    return image.convert('RGB').tobytes(), 'RGB'


def windowed(values, low, high):
    v = np.floor((values.astype(np.float64) - low) * 255 / (high - low) + 0.5)
    return Image.fromarray(np.clip(v, 0, 255).astype(np.uint8), 'L')


def case(name, data, size=32, grey=None, window=None, note=None):
    (here / 'inputs' / name).write_bytes(data)
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        mode, fmt = image.mode, image.format
        if grey is not None:
            image = windowed(grey, *(window or (0, 65535)))
        expected = resize_and_crop(image, size)
        raw, channels = decoded_bytes(image)
        width, height = image.size
    label = f"{name}-{size}" + (f"-{window[0]}-{window[1]}" if window else '')
    expected = Image.frombytes('RGB', expected.size, expected.tobytes())  # drops info that the PNG would carry
    expected.save(here / 'expected' / f'{label}.png', optimize=True)
    entry = {'name': label, 'file': name, 'format': fmt, 'pillowMode': mode, 'width': width, 'height': height,
             'size': size, 'channels': channels, 'decodedSha256': hashlib.sha256(raw).hexdigest()}
    if window:
        entry['window'] = {'low': window[0], 'high': window[1]}
    if note:
        entry['note'] = note
    cases.append(entry)


W, H = 61, 47  # odd, no multiple of 8 or 16; chroma subsampling ends in half a sample
picture, grey = rgb(W, H), Image.fromarray(channel(W, H, 1), 'L')
palette = picture.quantize(60, method=Image.Quantize.MEDIANCUT)
icc = swapped_profile()

# ---------------------------------------------------------------- JPEG
case('baseline-444.jpg', saved(picture, 'JPEG', quality=90, subsampling=0))
case('baseline-422.jpg', saved(picture, 'JPEG', quality=85, subsampling=1))
case('baseline-420.jpg', saved(picture, 'JPEG', quality=75, subsampling=2))
case('low-quality.jpg', saved(picture, 'JPEG', quality=8, subsampling=2))
case('progressive-420.jpg', saved(picture, 'JPEG', quality=80, progressive=True))
case('progressive-444.jpg', saved(picture, 'JPEG', quality=80, progressive=True, subsampling=0))
case('grey.jpg', saved(grey, 'JPEG', quality=85))
cmyk_picture = Image.merge('CMYK', [Image.fromarray(channel(W, H, p), 'L') for p in (0, 1, 2, 3)])
cmyk = saved(cmyk_picture, 'JPEG', quality=90)
case('cmyk-adobe.jpg', cmyk, note='Adobe marker: stored inverted')
case('cmyk-plain.jpg', with_adobe(cmyk, None), note='no Adobe marker: not inverted')
case('ycck-adobe.jpg', with_adobe(cmyk, 2), note='Adobe transform 2')
case('adobe-rgb.jpg', with_adobe(saved(picture, 'JPEG', quality=90, subsampling=0), 0), note='Adobe transform 0')
exif = Image.Exif()
exif[0x0112] = 6
case('orientation-6.jpg', saved(picture, 'JPEG', quality=80, exif=exif), note='EXIF orientation is not applied')
case('icc.jpg', saved(picture, 'JPEG', quality=80, icc_profile=icc), note='the ICC profile is not applied')
case('icc-cmyk.jpg', saved(cmyk_picture, 'JPEG', quality=80, icc_profile=icc), note='a profile of the wrong kind')
case('large.jpg', saved(smooth(500, 375), 'JPEG', quality=60), 224)

# ---------------------------------------------------------------- PNG
case('rgb.png', saved(picture, 'PNG'))
case('rgba.png', saved(rgba(W, H), 'PNG'))
case('grey.png', saved(grey, 'PNG'))
case('grey-alpha.png', saved(Image.merge('LA', [grey, Image.fromarray(alpha(W, H), 'L')]), 'PNG'))
case('palette.png', saved(palette, 'PNG'))
case('palette-transparent.png', saved(palette, 'PNG', transparency=bytes([0, 128, 255, 60, 0])))
case('palette-4-bit.png', saved(picture.quantize(13), 'PNG', bits=4))
case('palette-1-bit.png', saved(picture.quantize(2), 'PNG', bits=1))
case('1-bit.png', saved(grey.convert('1'), 'PNG'))
case('grey-2-bit.png', png(np.array(grey)[..., None] >> 6, 2, 0))
case('grey-4-bit.png', png(np.array(grey)[..., None] >> 4, 4, 0))
deep = grey16(W, H)
case('grey-16-bit.png', png(deep[..., None], 16, 0), grey=deep)
case('grey-16-bit.png', png(deep[..., None], 16, 0), grey=deep, window=(9000, 41000))
wide = np.dstack([deep, deep[::-1], deep[:, ::-1], np.roll(deep, 7, 0)])
case('rgb-16-bit.png', png(wide[..., :3], 16, 2))
case('rgba-16-bit.png', png(wide, 16, 6))
case('grey-alpha-16-bit.png', png(wide[..., :2], 16, 4))
case('rgb-interlaced.png', png(np.array(picture), 8, 2, interlace=True))
case('palette-interlaced.png', png(np.array(palette)[..., None], 8, 3, interlace=True,
                                   extra=[(b'PLTE', bytes(palette.getpalette()[:180]))]))
case('1-bit-interlaced.png', png(np.array(grey)[..., None] >> 7, 1, 0, interlace=True))
first = np.array(picture)[0, 0]
case('rgb-trns.png', png(np.array(picture), 8, 2, extra=[(b'tRNS', struct.pack('>3H', *map(int, first)))]))
case('grey-trns.png', png(np.array(grey)[..., None], 8, 0, extra=[(b'tRNS', struct.pack('>H', 128))]))
case('gamma.png', png(np.array(picture), 8, 2, extra=[(b'gAMA', struct.pack('>I', 100000))]),
     note='gAMA is not applied')
case('icc.png', saved(picture, 'PNG', icc_profile=icc), note='the ICC profile is not applied')

# ---------------------------------------------------------------- WebP
case('lossy.webp', saved(picture, 'WEBP', quality=70))
case('lossless.webp', saved(picture, 'WEBP', lossless=True))
case('lossy-alpha.webp', saved(rgba(W, H), 'WEBP', quality=70))
case('lossless-alpha.webp', saved(rgba(W, H), 'WEBP', lossless=True, exact=True))
case('animated.webp', saved(picture, 'WEBP', save_all=True, append_images=[rgb(W, H).rotate(180)], duration=50))
case('icc.webp', saved(picture, 'WEBP', quality=70, icc_profile=icc), note='the ICC profile is not applied')

# ---------------------------------------------------------------- TIFF
case('rgb.tif', saved(picture, 'TIFF'))
case('rgb-lzw.tif', saved(picture, 'TIFF', compression='tiff_lzw'))
case('rgb-deflate-predictor.tif', saved(picture, 'TIFF', compression='tiff_adobe_deflate', tiffinfo={317: 2}))
case('rgba.tif', saved(rgba(W, H), 'TIFF'))
premultiplied = saved(Image.frombytes('RGBA', (W, H), rgba(W, H).convert('RGBa').tobytes()), 'TIFF')
extra_samples = struct.pack('<HHI', 338, 3, 1)  # the directory entry; Pillow writes the value 2
assert extra_samples + b'\2' in premultiplied
case('rgba-associated.tif', premultiplied.replace(extra_samples + b'\2', extra_samples + b'\1'), note='ExtraSamples 1: Pillow divides by alpha while reading')
case('grey.tif', saved(grey, 'TIFF'))
case('grey-white-is-zero.tif', saved(grey, 'TIFF', tiffinfo={262: 0}))
case('grey-alpha.tif', saved(Image.merge('LA', [grey, Image.fromarray(alpha(W, H), 'L')]), 'TIFF'))
case('1-bit.tif', saved(grey.convert('1'), 'TIFF'))
case('1-bit-group4.tif', saved(grey.convert('1'), 'TIFF', compression='group4'))
inverted = saved(grey.convert('1'), 'TIFF', tiffinfo={262: 0})
case('1-bit-white-is-zero.tif', inverted)
case('palette.tif', saved(palette, 'TIFF'))
case('palette-lzw.tif', saved(palette, 'TIFF', compression='tiff_lzw'))
case('grey-16-bit.tif', saved(Image.fromarray(deep, 'I;16'), 'TIFF'), grey=deep)
case('grey-16-bit-big-endian.tif', saved(Image.frombytes('I;16B', (W, H), deep.astype('>u2').tobytes()), 'TIFF'),
     grey=deep, window=(0, 50000))
case('cmyk.tif', saved(cmyk_picture, 'TIFF'))
case('ycbcr-jpeg.tif', saved(picture.convert('YCbCr'), 'TIFF', compression='jpeg', quality=80))
case('orientation-6.tif', saved(picture, 'TIFF', tiffinfo={274: 6}), note='Pillow does apply this one')
case('pages.tif', saved(picture, 'TIFF', save_all=True, append_images=[grey]))
case('icc.tif', saved(picture, 'TIFF', icc_profile=icc), note='the ICC profile is not applied')

# ---------------------------------------------------------------- GIF
case('palette.gif', saved(palette, 'GIF'))
case('grey.gif', saved(grey, 'GIF', optimize=False), note='identity palette: Pillow mode L, so bicubic')
case('transparent.gif', saved(palette, 'GIF', transparency=int(np.array(palette)[20, 20]), optimize=False))
case('interlaced.gif', saved(palette, 'GIF', interlace=1))
case('animated.gif', saved(palette, 'GIF', save_all=True, append_images=[palette.rotate(180)], duration=50))
case('offset.gif', gif_shift(saved(palette, 'GIF'), 5, 9, (W + 11, H + 12)), note='frame smaller than the screen')
case('offset-transparent.gif', gif_shift(saved(palette, 'GIF', transparency=3, optimize=False), 5, 9, (W + 8, H + 9)))

# ---------------------------------------------------------------- sizes
for w, h in [(1, 1), (2, 1), (37, 53), (53, 37), (32, 32), (33, 32), (32, 200), (16, 16), (5, 90), (300, 31), (97, 31)]:
    case(f'rgb-{w}x{h}.png', saved(rgb(w, h), 'PNG'))
for w, h in [(1, 1), (32, 32), (32, 61), (61, 32), (40, 77), (9, 14)]:
    case(f'rgba-{w}x{h}.png', saved(rgba(w, h), 'PNG'))
for w, h in [(1, 1), (32, 32), (75, 40), (7, 10), (1, 9)]:
    case(f'palette-{w}x{h}.png', saved(rgb(w, h).quantize(30), 'PNG'))
for w, h in [(225, 224), (224, 224), (1000, 100), (100, 1000), (223, 225)]:
    case(f'smooth-{w}x{h}.png', saved(smooth(w, h), 'PNG', optimize=True), 224)
case('smooth-palette-1000x100.png', saved(smooth(1000, 100).quantize(16), 'PNG', optimize=True), 224)

index = {'judge': f'Pillow {PIL.__version__}', 'libjpegTurbo': features.version('libjpeg_turbo'),
         'webp': features.version('webp'), 'cases': cases}
(here / 'index.json').write_text(json.dumps(index, indent=1) + '\n')
print(len(cases), 'cases,', sum(f.stat().st_size for f in here.rglob('*') if f.is_file()), 'bytes')

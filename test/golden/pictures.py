#!/usr/bin/python3
"""Pictures that browsers and sharp do not read (BMP, Netpbm, JPEG 2000), pages of TIFFs, and what Pillow makes of them: pictures/.

The judge is Pillow (Debian 12: 9.4.0, OpenJPEG 2.5.0). index.json holds the SHA-256 of the decoded pixels: RGB, RGBA where
the mode has alpha. 16-bit grey is mapped to bytes as in images/make.py. Where Pillow is wrong by the format's own
standard, `values` gives the samples, and `note` says why.

Run: /usr/bin/python3 test/golden/pictures.py (with Debian's libopenjp2-tools, python3-tifffile)
"""
import hashlib
import io
import json
import struct
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import PIL
import tifffile
from PIL import Image, features

here = Path(__file__).parent / 'pictures'
here.mkdir(exist_ok=True)
cases = []
W, H = 21, 13  # rows of BMP end within four bytes, rows of bits within one


def channel(phase, w=W, h=H):
    y, x = np.mgrid[0:h, 0:w]
    waves = 128 + 100 * np.sin(x * 0.4 + phase) * np.cos(y * 0.3 - phase)
    noise = np.random.default_rng(int(phase * 10) + 100 * w + h).integers(-20, 21, (h, w))
    return np.clip(waves + noise, 0, 255).astype(np.uint8)


RGB = np.dstack([channel(p) for p in (0, 1, 2)])
ALPHA = channel(3)
GREY = channel(1)
DEEP = (channel(1).astype(int) * 250 + channel(2)).clip(0, 65535).astype(np.uint16)


def windowed(values, low, high):
    v = np.floor((values.astype(np.float64) - low) * 255 / (high - low) + 0.5)
    return Image.fromarray(np.clip(v, 0, 255).astype(np.uint8), 'L')


def decoded_bytes(image):
    if image.mode == 'CMYK':
        return image.tobytes(), 'CMYK'
    if image.mode in ('RGBA', 'LA'):
        return image.convert('RGBA').tobytes(), 'RGBA'
    return image.convert('RGB').tobytes(), 'RGB'


def case(name, data, values=None, mode=None, window=None, frame=None, note=None):
    """`values`: what is right where Pillow is not, in `mode`."""
    (here / name).write_bytes(data)
    if values is not None:
        image, deep = Image.fromarray(values, None if mode == 'I;16' else mode), values
    else:
        image = Image.open(io.BytesIO(data))
        image.seek((frame or 1) - 1)
        image.load()
        mode, deep = image.mode, np.asarray(image)
    if mode in ('I', 'I;16', 'I;16B'):
        image = windowed(deep, *(window or (0, 65535)))
    raw, channels = decoded_bytes(image)
    label = name + (f'-{window[0]}-{window[1]}' if window else '') + (f'-{frame}' if frame else '')
    entry = {'name': label, 'file': name, 'pillowMode': mode, 'width': image.size[0], 'height': image.size[1],
             'channels': channels, 'decodedSha256': hashlib.sha256(raw).hexdigest()}
    entry |= {'window': {'low': window[0], 'high': window[1]}} if window else {}
    entry |= {'frame': frame} if frame else {}
    cases.append(entry | ({'note': note} if note else {}))


def saved(image, fmt, **options):
    out = io.BytesIO()
    image.save(out, fmt, **options)
    return out.getvalue()


# ---------------------------------------------------------------- BMP

def rows(values, bits):
    """Rows [h, w] of values of so many bits, first the lowest row, each filled up to four bytes."""
    out = b''
    for row in values[::-1]:
        if bits < 8:
            packed = np.packbits(((row[:, None] >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8).reshape(-1)).tobytes()
        else:
            packed = b''.join(int(v).to_bytes(bits // 8, 'little') for v in row)
        out += packed + b'\0' * (-len(packed) % 4)
    return out


def bmp(pixels, bits, compression=0, palette=b'', masks=(), header=40, height=H, colours=0, width=W):
    if header == 12:
        dib = struct.pack('<IHHHH', 12, width, height, 1, bits)
    else:
        dib = struct.pack('<IiiHHIIiiII', header, width, height, 1, bits, compression, len(pixels), 2835, 2835, colours, 0)
        extra = b''.join(struct.pack('<I', m) for m in masks)
        dib += extra if header == 40 else extra.ljust(header - 40, b'\0')
    offset = 14 + len(dib) + len(palette)
    return b'BM' + struct.pack('<IHHI', offset + len(pixels), 0, 0, offset) + dib + palette + pixels


def colours(count, entry=4):
    ramp = [(i * 37 % 256, 255 - i * 91 % 256, i * 203 % 256) for i in range(count)]
    return b''.join(bytes([b, g, r]) + b'\0' * (entry - 3) for r, g, b in ramp)


index8, index4, index1 = GREY, GREY >> 4, GREY >> 7
packed24 = (RGB[..., 0].astype(int) << 16) + (RGB[..., 1].astype(int) << 8) + RGB[..., 2]
packed32 = (ALPHA.astype(np.int64) << 24) + packed24
case('palette-1-bit.bmp', bmp(rows(index1, 1), 1, palette=colours(2)))
case('black-and-white.bmp', bmp(rows(index1, 1), 1, palette=b'\0\0\0\0\xff\xff\xff\0'))
case('white-and-black.bmp', bmp(rows(index1, 1), 1, palette=b'\xff\xff\xff\0\0\0\0\0'))
case('palette-4-bit.bmp', bmp(rows(index4, 4), 4, palette=colours(16)))
case('palette-8-bit.bmp', bmp(rows(index8, 8), 8, palette=colours(256)))
case('palette-of-200.bmp', bmp(rows(np.minimum(index8, 199), 8), 8, palette=colours(200), colours=200))
case('grey-8-bit.bmp', saved(Image.fromarray(GREY), 'BMP'))
case('palette-os2.bmp', bmp(rows(index8, 8), 8, header=12, palette=colours(256, 3)))
case('rgb-os2.bmp', bmp(rows(packed24, 24), 24, header=12))
case('rgb-24-bit.bmp', saved(Image.fromarray(RGB), 'BMP'))
case('top-down.bmp', bmp(rows(packed24[::-1], 24), 24, height=-H))
case('top-down-palette.bmp', bmp(rows(index8[::-1], 8), 8, palette=colours(256), height=-H))
case('rgb-32-bit.bmp', bmp(rows(packed32, 32), 32), note='no masks: the fourth byte is no alpha')
case('rgb-555.bmp', bmp(rows(packed24 & 0xffff, 16), 16))
case('rgb-565.bmp', bmp(rows(packed24 & 0xffff, 16), 16, 3, masks=(0xf800, 0x7e0, 0x1f)))
case('rgb-555-masks.bmp', bmp(rows(packed24 & 0xffff, 16), 16, 3, masks=(0x7c00, 0x3e0, 0x1f)))
case('rgbx-masks.bmp', bmp(rows(packed32, 32), 32, 3, masks=(0xff0000, 0xff00, 0xff)))
case('rgba-v4.bmp', bmp(rows(packed32, 32), 32, 3, masks=(0xff0000, 0xff00, 0xff, 0xff000000), header=108))
case('rgba-v5-reversed.bmp', bmp(rows(packed32, 32), 32, 3, masks=(0xff, 0xff00, 0xff0000, 0xff000000), header=124))
case('rgba-saved.bmp', saved(Image.fromarray(np.dstack([RGB, ALPHA])), 'BMP'))


def rle8(values):
    """Runs where three or more are alike, else literal pixels."""
    out = b''
    for row in values[::-1]:
        at = 0
        while at < len(row):
            run = next((i for i in range(at, len(row)) if row[i] != row[at]), len(row)) - at
            literal = row[at:at + 5]
            if run >= 2 or len(literal) < 5:
                out += bytes([run, row[at]])
                at += run
            else:
                out += bytes([0, 5]) + literal.tobytes() + b'\0'
                at += 5
        out += b'\0\0'
    return out[:-2] + b'\0\1'


flat = GREY // 60 * 40
case('rle8.bmp', bmp(rle8(flat), 8, 1, palette=colours(256)))
case('rle8-literal.bmp', bmp(rle8(GREY), 8, 1, palette=colours(256)))
runs4 = b''.join(b''.join(bytes([3 if x + 3 <= W else W - x, (a := int(index4[y, x])) << 4 | (15 - a)]) for x in range(0, W, 3))
                 + b'\0\0' for y in range(H))[:-2] + b'\0\1'
case('rle4.bmp', bmp(runs4, 4, 2, palette=colours(16)))
moved = bytes([4, 7, 0, 2, 3, 2, 5, 9, 0, 1])  # four pixels, three to the right and two up, five pixels, the end
expected = np.zeros((H, W), np.uint8)
expected[-1, :4] = 7
expected[-3, 7:12] = 9
lut = np.frombuffer(colours(256), np.uint8).reshape(256, 4)[:, [2, 1, 0]]
case('rle8-delta.bmp', bmp(moved, 8, 1, palette=colours(256)), values=lut[expected], mode='RGB',
     note='Pillow 9.4 wants every pixel; what is left out is the first colour')
cases[-1]['pillowMode'] = 'P'

# ---------------------------------------------------------------- Netpbm

bits = (GREY >> 7).astype(int)
text = lambda values: '\n'.join(' '.join(map(str, row)) for row in values.reshape(len(values), -1)).encode() + b'\n'
case('text.pbm', b'P1\n# a comment\n%d %d\n' % (W, H) + text(bits))
case('text-unparted.pbm', b'P1 %d %d\n' % (W, H) + text(bits).replace(b' ', b''))
case('text.pgm', b'P2\n%d # width\n%d\n255\n' % (W, H) + text(GREY.astype(int)))
case('text-15.pgm', b'P2\n%d %d\n15\n' % (W, H) + text(GREY.astype(int) >> 4).replace(b'\n', b' # row\n', 2))
case('text-4095.pgm', b'P2\n%d %d\n4095\n' % (W, H) + text(DEEP.astype(int) >> 4))
case('text.ppm', b'P3\n%d %d\n255\n' % (W, H) + text(RGB.astype(int)))
case('bits.pbm', b'P4\n# made\n# by hand\n%d %d\n' % (W, H) + np.packbits(bits.astype(np.uint8), axis=1).tobytes())
case('grey.pgm', b'P5 %d %d 255\n' % (W, H) + GREY.tobytes())
case('grey-100.pgm', b'P5\n%d %d\n100\n' % (W, H) + (GREY // 2).tobytes(), note='some are above the white of 100')
case('grey-4095.pgm', b'P5\n%d %d\n4095\n' % (W, H) + (DEEP >> 4).astype('>u2').tobytes())
case('grey-65535.pgm', b'P5\n%d %d\n65535\n' % (W, H) + DEEP.astype('>u2').tobytes())
case('grey-65535.pgm', b'P5\n%d %d\n65535\n' % (W, H) + DEEP.astype('>u2').tobytes(), window=(9000, 41000))
case('rgb.ppm', b'P6\n%d %d\n255\n' % (W, H) + RGB.tobytes())
case('rgb-1023.ppm', b'P6\n%d %d\n1023\n' % (W, H) + (RGB.astype(int) * 4 + 3).astype('>u2').tobytes())

# ---------------------------------------------------------------- JPEG 2000


def opj(planes, depth, suffix, *options, signed=False, subsampling='1x1', size=(W, H)):
    """A file by opj_compress, of planes of any size."""
    kind = ('>i' if signed else '>u') + ('1' if depth <= 8 else '2')
    with tempfile.TemporaryDirectory() as folder:
        raw, out = Path(folder, 'in.raw'), Path(folder, f'out.{suffix}')
        raw.write_bytes(b''.join(p.astype(kind).tobytes() for p in planes))
        layout = f"{size[0]},{size[1]},{len(planes)},{depth},{'s' if signed else 'u'}@{subsampling}"
        command = ['opj_compress', '-i', raw, '-o', out, '-n', '2', '-F', layout, *options]
        subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)
        return out.read_bytes()


def saved_jp2(image, **options):
    return saved(image, 'JPEG2000', num_resolutions=2, **options)


def with_space(jp2, space):
    """The same JP2 file that says another enumerated colour space."""
    at = jp2.index(b'colr') + 7
    return jp2[:at] + struct.pack('>I', space) + jp2[at + 4:]


planes = list(RGB.transpose(2, 0, 1))
case('grey.jp2', saved_jp2(Image.fromarray(GREY)))
case('grey.j2k', saved_jp2(Image.fromarray(GREY), no_jp2=True))
case('grey-alpha.jp2', saved_jp2(Image.fromarray(np.dstack([GREY, ALPHA]), 'LA')))
case('rgb.jp2', saved_jp2(Image.fromarray(RGB)))
case('rgb-lossy.jp2', saved_jp2(Image.fromarray(RGB), irreversible=True, quality_layers=[8]))
case('rgb.j2k', saved_jp2(Image.fromarray(RGB), no_jp2=True))
case('rgba.jp2', saved_jp2(Image.fromarray(np.dstack([RGB, ALPHA]))))
case('grey-4-bit.j2k', opj([GREY >> 4], 4, 'j2k'))
case('grey-signed.j2k', opj([GREY.astype(int) - 128], 8, 'j2k', signed=True))
case('grey-16-bit.jp2', opj([DEEP], 16, 'jp2'))
case('grey-16-bit.jp2', opj([DEEP], 16, 'jp2'), window=(9000, 41000))
case('grey-12-bit.jp2', opj([DEEP >> 4], 12, 'jp2'))
case('grey-12-bit.j2k', opj([DEEP >> 4], 12, 'j2k'), values=(DEEP >> 4) << 4, mode='I;16',
     note='Pillow 9.4 takes a bare codestream for 8 bits (corrected in 10.3)')
deep = [np.minimum(DEEP, 65_400), np.minimum(DEEP[::-1], 65_400), np.minimum(DEEP[:, ::-1], 65_400)]
case('rgb-16-bit.jp2', opj(deep, 16, 'jp2'))
case('rgb-offset.jp2', opj(planes, 8, 'jp2', '-d', '3,2', '-T', '0,0'))
ycc = Image.fromarray(RGB).convert('YCbCr')
full = [np.asarray(c) for c in ycc.split()]
case('sycc.jp2', with_space(opj(full, 8, 'jp2', '-mct', '0'), 18), values=np.asarray(ycc.convert('RGB')), mode='RGB',
     note='OpenJPEG 2.5.0 does not tell Pillow the colour space')
w, h = W - 1, H - 1  # opj_compress counts subsampled values wrongly at odd sizes
half = [full[0][:h, :w], full[1][:h:2, :w:2], full[2][:h:2, :w:2]]
case('sycc-420.jp2', opj(half, 8, 'jp2', '-mct', '0', subsampling='1x1:2x2:2x2', size=(w, h)))
case('sycc-420.j2k', opj(half, 8, 'j2k', '-mct', '0', subsampling='1x1:2x2:2x2', size=(w, h)))
half = [full[0][:, :w], full[1][:, :w:2], full[2][:, :w:2]]
case('sycc-422.jp2', opj(half, 8, 'jp2', '-mct', '0', subsampling='1x1:2x1:2x1', size=(w, H)))

# ---------------------------------------------------------------- pages of TIFFs

small = Image.fromarray(np.dstack([channel(p, 9, 7) for p in (3, 4, 5)]))
stack = [Image.fromarray(RGB), Image.fromarray(GREY), Image.fromarray(DEEP), Image.fromarray(RGB).quantize(20), small]
mixed = saved(stack[0], 'TIFF', save_all=True, append_images=stack[1:])
for frame in (1, 2, 3, 4, 5):
    case('pages-of-all-modes.tif', mixed, frame=frame)
case('pages-of-all-modes.tif', mixed, frame=3, window=(9000, 41000))
rotated = saved(stack[1], 'TIFF', save_all=True, append_images=[stack[1].convert('1'), stack[0]], tiffinfo={274: 6})
for frame in (1, 2):
    case('pages-rotated.tif', rotated, frame=frame)


def written(write):
    out = io.BytesIO()
    with tifffile.TiffWriter(out, **({'ome': True} if write is ome else {})) as tiff:
        write(tiff)
    return out.getvalue()


def ome(tiff):
    tiff.write(np.stack([DEEP, DEEP[::-1], DEEP[:, ::-1]]), photometric='minisblack', metadata={'axes': 'ZYX'}, compression='zlib')


def thumbnails(tiff):
    tiff.write(RGB, photometric='rgb', subifds=1)
    tiff.write(RGB[::2, ::2], photometric='rgb', subfiletype=1)  # in the page's sub-directory
    tiff.write(RGB[::3, ::3], photometric='rgb', subfiletype=1)  # a thumbnail among the pages
    tiff.write(GREY, photometric='minisblack')


for frame in (1, 2, 3):
    case('stack.ome.tif', written(ome), frame=frame)
case('thumbnails.tif', written(thumbnails), frame=1)
case('thumbnails.tif', written(thumbnails), frame=2, values=GREY, mode='L', note='to Pillow, thumbnails are frames')

index = {'judge': f'Pillow {PIL.__version__}', 'openjpeg': features.version('jpg_2000'), 'cases': cases}
(here / 'index.json').write_text(json.dumps(index, indent=1) + '\n')
print(len(cases), 'cases,', sum(f.stat().st_size for f in here.iterdir()), 'bytes')

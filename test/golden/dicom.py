"""DICOM files of every layout that is read, tiny and synthetic, and what a viewer shows of them.

Judges: pydicom's own functions (its pixel handlers with GDCM for compressed files, apply_modality_lut, apply_voi_lut,
apply_color_lut, convert_color_space); of what these do not do (bits below the high bit, per-frame windows, padding), the few
lines below. Compressors: DCMTK's dcmcjpeg, dcmcjpls and dcmcrle, and opj_compress. Run: /usr/bin/python3 test/golden/dicom.py
(Debian's python3-pydicom, python3-gdcm, python3-numpy, dcmtk, libopenjp2-tools)"""

import base64
import json
import pathlib
import subprocess
import tempfile
import warnings
import zlib

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_pixel_data_frame
from pydicom.pixel_data_handlers.util import apply_color_lut, apply_modality_lut, apply_voi_lut, convert_color_space
from pydicom.sequence import Sequence
from pydicom._uid_dict import UID_dictionary
from pydicom.uid import UID

warnings.simplefilter("ignore")
FOLDER = pathlib.Path(__file__).parent / "dicom"
IMPLICIT, EXPLICIT, DEFLATED, BIG = (UID("1.2.840.10008.1.2" + end) for end in ("", ".1", ".1.99", ".2"))
W, H = 13, 11
RNG = np.random.default_rng(7)
MR, CT, SC = "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.7"
cases = {}


def ramp(low, high, dtype="uint16", h=H, w=W):
    """All the values from low to high, with some noise, the ends among them."""
    a = np.linspace(low, high, h * w) + RNG.normal(0, (high - low) / 40, h * w)
    a[[0, -1]] = low, high
    return np.clip(np.round(a), low, high).astype(dtype).reshape(h, w)


def dataset(arr, syntax=EXPLICIT, sop=MR, modality="MR", **attributes):
    """arr [H, W], [F, H, W] or [H, W, 3]; attributes by keyword take the place of what follows from arr."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop, "1.2.3.4"
    meta.TransferSyntaxUID = syntax
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.is_little_endian, ds.is_implicit_VR = syntax != BIG, syntax == IMPLICIT
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = sop, "1.2.3.4", modality
    colour = arr.shape[-1] == 3
    frames = arr.ndim == (4 if colour else 3)
    ds.Rows, ds.Columns = arr.shape[1:3] if frames else arr.shape[:2]
    if frames:
        ds.NumberOfFrames = arr.shape[0]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = (3, "RGB") if colour else (1, "MONOCHROME2")
    if colour:
        ds.PlanarConfiguration = 0
    ds.BitsAllocated = ds.BitsStored = arr.dtype.itemsize * 8
    ds.PixelRepresentation = int(arr.dtype.kind == "i")
    for key, value in attributes.items():
        setattr(ds, key, value)
    if "HighBit" not in attributes:
        ds.HighBit = ds.BitsStored - 1
    if "PixelData" not in attributes:
        ds.PixelData = arr.astype(arr.dtype.newbyteorder(">" if syntax == BIG else "<")).tobytes()
        if len(ds.PixelData) % 2:
            ds.PixelData += b"\0"
    ds["PixelData"].VR = "OB" if ds.BitsAllocated <= 8 and syntax != IMPLICIT else "OW"
    return ds


def item(**attributes):
    ds = Dataset()
    for key, value in attributes.items():
        setattr(ds, key, value)
    return ds


def lut(first, entries, bits, words=True, signed=False):
    it = item(LUTDescriptor=[len(entries) % 65536, first, bits], LUTExplanation="")
    it["LUTDescriptor"].VR = "SS" if signed else "US"
    it.add_new(0x00283006, "OW", np.asarray(entries, "<u2" if words else "u1").tobytes())
    return it


def to_bytes(t):
    """floor(x * 255 + 0.5); rounded first, so that a tie is one whatever order the sums were done in."""
    return np.floor(np.round(np.asarray(t, float) * 255, 9) + 0.5).clip(0, 255).astype(np.uint8)


def shown_grey(ds, stored):
    modal = apply_modality_lut(stored, ds)
    if "VOILUTSequence" in ds:
        x = apply_voi_lut(modal, ds).astype(float) / (2 ** ds.VOILUTSequence[0].LUTDescriptor[2] - 1)
    elif "WindowCenter" in ds:
        y = apply_voi_lut(modal, ds, prefer_lut=False)
        low, high = (-(2 ** (ds.BitsStored - 1)), 2 ** (ds.BitsStored - 1) - 1) if ds.PixelRepresentation else (0, 2**ds.BitsStored - 1)
        if "ModalityLUTSequence" in ds:
            low, high = 0, 2 ** ds.ModalityLUTSequence[0].LUTDescriptor[2] - 1
        elif "RescaleSlope" in ds:
            low, high = (v * float(ds.RescaleSlope) + float(ds.RescaleIntercept) for v in (low, high))
        x = (y - low) / (high - low)
    else:
        modal = modal.astype(float)
        keep = np.ones(stored.shape, bool)
        if "PixelPaddingValue" in ds:
            low, high = sorted([ds.PixelPaddingValue, ds.get("PixelPaddingRangeLimit", ds.PixelPaddingValue)])
            keep = (stored < low) | (stored > high)
        low, high = (-160, 240) if ds.Modality == "CT" else (modal[keep].min(), modal[keep].max())
        x = (modal - low) / (high - low)
    grey = to_bytes(np.clip(x, 0, 1))
    if ds.PhotometricInterpretation == "MONOCHROME1" or ds.get("PresentationLUTShape") == "INVERSE":
        grey = 255 - grey
    return np.repeat(grey[..., None], 3, -1)


def shown_colour(ds, a):
    if a.dtype.itemsize > 1:
        a = (a >> (ds.BitsStored - 8)).astype(np.uint8)
    return convert_color_space(a, ds.PhotometricInterpretation, "RGB") if "YBR_FULL" in ds.PhotometricInterpretation else a


def write(name, ds, expected=None, frame=None, raw=None, tolerance=0, window=None, note=None):
    """expected [H, W, 3]: by default what pydicom makes of the file. raw: the file's bytes where pydicom does not write them."""
    path = FOLDER / f"{name.split('#')[0]}.dcm"
    if raw is not None:
        path.write_bytes(raw)
    elif "#" not in name:
        ds.save_as(path, write_like_original=False)
    if expected is None:
        read = pydicom.dcmread(path, force=True)
        stored = read.pixel_array[(frame or 1) - 1] if int(read.get("NumberOfFrames") or 1) > 1 else read.pixel_array
        if read.PhotometricInterpretation == "PALETTE COLOR":
            c = apply_color_lut(stored, read)
            expected = (c >> 8 if c.dtype.itemsize > 1 else c).astype(np.uint8)
        else:
            expected = shown_colour(read, stored) if read.SamplesPerPixel == 3 else shown_grey(read, stored)
    entry = {"file": path.name, "width": expected.shape[1], "height": expected.shape[0]}
    if frame is not None:
        entry["frame"] = frame
    if window is not None:
        entry["window"] = window
    if tolerance:
        entry["tolerance"] = tolerance
    flat = expected if (expected[..., :1] != expected).any() else expected[..., 0]
    entry["channels"] = 1 if flat.ndim == 2 else 3
    entry["shown"] = base64.b64encode(zlib.compress(np.ascontiguousarray(flat, np.uint8).tobytes(), 9)).decode()
    cases[name] = entry
    return path


def tool(*command):
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


# Windows and what comes in front of them
hu = dict(sop=CT, modality="CT", RescaleSlope="1", RescaleIntercept="-1024", BitsStored=12)
write("window", dataset(ramp(0, 4095), **hu, WindowCenter="40", WindowWidth="400"))
write("window#own", dataset(ramp(0, 4095), **hu), window={"low": -1000, "high": 500.5},
      expected=np.repeat(to_bytes(np.clip((pydicom.dcmread(FOLDER / "window.dcm").pixel_array - 1024.0 + 1000) / 1500.5, 0, 1))[..., None], 3, -1))
stored = pydicom.dcmread(FOLDER / "window.dcm").pixel_array.astype(float)
write("window#auto", None, window="auto", expected=np.repeat(to_bytes((stored - stored.min()) / np.ptp(stored))[..., None], 3, -1))
write("windows", dataset(ramp(0, 4095), **hu, WindowCenter=["-600", "40"], WindowWidth=["1500", "400"]))
for function in ("LINEAR", "LINEAR_EXACT", "SIGMOID"):
    write(f"window-{function.lower()}", dataset(ramp(0, 255), BitsStored=8, WindowCenter="128", WindowWidth="100", VOILUTFunction=function))
write("window-of-1", dataset(ramp(0, 255), BitsStored=8, WindowCenter="100", WindowWidth="1"))
write("window-exact-fraction", dataset(ramp(0, 255), BitsStored=8, WindowCenter="100.25", WindowWidth="0.5", VOILUTFunction="LINEAR_EXACT"))
write("window-ties", dataset(np.arange(H * W, dtype="uint16").reshape(H, W), WindowCenter="60", WindowWidth="103"))
write("rescale-negative", dataset(ramp(0, 4095), BitsStored=12, RescaleSlope="-1", RescaleIntercept="3000", WindowCenter="1000", WindowWidth="2001"))
write("rescale-fraction", dataset(ramp(0, 4095), BitsStored=12, RescaleSlope="0.37", RescaleIntercept="-12.5", WindowCenter="700", WindowWidth="1000"))
write("monochrome1", dataset(ramp(0, 4095), BitsStored=12, PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="INVERSE",
                             RescaleSlope="0.684", RescaleIntercept="200", WindowCenter="1600", WindowWidth="2800"))
write("presentation-inverse", dataset(ramp(0, 4095), BitsStored=12, PresentationLUTShape="INVERSE"))
write("ct-without-window", dataset(ramp(-2000, 3000, "int16"), sop=CT, modality="CT", RescaleSlope="1", RescaleIntercept="0"))
capture = dataset(ramp(0, 3000), sop=SC, modality="CT")
write("ct-secondary-capture", capture, expected=shown_grey(dataset(capture.pixel_array), capture.pixel_array))
write("mr-without-window", dataset(ramp(5, 3000)))
padded = ramp(100, 900, "int16")
padded[:, :4] = -2000
write("padding", dataset(padded, PixelPaddingValue=-2000))
padded[0, 0:3] = -1999, -1995, -1900
write("padding-range", dataset(padded, PixelPaddingValue=-2000, PixelPaddingRangeLimit=-1900))

# Lookup tables
curve = (np.linspace(0, 1, 600) ** 0.5 * 4095).astype(int)
write("modality-lut", dataset(ramp(0, 1023), BitsStored=10, ModalityLUTSequence=Sequence([lut(200, curve, 16)]), WindowCenter="2000", WindowWidth="3000"))
write("modality-lut-signed", dataset(ramp(-512, 511, "int16"), BitsStored=10, ModalityLUTSequence=Sequence([lut(-300, curve, 16, signed=True)])))
write("voi-lut", dataset(ramp(0, 1023), BitsStored=10, VOILUTSequence=Sequence([lut(200, curve, 12), lut(0, curve[::-1], 12)]), WindowCenter="1", WindowWidth="2"))
eighth = (curve[::6] >> 4)
bytewise = dataset(ramp(0, 255), BitsStored=8, VOILUTSequence=Sequence([lut(60, eighth, 8, words=False)]))
write("voi-lut-bytes", bytewise, expected=np.repeat(eighth[np.clip(bytewise.pixel_array.astype(int) - 60, 0, 99)].astype(np.uint8)[..., None], 3, -1))
after = dict(RescaleSlope="1", RescaleIntercept="-1024", BitsStored=12)
write("voi-lut-signed", dataset(ramp(0, 4095), **after, VOILUTSequence=Sequence([lut(-300, curve, 12, signed=True)])))
long = dataset(ramp(0, 65535), DEFLATED, VOILUTSequence=Sequence([lut(0, np.arange(65536) >> 8 << 8, 16)]))
write("voi-lut-65536", long)
implicit = dataset(ramp(-512, 511, "int16"), IMPLICIT, BitsStored=10, VOILUTSequence=Sequence([lut(-300, curve, 12, signed=True)]))
write("voi-lut-implicit", implicit)

# How values are stored
write("implicit", dataset(ramp(0, 4095), IMPLICIT, BitsStored=12))
write("deflated", dataset(ramp(0, 4095), DEFLATED, BitsStored=12))
write("big-endian", dataset(ramp(-900, 4000, "int16"), BIG))
eight = ramp(0, 255, "uint8", 10, 12)
swapped = dataset(eight, BIG, PixelData=eight.tobytes())
swapped.PixelData = eight.reshape(-1, 2)[:, ::-1].tobytes()
swapped["PixelData"].VR = "OW"
write("big-endian-words-of-8", swapped, expected=shown_grey(swapped, eight))
write("grey-8", dataset(ramp(0, 255, "uint8")))
write("grey-8-signed", dataset(ramp(-128, 127, "int8")))
signed = ramp(-2048, 2047, "int16")
noise = RNG.integers(0, 16, signed.shape, "uint16")
write("high-bit-13", dataset(signed, BitsStored=12, HighBit=13, PixelData=((signed.astype("uint16") & 0xFFF) << 2 | noise & 3 | noise << 14 & 0xC000).astype("<u2").tobytes()),
      expected=shown_grey(dataset(signed), signed))
write("unused-bits", dataset(signed, BitsStored=12, HighBit=11, PixelData=((signed.astype("uint16") & 0xFFF) | noise << 12).astype("<u2").tobytes()),
      expected=shown_grey(dataset(signed), signed))
write("grey-32", dataset((RNG.random((H, W)) * 2**32).astype("uint32"), modality="RTDOSE", RescaleSlope="0.00001", RescaleIntercept="0"))
bits = (RNG.random((3, 5, 5)) > 0.5).astype("uint8")
packed = dataset(bits, BitsAllocated=1, BitsStored=1, HighBit=0, PixelData=np.packbits(bits.ravel(), bitorder="little").tobytes())
write("segmentation", packed, frame=2)
write("segmentation#3", None, frame=3, expected=np.repeat((bits[2] * 255)[..., None], 3, -1))
both = np.stack([ramp(0, 100), ramp(50, 4000)])
write("frames", dataset(both, WindowCenter="1000", WindowWidth="2001"), frame=1)
write("frames#2", None, frame=2, expected=shown_grey(dataset(both[1], WindowCenter="1000", WindowWidth="2001"), both[1]))

# Enhanced multi-frame: own window and rescaling a frame, then shared ones
own = [dict(WindowCenter=str(c), WindowWidth=str(w), VOILUTFunction=f) for c, w, f in ((500, 800, "LINEAR"), (900, 1000, "SIGMOID"))]
scale = [dict(RescaleSlope="1", RescaleIntercept="0", RescaleType="US"), dict(RescaleSlope="0.5", RescaleIntercept="-100", RescaleType="US")]
frames = np.stack([ramp(0, 1500), ramp(0, 4000)])
groups = [item(FrameVOILUTSequence=Sequence([item(**w)]), PixelValueTransformationSequence=Sequence([item(**s)])) for w, s in zip(own, scale)]
write("enhanced", dataset(frames, PerFrameFunctionalGroupsSequence=Sequence(groups)), frame=1, expected=shown_grey(dataset(frames[0], **own[0], **scale[0]), frames[0]))
write("enhanced#2", None, frame=2, expected=shown_grey(dataset(frames[1], **own[1], **scale[1]), frames[1]))
write("enhanced-shared", dataset(frames, SharedFunctionalGroupsSequence=Sequence([groups[1]]), PerFrameFunctionalGroupsSequence=Sequence(
    [item(FrameVOILUTSequence=Sequence([item(**own[0])])), item()])), frame=1, expected=shown_grey(dataset(frames[0], **own[0], **scale[1]), frames[0]))
write("enhanced-shared#2", None, frame=2, expected=shown_grey(dataset(frames[1], **own[1], **scale[1]), frames[1]))

# Files with something missing, or in front of the pixels
explicit = (FOLDER / "mr-without-window.dcm").read_bytes()
group2 = 132 + 12 + pydicom.dcmread(FOLDER / "mr-without-window.dcm").file_meta.FileMetaInformationGroupLength
write("without-preamble", None, raw=explicit[132:], expected=(mr := shown_grey(pydicom.dcmread(FOLDER / "mr-without-window.dcm"), pydicom.dcmread(FOLDER / "mr-without-window.dcm").pixel_array)))
write("without-meta", None, raw=explicit[group2:], expected=mr)
body = (FOLDER / "implicit.dcm").read_bytes()
group2 = 132 + 12 + pydicom.dcmread(FOLDER / "implicit.dcm").file_meta.FileMetaInformationGroupLength
imp = pydicom.dcmread(FOLDER / "implicit.dcm")
write("without-meta-implicit", None, raw=body[group2:], expected=shown_grey(imp, imp.pixel_array))
overlay = dataset(ramp(0, 4095), BitsStored=12, IconImageSequence=Sequence([dataset(ramp(0, 255, "uint8", 4, 4))]))
del overlay.IconImageSequence[0].file_meta
overlay.add_new(0x60003000, "OW", b"\xff" * 18)
write("icon-and-overlay", overlay)

# Palettes
entries = np.stack([np.linspace(0, 65535, 200), np.linspace(65535, 0, 200), np.abs(np.linspace(-65535, 65535, 200))]).astype("<u2")


def palette(planes, first, bits, pixels=None, segmented=False, count=None):
    ds = dataset(ramp(0, 255, "uint8") if pixels is None else pixels, PhotometricInterpretation="PALETTE COLOR")
    for name, plane in zip(("Red", "Green", "Blue"), planes):
        setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [count or len(plane), first, bits])
        ds[f"{name}PaletteColorLookupTableDescriptor"].VR = "US"
        setattr(ds, f"{'Segmented' if segmented else ''}{name}PaletteColorLookupTableData", plane.tobytes())
    return ds


write("palette-16", palette(entries, 20, 16))
write("palette-8", palette((entries >> 8).astype("u1"), 20, 8))
# 8-bit entries in words, whose descriptor says 16: no palette is all black, so the entries decide
words = palette(entries >> 8, 20, 16)
write("palette-of-words", words, expected=apply_color_lut(words.pixel_array, palette((entries >> 8).astype("u1"), 20, 8)))
segments = [np.array([0, 4, 10, 300, 20000, 65000, 1, 96, 1000, 0, 2, 7, 9, 1, 100, 60000], "<u2")] * 3
write("palette-segmented", palette(segments, 20, 16, segmented=True, count=202))
segments8 = [np.array([0, 3, 1, 2, 3, 1, 97, 200, 2, 2, 0, 0, 0, 0], "u1")] * 3
write("palette-indirect", palette(segments8, 0, 8, segmented=True, count=200))

# Colour
rgb = np.stack([ramp(0, 255, "uint8"), ramp(0, 255, "uint8").T.reshape(H, W), ramp(0, 255, "uint8")[::-1]], -1)
write("rgb", dataset(rgb))
write("rgb-planar", dataset(rgb, PlanarConfiguration=1, PixelData=rgb.transpose(2, 0, 1).tobytes() + b"\0"), expected=rgb)
write("rgb-16", dataset(rgb.astype("uint16") * 251 + 77))
write("ybr-full", dataset(rgb, PhotometricInterpretation="YBR_FULL"))
even = rgb[:, :12]
pairs = np.concatenate([even[:, ::2, :1], even[:, 1::2, :1], even[:, ::2, 1:]], -1)
half = np.concatenate([even[..., :1], np.repeat(even[:, ::2, 1:], 2, 1)], -1)
write("ybr-full-422", dataset(even, PhotometricInterpretation="YBR_FULL_422", PixelData=pairs.tobytes()), expected=convert_color_space(half, "YBR_FULL", "RGB"))

# Compressed
smooth = (2048 + 1500 * np.sin(np.arange(W) / 4)[None] * np.cos(np.arange(H) / 3)[:, None]).astype("int16")
grey = {
    "16": dataset(ramp(0, 65535)),
    "16-signed": dataset(ramp(-32768, 32767, "int16")),
    "12": dataset(ramp(0, 4095), BitsStored=12, WindowCenter="2000", WindowWidth="3001"),
    "8": dataset((smooth >> 4).astype("uint8")),
    "frames": dataset(np.stack([smooth, smooth[::-1], ramp(0, 4095, "int16")]), BitsStored=13, WindowCenter="2000", WindowWidth="3001"),
}
colour = dataset(rgb, sop=SC, modality="OT")
smooth_rgb = dataset(np.stack([smooth >> 4, smooth[::-1] >> 4, smooth[:, ::-1] >> 4], -1).astype("uint8"), sop=SC, modality="OT")
odd_rgb = dataset(rgb, sop=SC, modality="OT")


def compressed(name, ds, *command, lossless=True, **options):
    with tempfile.TemporaryDirectory() as folder:
        plain, out = pathlib.Path(folder) / "plain.dcm", FOLDER / f"{name}.dcm"
        ds.save_as(plain, write_like_original=False)
        tool(*command, plain, out)
        raw = out.read_bytes()
        if lossless:
            read = pydicom.dcmread(plain)
            for frame in range(1, int(read.get("NumberOfFrames") or 1) + 1):
                a = read.pixel_array[frame - 1] if "NumberOfFrames" in read else read.pixel_array
                expected = a if read.SamplesPerPixel == 3 else shown_grey(read, a)
                numbered = {"frame": frame} if "NumberOfFrames" in read else {}
                write(name if frame == 1 else f"{name}#{frame}", None, raw=raw, expected=expected, **numbered)
            return
        read = pydicom.dcmread(out)
        read.convert_pixel_data("gdcm")
        expected = shown_colour(read, read.pixel_array) if read.SamplesPerPixel == 3 else shown_grey(read, read.pixel_array)
        write(name, None, raw=raw, expected=expected, **options)


compressed("rle-16-signed", grey["16-signed"], "dcmcrle")
compressed("rle-rgb", colour, "dcmcrle")
compressed("rle-frames", grey["frames"], "dcmcrle")
compressed("jpeg-lossless-16", grey["16"], "dcmcjpeg", "+e1")
compressed("jpeg-lossless-16-signed", grey["16-signed"], "dcmcjpeg", "+e1")
for selection in range(2, 8):
    compressed(f"jpeg-lossless-{selection}", grey["12"], "dcmcjpeg", "+el", "+sv", selection)
compressed("jpeg-lossless-rgb", colour, "dcmcjpeg", "+e1")
compressed("jpeg-lossless-frames", grey["frames"], "dcmcjpeg", "+e1")
compressed("jpeg-ls-16-signed", grey["16-signed"], "dcmcjpls", "+el")
compressed("jpeg-ls-12", grey["12"], "dcmcjpls", "+el")
compressed("jpeg-ls-rgb", colour, "dcmcjpls", "+el", "+il")
compressed("jpeg-ls-rgb-samples", colour, "dcmcjpls", "+el", "+is")
compressed("jpeg-ls-rgb-planes", colour, "dcmcjpls", "+el", "+in")
compressed("jpeg-ls-near", grey["12"], "dcmcjpls", "+en", lossless=False)
compressed("jpeg-8", grey["8"], "dcmcjpeg", "+eb", lossless=False)
compressed("jpeg-extended-8", grey["8"], "dcmcjpeg", "+ee", "+be", lossless=False)
compressed("jpeg-rgb", smooth_rgb, "dcmcjpeg", "+eb", "+cr", lossless=False)
compressed("jpeg-ybr-422", smooth_rgb, "dcmcjpeg", "+eb", "+s2", lossless=False, tolerance=1)
compressed("jpeg-ybr-444", smooth_rgb, "dcmcjpeg", "+eb", "+s4", lossless=False, tolerance=1)


def stream_2000(arr, *options):
    """A bare codestream of one frame by opj_compress."""
    with tempfile.TemporaryDirectory() as folder:
        raw, out = pathlib.Path(folder) / "a.raw", pathlib.Path(folder) / "a.j2k"
        planes = arr.transpose(2, 0, 1) if arr.ndim == 3 else arr
        raw.write_bytes(planes.astype(arr.dtype.newbyteorder(">")).tobytes())
        bits = f"{arr.shape[1]},{arr.shape[0]},{3 if arr.ndim == 3 else 1},{arr.dtype.itemsize * 8},{'s' if arr.dtype.kind == 'i' else 'u'}"
        tool("opj_compress", "-i", raw, "-o", out, "-F", bits, "-n", 3, *options)
        return out.read_bytes()


def encapsulated(name, arr, syntax, streams, expected=None, frames=None, **attributes):
    ds = dataset(arr, UID(syntax), **attributes, PixelData=encapsulate(streams))
    ds.is_little_endian, ds.is_implicit_VR = True, False
    ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
    if expected is None and arr.ndim == 2:
        expected = shown_grey(dataset(arr, **attributes), arr)
    return ds, expected


LOSSLESS_2000, LOSSY_2000, HT = "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.201"
s16 = grey["16-signed"].pixel_array
ds, e = encapsulated("jpeg-2000-16-signed", s16, LOSSLESS_2000, [stream_2000(s16)])
write("jpeg-2000-16-signed", ds, e)
# The codestream says unsigned, the attributes signed: its bits count
ds, e = encapsulated("jpeg-2000-sign", s16, LOSSLESS_2000, [stream_2000(s16.view("uint16"))])
write("jpeg-2000-sign", ds, e)
ds, _ = encapsulated("jpeg-2000-rct", rgb, LOSSLESS_2000, [stream_2000(rgb)], PhotometricInterpretation="YBR_RCT")
write("jpeg-2000-rct", ds, rgb)
ds, _ = encapsulated("jpeg-2000-ybr-full", rgb, LOSSLESS_2000, [stream_2000(rgb, "-mct", 0)], PhotometricInterpretation="YBR_FULL")
write("jpeg-2000-ybr-full", ds, convert_color_space(rgb, "YBR_FULL", "RGB"))
lossy = smooth_rgb.pixel_array
ds, _ = encapsulated("jpeg-2000-ict", lossy, LOSSY_2000, [stream_2000(lossy, "-I", "-r", 6)], PhotometricInterpretation="YBR_ICT")
ds.save_as(FOLDER / "jpeg-2000-ict.dcm", write_like_original=False)
read = pydicom.dcmread(FOLDER / "jpeg-2000-ict.dcm")
read.convert_pixel_data("gdcm")
write("jpeg-2000-ict", ds, read.pixel_array)

UID_dictionary[HT] = ("High-Throughput JPEG 2000 Lossless", "Transfer Syntax", "", "", "")  # newer than this pydicom
# High-Throughput JPEG 2000, written once by OpenJPH's encoder (@cornerstonejs/codec-openjph 2.4.11, lossless) from these values
ht = ((np.arange(H)[:, None] * 37 + np.arange(W)[None] * 91) % 4096).astype("uint16")
stream = FOLDER / "htj2k.jhc"
ds, e = encapsulated("htj2k", ht, HT, [stream.read_bytes()], BitsStored=12)
write("htj2k", ds, e)

# Frames in fragments: an offset table, none, several fragments a frame, the extended table, lengths that are odd
three = grey["frames"].pixel_array
window = dict(BitsStored=13, WindowCenter="2000", WindowWidth="3001")
streams = [stream_2000(frame) for frame in three]
frames_shown = [shown_grey(dataset(f, **window), f) for f in three]


def sequence(items, end=True):
    out = b"".join(b"\xfe\xff\x00\xe0" + len(i).to_bytes(4, "little") + i for i in items)
    return out + (b"\xfe\xff\xdd\xe0\0\0\0\0" if end else b"")


def fragmented(name, items, **attributes):
    ds, _ = encapsulated(name, three, LOSSLESS_2000, streams, **window, **attributes)
    ds.PixelData = sequence(items)
    write(name, ds, frames_shown[0], frame=1)
    for frame in (2, 3):
        write(f"{name}#{frame}", None, frames_shown[frame - 1], frame=frame)


def even_length(stream):
    return stream + b"\0" * (len(stream) % 2)


split = [part for s in map(even_length, streams) for part in (s[:100], s[100:])]
starts = np.cumsum([0] + [16 + len(even_length(s)) for s in streams])[:3]
fragmented("fragments-table", [starts.astype("<u4").tobytes(), *split])
fragmented("fragments-no-table", [b"", *map(even_length, streams)])
fragmented("fragments-by-marker", [b"", *split])
fragmented("fragments-odd", [b"", *(s if len(s) % 2 else s + b"\0" for s in streams)])
whole = [8 + len(even_length(s)) for s in streams]
extended = np.cumsum([0] + whole)[:3].astype("<u8").tobytes()
ds_extended = dict(ExtendedOffsetTable=extended, ExtendedOffsetTableLengths=np.array([len(s) for s in streams], "<u8").tobytes())
fragmented("fragments-extended", [b"", *map(even_length, streams)], **ds_extended)

# Attributes by name, with a name in three alphabets (PS3.5, H.3.1)
for name, syntax in (("tags", EXPLICIT), ("tags-implicit", IMPLICIT), ("tags-big-endian", BIG)):
    ds = dataset(ramp(-5, 900, "int16"), syntax, SpecificCharacterSet=["", "ISO 2022 IR 87"], PatientName="Yamada^Tarou=山田^太郎=やまだ^たろう",
                 PatientSex="F", ImageType=["ORIGINAL", "PRIMARY"], WindowCenter="40.5", WindowWidth="90", SmallestImagePixelValue=-5,
                 RecommendedDisplayFrameRateInFloat=2.5, ReferencedStudySequence=Sequence([item(ReferencedSOPClassUID="1.2")]))
    ds["SmallestImagePixelValue"].VR = "SS"
    write(name, ds)
    read = pydicom.dcmread(FOLDER / f"{name}.dcm")
    assert [str(read.PatientName), read.SmallestImagePixelValue, str(read.WindowCenter)] == ["Yamada^Tarou=山田^太郎=やまだ^たろう", -5, "40.5"]

# What is refused
refused = {}


def refuse(name, ds, error, says, raw=None):
    path = FOLDER / f"{name}.dcm"
    if raw is None:
        ds.save_as(path, write_like_original=False)
    else:
        path.write_bytes(raw)
    refused[name] = {"file": path.name, "error": error, "says": says}


def without_pixels(sop, modality):
    ds = dataset(ramp(0, 9, "uint8", 2, 2), sop=sop, modality=modality)
    ds.PatientName = "Secret^Name"
    for keyword in ("PixelData", "Rows", "Columns"):
        delattr(ds, keyword)
    return ds


refuse("report", without_pixels("1.2.840.10008.5.1.4.1.1.88.33", "SR"), "NoDicomPixelsError", "comprehensive report, modality SR")
refuse("document", without_pixels("1.2.840.10008.5.1.4.1.1.104.1", "DOC"), "NoDicomPixelsError", "encapsulated PDF, modality DOC")
refuse("absurd-size", dataset(ramp(0, 9, "uint8", 2, 2), Rows=65535, Columns=65535), "ImageTooLargeError", "65535 x 65535")
refuse("no-rows", dataset(ramp(0, 9, "uint8", 2, 2), Rows=0), "UnreadableImageError", "2 x 0 pixels")
refuse("bits-12-allocated", dataset(ramp(0, 4095), BitsAllocated=12, BitsStored=12), "UnsupportedDicomError", "12 bits allocated")
refuse("high-bit-16", dataset(ramp(0, 4095), HighBit=16), "UnreadableImageError", "contradict")
refuse("four-samples", dataset(ramp(0, 9, "uint8", 4, 4), SamplesPerPixel=4, PhotometricInterpretation="CMYK"), "UnsupportedDicomError", "4 samples a pixel, photometric interpretation CMYK")
video, _ = encapsulated("video", ramp(0, 9, "uint8", 4, 4), "1.2.840.10008.1.2.4.102", [b"\0\0"])
refuse("video", video, "UnsupportedDicomError", "MPEG-4 video")
floats = dataset(ramp(0, 9, "uint8", 4, 4), BitsAllocated=32)
del floats.PixelData
floats.FloatPixelData = np.zeros(16, "<f4").tobytes()
refuse("float-pixels", floats, "UnsupportedDicomError", "float pixel data")
nothing = palette(entries, 20, 16)
del nothing.BluePaletteColorLookupTableData
refuse("palette-cut-off", nothing, "UnreadableImageError", "lookup table is too short")
refuse("slope-0", dataset(ramp(0, 9, "uint8", 4, 4), RescaleSlope="0", RescaleIntercept="0"), "UnreadableImageError", "slope is 0")
for name, options, says in (("jpeg-12", ("+ee", "+bt"), "JPEG of 12 bits a sample"), ("jpeg-point-transform", ("+el", "+pl", "+pt", 2), "point transform")):
    with tempfile.TemporaryDirectory() as folder:
        grey["12"].save_as(f"{folder}/plain.dcm", write_like_original=False)
        tool("dcmcjpeg", *options, f"{folder}/plain.dcm", f"{folder}/out.dcm")
        refuse(name, None, "UnsupportedDicomError", says, raw=pathlib.Path(f"{folder}/out.dcm").read_bytes())

(FOLDER / "index.json").write_text(json.dumps({"shown": cases, "refused": refused}, indent=1) + "\n")

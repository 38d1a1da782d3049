"""Small NIfTI volumes (nifti/*.nii, *.nii.gz) and what their slices look like (nifti.json), by nibabel and NumPy:
nibabel's closest canonical orientation, then the view of a radiologist, then the window. Debian's python3-nibabel.

    /usr/bin/python3 test/golden/nifti.py
"""

import base64
import gzip
import json
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.orientations import apply_orientation, io_orientation

here = Path(__file__).parent
folder = here / "nifti"
folder.mkdir(exist_ok=True)
rng = np.random.default_rng(25)


def rotation(x, y, z):
    """Degrees about the three axes."""
    a, b, c = np.radians([x, y, z])
    rx = [[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]]
    ry = [[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]]
    rz = [[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]]
    return np.array(rx) @ np.array(ry) @ np.array(rz)


def affine(codes, zooms=(1, 1, 1), turned=(0, 0, 0)):
    """Axes along these codes (as 'PSR'), each of its length, all turned a little."""
    matrix = np.zeros((3, 3))
    for axis, code in enumerate(codes):
        world = next(i for i, pair in enumerate(("RL", "AP", "SI")) if code in pair)
        matrix[world, axis] = zooms[axis] * (1 if code in "RAS" else -1)
    whole = np.eye(4)
    whole[:3, :3] = rotation(*turned) @ matrix
    whole[:3, 3] = [-3, 7, 11]
    return whole


def integers(dtype, shape=(6, 5, 4)):
    info = np.iinfo(dtype)
    low, high = max(info.min, -(2**40)), min(info.max, 2**40)
    return rng.integers(low, high, shape, dtype=dtype, endpoint=True)


def image(data, form, kind=nib.Nifti1Image, endian="<", how="s", **fields):
    """how: which of sform and qform are set, the one with the greater code last."""
    header = kind.header_class(endianness=endian)
    header.set_data_dtype(data.dtype)
    made = kind(data, None, header)
    made.header.set_sform(form if "s" in how else None, code=1 + how.find("s") if "s" in how else 0)
    other = form if how == "q" else affine("LPS")
    made.header.set_qform(other if "q" in how else None, code=1 + how.find("q") if "q" in how else 0)
    made._affine = made.header.get_best_affine()
    for name, value in fields.items():
        made.header[name] = value
    return made


def special(dtype):
    data = rng.normal(0, 40, (6, 5, 4)).astype(dtype)
    data[1, 2, 2], data[3, 1, 1], data[4, 4, 2] = np.nan, np.inf, -np.inf
    return data


colours = rng.integers(0, 256, (5, 4, 3, 4), dtype=np.uint8)
rgb = colours[..., :3].copy().view([(c, "u1") for c in "RGB"])[..., 0]
rgba = colours.copy().view([(c, "u1") for c in "RGBA"])[..., 0]
extended = image(integers(np.int16), affine("LPS"))
extended.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"longer than the header" * 4))

two = nib.Nifti2Image
cases = {
    "uint8-ras.nii.gz": image(integers(np.uint8), affine("RAS")),
    "int16-lps-scaled.nii.gz": image(integers(np.int16), affine("LPS", (0.7, 0.7, 5)), scl_slope=0.37, scl_inter=-1024),
    "int16-big-oblique.nii": image(integers(np.int16), affine("PSR", (1, 2, 1), (25, -15, 20)), endian=">"),
    "int16-negative-slope.nii": image(integers(np.int16), affine("ILA"), scl_slope=-2, scl_inter=3),
    "float32-special-qform.nii": image(special(np.float32), affine("RPS", (1, 1, 2), (10, 20, 30)), how="q"),
    "float64-second.nii.gz": image(special(np.float64), affine("SAL"), two, scl_slope=0.1, scl_inter=0.2),
    "float32-second-big-qform.nii": image(special(np.float32), affine("AIL", turned=(-20, 5, 12)), two, ">", "q"),
    "int8-calibrated.nii": image(integers(np.int8), affine("LAS"), cal_min=-40, cal_max=60.5),
    "uint16-big.nii.gz": image(integers(np.uint16), affine("ASR"), endian=">"),
    "int32.nii": image(integers(np.int32), affine("RSP")),
    "uint32.nii": image(integers(np.uint32), affine("PIL")),
    "int64-big.nii": image(integers(np.int64), affine("IPR"), endian=">"),
    "uint64.nii": image(integers(np.uint64), affine("SRA")),
    "rgb24.nii.gz": image(rgb, affine("PSR")),
    "rgba32.nii": image(rgba, affine("LIA")),
    "four-axes.nii.gz": image(integers(np.int16, (6, 5, 4, 3)), affine("LPI")),
    "two-axes.nii": image(integers(np.uint8, (6, 5)), affine("LPS")),
    "no-affine.nii": image(integers(np.uint8), None, how=""),
    "both-affines.nii": image(integers(np.uint8), affine("SAR"), how="sq"),
    "sheared.nii": image(integers(np.uint8), affine("RAS") @ np.array([[1, 0.6, 0.3, 0], [0, 1, 0.5, 0], [0, 0, 1, 0], [0, 0, 0, 1]])),
    "one-value.nii": image(np.full((6, 5, 4), 7, np.int16), affine("LPS")),
    "extended.nii.gz": extended,
}

PLANES = {"axial": 2, "coronal": 1, "sagittal": 0}


def canonical(path):
    """[right, anterior, superior] in float64, or with channels behind; checked against nibabel's own canonical image."""
    loaded = nib.load(path)
    slope, intercept = loaded.dataobj.slope, loaded.dataobj.inter
    raw = np.asarray(loaded.dataobj.get_unscaled())
    while raw.ndim > 3:
        raw = raw[..., 0]
    if raw.ndim == 2:
        raw = raw[..., np.newaxis]
    turned = apply_orientation(raw, io_orientation(loaded.affine))
    if turned.dtype.names:
        return np.stack([turned[c] for c in "RGB"], -1)
    with np.errstate(invalid="ignore"):
        values = turned.astype(np.float64) * slope + intercept
    if len(loaded.shape) == 3:
        np.testing.assert_allclose(values, nib.as_closest_canonical(loaded).get_fdata(), rtol=1e-12)
    return values


def shown(values, low, high):
    with np.errstate(invalid="ignore"):
        grey = np.clip(np.floor((values - low) * (255 / (high - low)) + 0.5), 0, 255)
    return np.where(np.isnan(values), 0, grey).astype(np.uint8)


def extremes(values):
    finite = values[np.isfinite(values)]
    low, high = finite.min(), finite.max()
    return (low, high) if high > low else (low, low + 1)


def slices(name, path):
    volume = canonical(path)
    header = nib.load(path).header
    low, high = float(header["cal_min"]), float(header["cal_max"])
    whole = (low, high) if high > low else None if volume.ndim == 4 else extremes(volume)
    for plane, axis in PLANES.items():
        count = volume.shape[axis]
        for number in sorted({1, count // 2 + 1, count}):
            # rows from the top, columns from the patient's right or front
            picture = np.flip(np.take(volume, number - 1, axis).swapaxes(0, 1), (0, 1))
            windows = {"default": whole, "auto": None if volume.ndim == 4 else extremes(picture), "given": (-20.5, 90)}
            for window, ends in windows.items():
                colour = volume.ndim == 4
                if (colour and window != "default") or (window == "given" and number > 1):
                    continue
                grey = picture if colour else np.repeat(shown(picture, *ends)[..., np.newaxis], 3, -1)
                data = grey if colour else grey[..., :1]
                yield {
                    "plane": plane,
                    "slice": number,
                    "slices": count,
                    "window": window,
                    "width": grey.shape[1],
                    "height": grey.shape[0],
                    "channels": data.shape[-1],
                    "data": base64.b64encode(np.ascontiguousarray(data)).decode(),
                }


golden = []
for name, made in cases.items():
    path = folder / name
    nib.save(made, path)
    if name.endswith(".gz"):  # without the time and the name, so that the bytes are the same the next time
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), mtime=0))
    golden.append({"file": name, "slices": list(slices(name, path))})
text = ",\n".join(json.dumps(case) for case in golden)
(here / "nifti.json").write_text(f"[\n{text}\n]\n")

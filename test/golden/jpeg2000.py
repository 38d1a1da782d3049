"""JPEG 2000 of every layout that the codec's wrapper reads, written by OpenJPEG's opj_compress, with the samples that
opj_decompress gives back as raw bytes. Run: /usr/bin/python3 test/golden/jpeg2000.py (Debian's libopenjp2-tools and python3-numpy)"""

import hashlib
import json
import pathlib
import subprocess
import tempfile

import numpy as np

FOLDER = pathlib.Path(__file__).parent / "jpeg2000"
W, H = 37, 21
# name, extension, components, bits, signed, further options of opj_compress
CASES = [
    ("grey-8", "j2k", 1, 8, False, []),
    ("grey-8", "jp2", 1, 8, False, []),
    ("grey-4", "j2k", 1, 4, False, []),
    ("grey-8-signed", "j2k", 1, 8, True, []),
    ("grey-12", "j2k", 1, 12, False, []),
    ("grey-12-signed", "j2k", 1, 12, True, []),
    ("grey-16", "jp2", 1, 16, False, []),
    ("grey-16-signed", "j2k", 1, 16, True, []),
    ("grey-16-lossy", "j2k", 1, 16, False, ["-I", "-r", "8"]),
    ("grey-alpha", "jp2", 2, 8, False, []),
    ("rgb", "j2k", 3, 8, False, []),
    ("rgb", "jp2", 3, 8, False, []),
    ("rgb-lossy", "jp2", 3, 8, False, ["-I", "-r", "6"]),
    ("rgb-tiles", "j2k", 3, 8, False, ["-t", "16,16"]),
    ("rgb-16", "jp2", 3, 16, False, []),
    ("rgba", "jp2", 4, 8, False, []),
    ("rgba-16", "j2k", 4, 16, False, []),
]


def picture(components, bits, signed):
    """Waves with some noise, over the whole range of values: [components, H, W]."""
    rng = np.random.default_rng(bits + 100 * components)
    y, x = np.mgrid[0:H, 0:W]
    planes = [np.sin(x / (3 + c)) * np.cos(y / (4 + c)) + rng.normal(0, 0.05, (H, W)) for c in range(components)]
    top = 2**bits - 1
    values = np.clip(np.round((np.stack(planes) + 1) / 2 * top), 0, top).astype(int)
    return values - 2 ** (bits - 1) if signed else values


def dtype(bits, signed):
    return ("<i" if signed else "<u") + ("1" if bits <= 8 else "2")


def main():
    FOLDER.mkdir(exist_ok=True)
    golden = []
    for name, extension, components, bits, signed, options in CASES:
        file = FOLDER / f"{name}.{extension}"
        kind = dtype(bits, signed)
        with tempfile.TemporaryDirectory() as folder:
            raw, back = pathlib.Path(folder, "in.raw"), pathlib.Path(folder, "out.rawl")
            raw.write_bytes(picture(components, bits, signed).astype(kind.replace("<", ">")).tobytes())
            layout = f"{W},{H},{components},{bits},{'s' if signed else 'u'}"
            run("opj_compress", "-i", raw, "-o", file, "-F", layout, "-n", "3", *options)
            run("opj_decompress", "-i", file, "-o", back)
            values = np.frombuffer(back.read_bytes(), kind).reshape(components, H, W).astype(int)
        if signed:  # of 12 bits, it clears the upper four
            values = (values + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1)
        if "-I" not in options:
            assert (values == picture(components, bits, signed)).all(), file.name
        interleaved = values.transpose(1, 2, 0).astype("<i4")
        golden.append(
            {
                "file": file.name,
                "width": W,
                "height": H,
                "components": components,
                "bitsPerSample": bits,
                "signed": signed,
                "first": interleaved.reshape(-1)[:8].tolist(),
                "sha256": hashlib.sha256(interleaved.tobytes()).hexdigest(),  # as 32-bit integers
            }
        )
    (FOLDER / "index.json").write_text(json.dumps(golden, indent=1) + "\n")


def run(*command):
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


main()

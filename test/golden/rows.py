"""Writes the .npz and .safetensors files of test/rows-files.test.ts with NumPy. Run: /usr/bin/python3 test/golden/rows.py

safetensors: 8 bytes of header length, a JSON header, the data (github.com/huggingface/safetensors, Format).
"""

import json
from pathlib import Path

import numpy as np

OUT = Path(__file__).parent / "rows"
OUT.mkdir(exist_ok=True)


def ramp(*shape, dtype="<f4"):
    """0.5, -1.5, 2.5, ...: exact in every float type used here."""
    n = int(np.prod(shape))
    values = (np.arange(n) + 0.5) * np.where(np.arange(n) % 2, -1, 1)
    return values.reshape(shape).astype(dtype)


images, texts = ramp(3, 5), -ramp(4, 5)
np.savez(OUT / "stored.npz", images)
np.savez_compressed(OUT / "deflated.npz", vectors=images.astype(">f8"))
both = dict(images=images, texts=np.asfortranarray(texts), labels=np.arange(3), cube=ramp(2, 2, 2))
np.savez(OUT / "both.npz", **both)
np.savez_compressed(OUT / "both-deflated.npz", **both)
np.savez(OUT / "none.npz", labels=np.arange(3))


def bf16(x):
    return (x.astype("<f4").view("<u4") >> 16).astype("<u2")


def safetensors(name, **tensors):
    header, data = {}, b""
    for key, (dtype, array, shape) in tensors.items():
        piece = array.tobytes()
        header[key] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(piece)]}
        data += piece
    text = json.dumps(header).encode()
    (OUT / name).write_bytes(len(text).to_bytes(8, "little") + text + data)


def entry(dtype, array):
    return dtype, array, list(array.shape)


safetensors("f32.safetensors", embeddings=entry("F32", images))
safetensors("f16.safetensors", embeddings=entry("F16", images.astype("<f2")))
safetensors("bf16.safetensors", embeddings=("BF16", bf16(images), [3, 5]))
safetensors("f64.safetensors", embeddings=entry("F64", images.astype("<f8")))
safetensors(
    "both.safetensors",
    images=entry("F32", images),
    texts=entry("F32", texts),
    scale=("F32", np.float32(14.3), []),
    mask=("BOOL", np.zeros((3, 5), "?"), [3, 5]),
)
safetensors("none.safetensors", scale=("F32", np.float32(14.3), []))

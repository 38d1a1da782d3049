"""Makes the checkpoints that the reader of torch files is tested with, and numpy's f16 conversions.

Run with Debian's python3 (torch 1.13, numpy): /usr/bin/python3 test/golden/weights/make.py
"""

import argparse
import base64
import collections
import json
import os
import pathlib
import pickle
import struct
import zipfile
import zlib
from collections import OrderedDict

import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))


def path(name):
    return os.path.join(HERE, name)


def bits(tensor):
    """A tensor's bytes, row-major."""
    tensor = tensor.detach().contiguous()
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.view(torch.int16)
    return tensor.numpy().tobytes()


NAMES = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
    torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8",
    torch.uint8: "U8", torch.bool: "BOOL",
}

expected = {}


def save(name, value, tensors):
    """Saves `value`; `tensors` is what the reader is to find in it."""
    torch.save(value, path(name))
    expected[name] = [
        {
            "name": key,
            "dtype": NAMES[tensor.dtype],
            "shape": list(tensor.shape),
            "data": base64.b64encode(bits(tensor)).decode(),
        }
        for key, tensor in tensors.items()
    ]


torch.manual_seed(7)

dtypes = OrderedDict(
    f32=torch.randn(3, 5),
    f16=torch.randn(2, 3).half(),
    bf16=torch.randn(4).bfloat16(),
    f64=torch.randn(2).double(),
    i64=torch.arange(6).view(1, 6),
    i32=torch.arange(3, dtype=torch.int32),
    i16=torch.arange(3, dtype=torch.int16),
    i8=torch.arange(-1, 2, dtype=torch.int8),
    u8=torch.arange(3, dtype=torch.uint8),
    flag=torch.tensor([True, False]),
    scalar=torch.tensor(3.9120230674743652),
    empty=torch.zeros(0, 4),
)
save("dtypes.bin", dtypes, dtypes)

# Views of one storage, at offsets; an axis of size 1 with an odd stride is still contiguous.
whole = torch.randn(6, 4)
views = OrderedDict(
    head=whole[:2], middle=whole[2:5], row=whole[5], element=whole[3, 2], thin=whole.t()[:1, :1], whole=whole
)
save("views.bin", views, views)

# A module's state dict has _metadata; parameters are saved as such when they are put into a dict.
module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2)).state_dict()
module["parameter"] = torch.nn.Parameter(torch.randn(3))
save("parameter.bin", module, module)

class Command:
    def __reduce__(self):
        return (os.system, ("touch /tmp/biomedclip-webgpu-was-executed",))


inner = OrderedDict([("module.a", torch.randn(2)), ("module.module.b", torch.randn(1)), ("c", torch.randn(1))])
training = {
    "epoch": 300,
    "name": "ünïcode",
    "large": 2**40,
    "negative": -5,
    "step": 70000,
    "loss": 0.25,
    "none": None,
    "betas": (0.9, 0.999),
    "flags": [True, False],
    "one": [1],
    "state_dict": inner,
    "optimizer": {"state": {0: {"exp_avg": torch.randn(2)}}, "param_groups": [{"params": [0, 1]}]},
}
save("wrapped.bin", training, inner)

# What training scripts save beside the weights: none of it is built, and none of it hides them.
beside = {
    "rng": torch.arange(4, dtype=torch.uint8),
    "numpy_rng": np.random.RandomState(3).get_state(),
    "loss": np.float64(0.5),
    "args": argparse.Namespace(lr=1e-4, out=pathlib.PurePosixPath("/runs"), tags={"a", "b"}),
    "counts": collections.defaultdict(list, {"a": [1]}),
    "device": torch.device("cpu"),
    "seed": 2**70,
    "command": Command(),
    "optimizer": {"state": {0: {"exp_avg": torch.randn(3, 2).t(), "c": torch.zeros(1, dtype=torch.complex64)}}},
}
weights = OrderedDict(a=torch.randn(2), b=torch.randn(1, 3))
save("under-model.bin", {**beside, "model": weights}, weights)
save("under-model-state-dict.bin", {"model_state_dict": weights, **beside}, weights)
save("two-deep.bin", {**beside, "model": {"step": 3, "state_dict": weights}}, weights)
average = {f"module.{name}": tensor + 1 for name, tensor in weights.items()}
save("averaged.bin", {"state_dict_ema": average, "state_dict": weights, **beside}, weights)
save("beside.bin", {**weights, "epoch": 3, "args": beside["args"], "command": Command()}, weights)
torch.save({"a": torch.randn(2), "b": torch.quantize_per_tensor(torch.randn(2), 0.1, 0, torch.qint8)}, path("quantised.bin"))
torch.save({"model": beside["args"]}, path("whole-model.bin"))
torch.save({"epoch": 3, "optimizer": {}}, path("no-weights.bin"))
torch.jit.script(torch.nn.Linear(2, 2)).save(path("torchscript.bin"))
with open(path("numpy.pkl"), "wb") as file:
    pickle.dump({"a": np.zeros(2)}, file, protocol=2)

# Each of these ends in an error.
torch.save({"a": torch.randn(3, 2).t()}, path("non-contiguous.bin"))


torch.save({"a": torch.randn(2), "b": Command()}, path("foreign-global.bin"))
torch.save({"a": torch.randn(2), "b": np.float32(1)}, path("numpy-global.bin"))
torch.save({"a": torch.randn(2)}, path("legacy.bin"), _use_new_zipfile_serialization=False)
torch.save({"a": torch.randn(2)}, path("protocol-4.bin"), pickle_protocol=4)
torch.save([torch.randn(2)], path("list.bin"))
torch.save({"a": torch.randn(2), "b": "text"}, path("not-a-tensor.bin"))
cyclic = {}
cyclic["self"] = cyclic
torch.save(cyclic, path("cyclic.bin"))


def rezip(name, compression=zipfile.ZIP_STORED, **extra):
    """dtypes.bin packed anew, with entries added."""
    with zipfile.ZipFile(path("dtypes.bin")) as source, zipfile.ZipFile(path(name), "w", compression) as target:
        for entry in source.namelist():
            target.writestr(zipfile.ZipInfo(entry), source.read(entry), compression)
        for entry, data in extra.items():
            target.writestr(zipfile.ZipInfo(entry.replace("__", "/")), data)


rezip("compressed.bin", zipfile.ZIP_DEFLATED)
rezip("little-endian.bin", dtypes__byteorder="little")
rezip("big-endian.bin", dtypes__byteorder="big")
rezip("two-folders.bin", other__file="")
expected["little-endian.bin"] = expected["dtypes.bin"]

# A safetensors file, written here by the format's description, with metadata and an unpadded header.
tensors = {"b": ("F16", [2, 2], np.arange(4, dtype="<f2").tobytes()), "a": ("I64", [1], struct.pack("<q", -2))}
header, data = {"__metadata__": {"format": "pt"}}, b""
for name, (dtype, shape, raw) in tensors.items():
    header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header).encode()
with open(path("plain.safetensors"), "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
expected["plain.safetensors"] = [
    {"name": name, "dtype": dtype, "shape": shape, "data": base64.b64encode(raw).decode()}
    for name, (dtype, shape, raw) in tensors.items()
]

# f32 -> f16 by numpy (round to nearest, ties to even), at every boundary and at random; f16 -> f32 for all bits.
halves = np.arange(0x7C00, dtype=np.uint16)  # zero and up to the largest finite
exact = halves.view(np.float16).astype(np.float32)
ties = ((exact[:-1].astype(np.float64) + exact[1:]) / 2).astype(np.float32)
rng = np.random.default_rng(3)
some = rng.choice(len(ties), 300, replace=False)
chosen = np.concatenate([
    exact[some], ties[some], np.nextafter(ties[some], np.float32(np.inf)), np.nextafter(ties[some], np.float32(0)),
    ties[:5], ties[1020:1028], exact[-3:], ties[-2:],
    np.float32([2.0**-25, 2.0**-26, 1e-45, 65503.9, 65519.996, 65520, 65536, 1e38, np.inf]),
    (rng.normal(size=500) * 10.0 ** rng.uniform(-9, 5, size=500)).astype(np.float32),
]).astype(np.float32)
chosen = np.concatenate([chosen, -chosen])
with np.errstate(over="ignore"):
    rounded = chosen.astype(np.float16)
widened = np.arange(0x10000, dtype=np.uint32).astype(np.uint16).view(np.float16).astype(np.float32)
finite_or_infinite = widened[~np.isnan(widened)]
with open(path("f16.json"), "w") as file:
    json.dump({
        "f32": base64.b64encode(chosen.tobytes()).decode(),
        "f16": base64.b64encode(rounded.tobytes()).decode(),
        "crc32OfAllWidened": zlib.crc32(finite_or_infinite.tobytes()),
    }, file)

with open(path("expected.json"), "w") as file:
    json.dump(expected, file, indent=1)

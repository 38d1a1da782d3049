"""Writes default-model.json: what PyTorch makes of the shipped model's nine example images and captions.

    /usr/bin/python3 test/golden/default-model.py

The judge is the network that was trained (weights/training/model.py) in float64, on the weights as they are stored;
pictures by Pillow (bicubic, centre crop), token ids by weights/training/wordpiece.py.
"""
import csv
import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "weights" / "training"))

from model import Clip, Config, normalise_pixels  # noqa: E402
from wordpiece import WordPiece  # noqa: E402

MODEL = ROOT / "weights" / "default"
EXAMPLES = ROOT / "examples" / "biomed"


def stored_weights() -> dict[str, torch.Tensor]:
    data = (MODEL / "open_clip_model.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    weights = {}
    for name, entry in header.items():
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        values = np.frombuffer(data[start:end], {"F16": "<f2", "F32": "<f4"}[entry["dtype"]])
        weights[name] = torch.from_numpy(values.astype(np.float64)).reshape(entry["shape"])
    return weights


def pixels_of(path: Path, size: int) -> torch.Tensor:
    image = Image.open(path).convert("RGB")
    short = min(image.size)
    image = image.resize([size if side == short else int(size * side / short) for side in image.size], Image.BICUBIC)
    left, top = (round((side - size) / 2) for side in image.size)
    image = image.crop((left, top, left + size, top + size))
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).double() / 255


@torch.no_grad()
def main() -> None:
    tokenizer = WordPiece.load(MODEL / "vocab.txt")
    config = Config(vocabulary=len(tokenizer.vocabulary))
    model = Clip(config).double().eval()
    model.load_state_dict(stored_weights())
    with (EXAMPLES / "captions.csv").open() as file:
        pairs = list(csv.DictReader(file))[:9]
    pixels = torch.stack([pixels_of(EXAMPLES / pair["image"], config.size) for pair in pairs])
    ids = [tokenizer.encode(pair["caption"]) for pair in pairs]
    images = F.normalize(model.visual(normalise_pixels(pixels), torch.float64))
    texts = F.normalize(model.text(ids, torch.float64))
    golden = {
        "images": [pair["image"] for pair in pairs],
        "captions": [pair["caption"] for pair in pairs],
        "ids": ids,
        "imageEmbeddings": images.numpy().round(8).tolist(),
        "textEmbeddings": texts.numpy().round(8).tolist(),
    }
    (ROOT / "test" / "golden" / "default-model.json").write_text(json.dumps(golden))
    print((images @ texts.T).argmax(1).tolist(), (images @ texts.T).diagonal().mean().item())


if __name__ == "__main__":
    main()

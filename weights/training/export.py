"""Writes a trained seed as a checkpoint directory in BiomedCLIP's layout, matrices in float16.

    /usr/bin/python3 weights/training/export.py --seed 0 [--name modgap-seed] [--out weights/default]
"""
import argparse
import json
import struct
from pathlib import Path

import numpy as np
import torch

from model import MEAN, STD, Config
from wordpiece import tokenizer_files

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / ".cache" / "training"
NAME = "biomedclip-webgpu default"


def open_clip_config(config: Config) -> dict:
    return {
        "model_cfg": {
            "embed_dim": config.embed,
            "vision_cfg": {
                "timm_model_name": "vit_small_default_patch16_96",
                "timm_model_pretrained": False,
                "timm_pool": "",
                "timm_proj": "linear",
                "image_size": config.size,
            },
            "text_cfg": {
                "hf_model_name": "bert_small_default",
                "hf_tokenizer_name": "bert_small_default",
                "hf_proj_type": "mlp",
                "hf_pooler_type": "cls_last_hidden_state_pooler",
                "context_length": config.context,
            },
        },
        "preprocess_cfg": {"mean": MEAN, "std": STD},
        "biomedclip_webgpu": {
            "name": NAME,
            "image": {"heads": config.heads, "eps": 1e-6, "depth": config.depth},
            "text": {"heads": config.heads, "eps": 1e-12, "depth": config.depth, "padding": 0},
        },
    }


def stored(tensor: torch.Tensor) -> np.ndarray:
    """Matrices in half precision; biases, norms and the logit scale as they are."""
    values = tensor.detach().numpy()
    return values.astype("<f2" if values.squeeze().ndim > 1 else "<f4")


def safetensors(tensors: dict[str, np.ndarray]) -> bytes:
    """Header length, JSON header, data: https://github.com/huggingface/safetensors#format"""
    header: dict = {"__metadata__": {"format": "pt"}}
    offset = 0
    # Wider elements first, so that each lies on a multiple of its size.
    order = sorted(tensors, key=lambda name: (-tensors[name].itemsize, name))
    for name in order:
        values = tensors[name]
        dtype = {2: "F16", 4: "F32"}[values.itemsize]
        header[name] = {"dtype": dtype, "shape": values.shape, "data_offsets": [offset, offset + values.nbytes]}
        offset += values.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(tensors[name].tobytes() for name in order)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--name", default="seed", help="as train.py's")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--out", type=Path, default=HERE.parent / "default")
    options = parser.parse_args()
    vocabulary = (options.cache / "vocab.txt").read_text().splitlines()
    state = torch.load(options.cache / f"{options.name}-{options.seed}.pt")["model"]
    tensors = {name: stored(value) for name, value in state.items()}
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "open_clip_model.safetensors").write_bytes(safetensors(tensors))
    config = json.dumps(open_clip_config(Config(len(vocabulary))), indent=2)
    (options.out / "open_clip_config.json").write_text(f"{config}\n")
    for name, text in tokenizer_files(vocabulary).items():
        (options.out / name).write_text(text)


if __name__ == "__main__":
    main()

"""Writes towers.bin and towers.json: small seeded weights of both BiomedCLIP towers under the checkpoint's names,
inputs, and what PyTorch makes of them.

    /usr/bin/python3 test/golden/towers.py

The judge is torch's own TransformerEncoderLayer (norm_first as in timm's ViT, or not as in BERT) in float64, so
that the difference seen by a test is the tested code's alone. The weights lie on float16's grid and are stored as
such; every computation starts from exactly these values.

They are scaled so that no part can be wrong unnoticed: attention logits have a deviation of a few units, some
channels are outliers, half of the GELU's inputs lie around -2.75, where erf and tanh differ by several per cent, and
the embeddings are so small that LayerNorm's eps counts.
"""
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

WIDTH, HEADS, DEPTH, MLP, EMBED = 128, 2, 2, 192, 48
SIZE, PATCH = 40, 8
VOCABULARY, POSITIONS, HIDDEN = 101, 40, 88
TEXT_LENGTHS = [19, 2, 7]
IMAGES = 3
EMBEDDING_STD = 1.5e-3  # a variance of about 2e-6 a row: an eps of 1e-6 changes it by half, 1e-12 does not

random = np.random.RandomState(20240229)
weights: dict[str, np.ndarray] = {}


def add(name: str, *shape: int, std: float, mean: float | np.ndarray = 0.0) -> None:
    weights[name] = (random.standard_normal(shape) * std + mean).astype(np.float16)


def add_linear(name: str, outputs: int, inputs: int, gain: float = 1.0, bias_std: float = 0.1, bias_mean=0.0) -> None:
    add(f"{name}.weight", outputs, inputs, std=gain / inputs**0.5)
    add(f"{name}.bias", outputs, std=bias_std, mean=bias_mean)


def add_norm(name: str, outlier: int | None = None) -> None:
    add(f"{name}.weight", WIDTH, std=0.2, mean=1.0)
    add(f"{name}.bias", WIDTH, std=0.2)
    if outlier is not None:
        weights[f"{name}.weight"][outlier] = 8


def add_mlp(fc1: str, fc2: str) -> None:
    """The first half of the hidden units is mostly off, and what is left of them is amplified."""
    off = np.arange(MLP) < MLP // 2
    add_linear(fc1, MLP, WIDTH, gain=0.5, bias_mean=np.where(off, -2.75, 0.0))
    add_linear(fc2, WIDTH, MLP)
    weights[f"{fc2}.weight"][:, off] *= 40


def add_vit() -> None:
    trunk = "visual.trunk"
    add(f"{trunk}.cls_token", 1, 1, WIDTH, std=EMBEDDING_STD)
    add(f"{trunk}.pos_embed", 1, (SIZE // PATCH) ** 2 + 1, WIDTH, std=EMBEDDING_STD)
    add(f"{trunk}.patch_embed.proj.weight", WIDTH, 3, PATCH, PATCH, std=EMBEDDING_STD / (3 * PATCH * PATCH) ** 0.5)
    add(f"{trunk}.patch_embed.proj.bias", WIDTH, std=EMBEDDING_STD / 4)
    for i in range(DEPTH):
        block = f"{trunk}.blocks.{i}"
        add_norm(f"{block}.norm1", outlier=5)
        add_linear(f"{block}.attn.qkv", 3 * WIDTH, WIDTH, gain=1.5)
        add_linear(f"{block}.attn.proj", WIDTH, WIDTH)
        add_norm(f"{block}.norm2")
        add_mlp(f"{block}.mlp.fc1", f"{block}.mlp.fc2")
    add_norm(f"{trunk}.norm")
    add("visual.head.proj.weight", EMBED, WIDTH, std=WIDTH**-0.5)


def add_bert() -> None:
    embeddings = "text.transformer.embeddings"
    add(f"{embeddings}.word_embeddings.weight", VOCABULARY, WIDTH, std=EMBEDDING_STD)
    add(f"{embeddings}.position_embeddings.weight", POSITIONS, WIDTH, std=EMBEDDING_STD / 2)
    add(f"{embeddings}.token_type_embeddings.weight", 2, WIDTH, std=EMBEDDING_STD / 2)
    add_norm(f"{embeddings}.LayerNorm", outlier=7)
    for i in range(DEPTH):
        layer = f"text.transformer.encoder.layer.{i}"
        for part in ("query", "key"):
            add_linear(f"{layer}.attention.self.{part}", WIDTH, WIDTH, gain=1.5)
        add_linear(f"{layer}.attention.self.value", WIDTH, WIDTH)
        add_linear(f"{layer}.attention.output.dense", WIDTH, WIDTH)
        add_norm(f"{layer}.attention.output.LayerNorm")
        add_mlp(f"{layer}.intermediate.dense", f"{layer}.output.dense")
        add_norm(f"{layer}.output.LayerNorm", outlier=11)
    add("text.proj.0.weight", HIDDEN, WIDTH, std=2 * WIDTH**-0.5)
    add("text.proj.2.weight", EMBED, HIDDEN, std=HIDDEN**-0.5)


def tensor(name: str) -> torch.Tensor:
    return torch.from_numpy(weights[name].astype(np.float64))


def encoder_layer(names: dict[str, list[str]], eps: float, norm_first: bool) -> nn.TransformerEncoderLayer:
    """torch's layer with our weights; several names for one of its modules are stacked (query, key, value)."""
    layer = nn.TransformerEncoderLayer(
        WIDTH, HEADS, MLP, dropout=0.0, activation="gelu", layer_norm_eps=eps, batch_first=True,
        norm_first=norm_first, dtype=torch.float64,
    )
    state = {}
    for module, parts in names.items():
        separator = "_" if module == "self_attn.in_proj" else "."
        for kind in ("weight", "bias"):
            state[f"{module}{separator}{kind}"] = torch.cat([tensor(f"{part}.{kind}") for part in parts])
    layer.load_state_dict(state)
    return layer.eval()


def vit(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    trunk = "visual.trunk"
    kernel, bias = tensor(f"{trunk}.patch_embed.proj.weight"), tensor(f"{trunk}.patch_embed.proj.bias")
    patches = F.conv2d(pixels, kernel, bias, stride=PATCH).flatten(2).transpose(1, 2)
    cls = tensor(f"{trunk}.cls_token").expand(len(pixels), -1, -1)
    x = torch.cat([cls, patches], dim=1) + tensor(f"{trunk}.pos_embed")
    for i in range(DEPTH):
        block = f"{trunk}.blocks.{i}"
        names = {
            "self_attn.in_proj": [f"{block}.attn.qkv"],
            "self_attn.out_proj": [f"{block}.attn.proj"],
            "norm1": [f"{block}.norm1"],
            "norm2": [f"{block}.norm2"],
            "linear1": [f"{block}.mlp.fc1"],
            "linear2": [f"{block}.mlp.fc2"],
        }
        x = encoder_layer(names, eps=1e-6, norm_first=True)(x)
    stream = x
    x = F.layer_norm(x, [WIDTH], tensor(f"{trunk}.norm.weight"), tensor(f"{trunk}.norm.bias"), 1e-6)
    return F.normalize(F.linear(x[:, 0], tensor("visual.head.proj.weight"))), x, stream


def bert(ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    embeddings = "text.transformer.embeddings"
    words = F.embedding(ids, tensor(f"{embeddings}.word_embeddings.weight"))
    positions = tensor(f"{embeddings}.position_embeddings.weight")[: ids.shape[1]]
    x = words + positions + tensor(f"{embeddings}.token_type_embeddings.weight")[0]
    norm = f"{embeddings}.LayerNorm"
    x = F.layer_norm(x, [WIDTH], tensor(f"{norm}.weight"), tensor(f"{norm}.bias"), 1e-12)
    for i in range(DEPTH):
        layer = f"text.transformer.encoder.layer.{i}"
        names = {
            "self_attn.in_proj": [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")],
            "self_attn.out_proj": [f"{layer}.attention.output.dense"],
            "norm1": [f"{layer}.attention.output.LayerNorm"],
            "norm2": [f"{layer}.output.LayerNorm"],
            "linear1": [f"{layer}.intermediate.dense"],
            "linear2": [f"{layer}.output.dense"],
        }
        x = encoder_layer(names, eps=1e-12, norm_first=False)(x, src_key_padding_mask=mask == 0)
    return F.normalize(text_projection(x[:, 0])), x


def text_projection(pooled: torch.Tensor) -> torch.Tensor:
    return F.linear(F.gelu(F.linear(pooled, tensor("text.proj.0.weight"))), tensor("text.proj.2.weight"))


def pooled_texts(x: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
    """open_clip's other poolers for Hugging Face's models (hf_model.py), with its projection of two layers."""
    real = mask.bool().unsqueeze(-1)
    pooler = "text.transformer.pooler.dense"
    return {
        "mean": (x * real).sum(1) / real.sum(1),
        "max": x.masked_fill(~real, -torch.inf).max(1).values,
        "pooler": torch.tanh(F.linear(x[:, 0], tensor(f"{pooler}.weight"), tensor(f"{pooler}.bias"))),
    }


def vit_heads(stream: torch.Tensor, tokens: torch.Tensor) -> dict[str, torch.Tensor]:
    """timm's pooling by the mean, and open_clip's projection of two layers (timm_model.py)."""
    fc_norm, mlp = "visual.trunk.fc_norm", "visual.head.mlp"
    affine = tensor(f"{fc_norm}.weight"), tensor(f"{fc_norm}.bias")
    behind = F.layer_norm(stream[:, 1:].mean(1), [WIDTH], *affine, 1e-6)
    hidden = F.gelu(F.linear(tokens[:, 0], tensor(f"{mlp}.fc1.weight"), tensor(f"{mlp}.fc1.bias")))
    return {
        "mean": F.linear(tokens[:, 1:].mean(1), tensor("visual.head.proj.weight")),
        "trunk": F.linear(behind, tensor("visual.trunk.head.weight"), tensor("visual.trunk.head.bias")),
        "mlp": F.linear(hidden, tensor(f"{mlp}.fc2.weight"), tensor(f"{mlp}.fc2.bias")),
    }


def add_heads() -> None:
    add_norm("visual.trunk.fc_norm")
    add_linear("visual.trunk.head", EMBED, WIDTH)
    add_linear("visual.head.mlp.fc1", 2 * EMBED, WIDTH, bias_mean=-1.0)
    add_linear("visual.head.mlp.fc2", EMBED, 2 * EMBED)
    add_linear("text.transformer.pooler.dense", WIDTH, WIDTH, gain=0.3)


def main() -> None:
    add_vit()
    add_bert()
    pixels = random.standard_normal((IMAGES, 3, SIZE, SIZE)).astype(np.float16)
    ids = np.zeros((len(TEXT_LENGTHS), max(TEXT_LENGTHS)), np.int32)
    mask = np.zeros_like(ids)
    for row, length in enumerate(TEXT_LENGTHS):
        ids[row, :length] = random.randint(1, VOCABULARY, length)
        mask[row, :length] = 1

    add_heads()  # after all that was drawn before
    image_embedding, image_tokens, image_stream = vit(torch.from_numpy(pixels.astype(np.float64)))
    text_embedding, text_tokens = bert(torch.from_numpy(ids.astype(np.int64)), torch.from_numpy(mask))
    arrays = {**weights, "pixels": pixels, "input_ids": ids, "attention_mask": mask}
    outputs = {
        "vit.embedding": image_embedding,
        "vit.tokens": image_tokens,
        "bert.embedding": text_embedding,
        "bert.tokens": text_tokens,
    }
    for name, pooled in pooled_texts(text_tokens, torch.from_numpy(mask)).items():
        outputs[f"bert.{name}"] = F.normalize(text_projection(pooled))
    for name, embedding in vit_heads(image_stream, image_tokens).items():
        outputs[f"vit.{name}"] = F.normalize(embedding)
    arrays |= {name: value.detach().numpy().astype(np.float32) for name, value in outputs.items()}
    write(arrays)


def write(arrays: dict[str, np.ndarray]) -> None:
    index, blob = {}, bytearray()
    for name, array in arrays.items():
        blob += b"\0" * (-len(blob) % 4)
        index[name] = {"dtype": str(array.dtype), "shape": array.shape, "offset": len(blob)}
        blob += np.ascontiguousarray(array).tobytes()
    config = {"heads": HEADS, "depth": DEPTH, "imageSize": SIZE, "patch": PATCH}
    here = Path(__file__).parent
    here.joinpath("towers.bin").write_bytes(blob)
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(entry)}" for name, entry in index.items())
    here.joinpath("towers.json").write_text(
        f'{{\n  "torch": "{torch.__version__}",\n  "config": {json.dumps(config)},\n  "tensors": {{\n{lines}\n  }}\n}}\n'
    )


main()

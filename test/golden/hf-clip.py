"""Two tiny CLIPs by transformers' names, and their embeddings computed here as its modeling_clip.py computes them.

Run with Debian's python3 (torch 1.13): /usr/bin/python3 test/golden/hf-clip.py
`clip` is CLIPModel. `biomedclip` is the published conversion of BiomedCLIP (chuhac/BiomedCLIP-vit-bert-hf): no LayerNorm
before the vision blocks, a bias of the patches, a post-norm BERT, a text projection of two layers.
"""

import json
import math
import os

import numpy as np
import torch
import torch.nn.functional as F

from seeded import seeded_uniform

HERE = os.path.dirname(os.path.abspath(__file__))
CLIP = dict(width=32, heads=2, mlp=64, layers=2, eps=1e-5, act="quick_gelu")
TEXT = dict(width=24, heads=2, mlp=48, layers=2, eps=1e-5, act="quick_gelu", vocab=514, positions=16)
VIT = dict(width=64, heads=1, mlp=96, layers=2, eps=1e-12, act="gelu")
BERT = dict(width=64, heads=1, mlp=96, layers=2, eps=1e-12, act="gelu", vocab=12, positions=20)
IMAGE, PATCH, DIM, HIDDEN = 24, 8, 16, 40
MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
# As the tokenizers of test/hf-clip.test.ts split "ab c" and "": see there.
BPE_IDS = [[512, 64, 321, 322, 513], [512, 513]]
WORDPIECE_IDS = [[2, 5, 6, 3], [2, 3]]

made = []


def put(state, name, *shape, scale=0.5, mean=0.0):
    """Numbers that the test makes too, by the list of `made`."""
    values = seeded_uniform(math.prod(shape), len(made)) * np.float32(scale) + np.float32(mean)
    state[name] = torch.from_numpy(values).view(shape)
    made.append({"name": name, "shape": list(shape), "scale": scale, "mean": mean})


def linear(state, name, outputs, inputs, bias=True):
    put(state, f"{name}.weight", outputs, inputs, scale=0.25)
    if bias:
        put(state, f"{name}.bias", outputs)


def norm(state, name, width):
    put(state, f"{name}.weight", width, mean=1.0)
    put(state, f"{name}.bias", width)


def encoder(state, tower, cfg):
    for i in range(cfg["layers"]):
        at = f"{tower}.encoder.layers.{i}"
        for head in ["k", "v", "q"]:
            linear(state, f"{at}.self_attn.{head}_proj", cfg["width"], cfg["width"])
        linear(state, f"{at}.self_attn.out_proj", cfg["width"], cfg["width"])
        norm(state, f"{at}.layer_norm1", cfg["width"])
        linear(state, f"{at}.mlp.fc1", cfg["mlp"], cfg["width"])
        linear(state, f"{at}.mlp.fc2", cfg["width"], cfg["mlp"])
        norm(state, f"{at}.layer_norm2", cfg["width"])


def vision(state, cfg, biomed):
    at, width = "vision_model", cfg["width"]
    put(state, f"{at}.embeddings.class_embedding", width)
    put(state, f"{at}.embeddings.patch_embedding.weight", width, 3, PATCH, PATCH, scale=0.125)
    if biomed:
        put(state, f"{at}.embeddings.patch_embedding.bias", width)
    put(state, f"{at}.embeddings.position_embedding.weight", (IMAGE // PATCH) ** 2 + 1, width)
    if not biomed:
        norm(state, f"{at}.pre_layrnorm", width)
    encoder(state, at, cfg)
    norm(state, f"{at}.post_layernorm", width)


def text(state, cfg, biomed):
    at, width = "text_model", cfg["width"]
    put(state, f"{at}.embeddings.token_embedding.weight", cfg["vocab"], width)
    put(state, f"{at}.embeddings.position_embedding.weight", cfg["positions"], width)
    if biomed:
        put(state, f"{at}.embeddings.token_type_embedding.weight", 2, width)
        norm(state, f"{at}.embeddings.layer_norm", width)
    encoder(state, at, cfg)
    if not biomed:
        norm(state, f"{at}.final_layer_norm", width)


def apply(w, name, x):
    return F.linear(x, w[f"{name}.weight"], w.get(f"{name}.bias"))


def normed(w, name, x, eps):
    return F.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"], eps)


def act(name, x):
    return x * torch.sigmoid(1.702 * x) if name == "quick_gelu" else F.gelu(x)


def attention(w, at, x, heads, causal):
    tokens, width = x.shape
    split = lambda y: y.view(tokens, heads, width // heads).transpose(0, 1)
    q, k, v = (split(apply(w, f"{at}.{name}_proj", x)) for name in "qkv")
    scores = q @ k.transpose(1, 2) / math.sqrt(width // heads)
    if causal:
        scores = scores + torch.full((tokens, tokens), -math.inf).triu(1)
    mixed = (scores.softmax(-1) @ v).transpose(0, 1).reshape(tokens, width)
    return apply(w, f"{at}.out_proj", mixed)


def mlp(w, at, x, cfg):
    return apply(w, f"{at}.fc2", act(cfg["act"], apply(w, f"{at}.fc1", x)))


def blocks(w, tower, x, cfg, causal=False, post=False):
    for i in range(cfg["layers"]):
        at, eps = f"{tower}.encoder.layers.{i}", cfg["eps"]
        if post:
            x = normed(w, f"{at}.layer_norm1", x + attention(w, f"{at}.self_attn", x, cfg["heads"], causal), eps)
            x = normed(w, f"{at}.layer_norm2", x + mlp(w, f"{at}.mlp", x, cfg), eps)
        else:
            y = normed(w, f"{at}.layer_norm1", x, eps)
            x = x + attention(w, f"{at}.self_attn", y, cfg["heads"], causal)
            x = x + mlp(w, f"{at}.mlp", normed(w, f"{at}.layer_norm2", x, eps), cfg)
    return x


def image_row(w, pixels, cfg, biomed):
    at = "vision_model.embeddings"
    x = (pixels / 255 - torch.tensor(MEAN)) / torch.tensor(STD)
    conv = F.conv2d(
        x.permute(2, 0, 1)[None], w[f"{at}.patch_embedding.weight"], w.get(f"{at}.patch_embedding.bias"), stride=PATCH
    )
    x = torch.cat([w[f"{at}.class_embedding"][None], conv[0].flatten(1).T]) + w[f"{at}.position_embedding.weight"]
    if not biomed:
        x = normed(w, "vision_model.pre_layrnorm", x, cfg["eps"])
    x = blocks(w, "vision_model", x, cfg)
    row = apply(w, "visual_projection", normed(w, "vision_model.post_layernorm", x[0], cfg["eps"]))
    return row / row.norm()


def text_row(w, ids, cfg, biomed):
    at = "text_model.embeddings"
    x = w[f"{at}.token_embedding.weight"][ids] + w[f"{at}.position_embedding.weight"][: len(ids)]
    if biomed:
        x = normed(w, f"{at}.layer_norm", x + w[f"{at}.token_type_embedding.weight"][0], cfg["eps"])
        x = blocks(w, "text_model", x, cfg, post=True)
        row = apply(w, "text_projection.fc2", F.gelu(apply(w, "text_projection.fc1", x[0])))
    else:
        x = normed(w, "text_model.final_layer_norm", blocks(w, "text_model", x, cfg, causal=True), cfg["eps"])
        row = apply(w, "text_projection", x[ids.index(max(ids))])
    return row / row.norm()


def pixels(i):
    """The pixels of image i of test/hf-clip.test.ts."""
    at = torch.arange(IMAGE * IMAGE * 3)
    return ((at * (7 + i) + at // 11 * 5) % 256).view(IMAGE, IMAGE, 3).float()


golden = {}
for name, image_cfg, text_cfg, ids in [("clip", CLIP, TEXT, BPE_IDS), ("biomedclip", VIT, BERT, WORDPIECE_IDS)]:
    biomed = name == "biomedclip"
    state, made = {}, []
    put(state, "logit_scale", mean=2.5)
    text(state, text_cfg, biomed)
    vision(state, image_cfg, biomed)
    linear(state, "visual_projection", DIM, image_cfg["width"], bias=False)
    if biomed:
        linear(state, "text_projection.fc1", HIDDEN, text_cfg["width"], bias=False)
        linear(state, "text_projection.fc2", DIM, HIDDEN, bias=False)
    else:
        linear(state, "text_projection", DIM, text_cfg["width"], bias=False)
    golden[name] = {
        "tensors": made,
        "ids": ids,
        "images": [image_row(state, pixels(i), image_cfg, biomed).tolist() for i in range(2)],
        "texts": [text_row(state, row, text_cfg, biomed).tolist() for row in ids],
    }
with open(os.path.join(HERE, "hf-clip.json"), "w") as file:
    json.dump(golden, file)
    file.write("\n")

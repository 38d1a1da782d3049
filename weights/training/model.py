"""BiomedCLIP's two towers at a reduced size: timm's ViT (pre-norm) and Hugging Face's BERT (post-norm), with the
checkpoint's tensor names.

Each tower returns its CLS token only, so the last layer computes queries and MLP for that token alone; the result is
the same, a fifth of the work is not done.
"""
import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Config:
    vocabulary: int
    width: int = 192
    heads: int = 3
    depth: int = 4
    mlp: int = 768
    embed: int = 192
    size: int = 96
    patch: int = 16
    context: int = 64


LOGIT_SCALE = 85.0
MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)


def linear(x: Tensor, layer: nn.Linear) -> Tensor:
    """In the dtype of x: float32, or bfloat16 while training. The weights themselves stay float32."""
    bias = None if layer.bias is None else layer.bias.to(x.dtype)
    return F.linear(x, layer.weight.to(x.dtype), bias)


def attend(q: Tensor, k: Tensor, v: Tensor, heads: int, mask: Tensor | None = None) -> Tensor:
    """q [B, Tq, C], k and v [B, T, C]; mask [B, T], True where a token is padding."""
    B, T, C = k.shape
    q, k, v = (x.reshape(B, -1, heads, C // heads).transpose(1, 2) for x in (q, k, v))
    logits = (q * (C // heads) ** -0.5) @ k.transpose(2, 3)  # [B, H, Tq, T]
    if mask is not None:
        logits = logits.masked_fill(mask[:, None, None], -math.inf)
    mixed = logits.float().softmax(-1).to(v.dtype) @ v
    return mixed.transpose(1, 2).reshape(B, -1, C)


class Attention(nn.Module):
    def __init__(self, c: Config) -> None:
        super().__init__()
        self.qkv = nn.Linear(c.width, 3 * c.width)
        self.proj = nn.Linear(c.width, c.width)


class Mlp(nn.Module):
    def __init__(self, c: Config) -> None:
        super().__init__()
        self.fc1 = nn.Linear(c.width, c.mlp)
        self.fc2 = nn.Linear(c.mlp, c.width)


class Block(nn.Module):
    def __init__(self, c: Config) -> None:
        super().__init__()
        self.heads, self.width = c.heads, c.width
        self.norm1 = nn.LayerNorm(c.width, eps=1e-6)
        self.attn = Attention(c)
        self.norm2 = nn.LayerNorm(c.width, eps=1e-6)
        self.mlp = Mlp(c)

    def forward(self, x: Tensor, dtype: torch.dtype, cls_only: bool) -> Tensor:
        q, k, v = linear(self.norm1(x).to(dtype), self.attn.qkv).split(self.width, -1)
        if cls_only:
            x, q = x[:, :1], q[:, :1]
        x = x + linear(attend(q, k, v, self.heads), self.attn.proj).float()
        hidden = F.gelu(linear(self.norm2(x).to(dtype), self.mlp.fc1))
        return x + linear(hidden, self.mlp.fc2).float()


class PatchEmbed(nn.Module):
    def __init__(self, c: Config) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, c.width, c.patch, c.patch)


class Trunk(nn.Module):
    def __init__(self, c: Config) -> None:
        super().__init__()
        self.c = c
        self.cls_token = nn.Parameter(torch.zeros(1, 1, c.width))
        self.pos_embed = nn.Parameter(torch.zeros(1, (c.size // c.patch) ** 2 + 1, c.width))
        self.patch_embed = PatchEmbed(c)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.depth))
        self.norm = nn.LayerNorm(c.width, eps=1e-6)

    def forward(self, pixels: Tensor, dtype: torch.dtype, keep: Tensor | None) -> Tensor:
        p, n = self.c.patch, self.c.size // self.c.patch
        patches = pixels.reshape(-1, 3, n, p, n, p).permute(0, 2, 4, 1, 3, 5).reshape(-1, n * n, 3 * p * p)
        positions = self.pos_embed[:, 1:].expand(len(patches), -1, -1)
        if keep is not None:  # FLIP (Li et al. 2023): some patches only, while training
            patches = patches.gather(1, keep[..., None].expand(-1, -1, patches.shape[2]))
            positions = positions.gather(1, keep[..., None].expand(-1, -1, positions.shape[2]))
        proj = self.patch_embed.proj
        x = F.linear(patches.to(dtype), proj.weight.flatten(1).to(dtype), proj.bias.to(dtype)).float() + positions
        cls = (self.cls_token + self.pos_embed[:, :1]).expand(len(x), -1, -1)
        x = torch.cat([cls, x], 1)  # [B, T, C]
        for i, block in enumerate(self.blocks):
            x = block(x, dtype, cls_only=i + 1 == len(self.blocks))
        return self.norm(x[:, 0])


class Head(nn.Module):
    def __init__(self, c: Config) -> None:
        super().__init__()
        self.proj = nn.Linear(c.width, c.embed, bias=False)


class Visual(nn.Module):
    def __init__(self, c: Config) -> None:
        super().__init__()
        self.trunk = Trunk(c)
        self.head = Head(c)

    def forward(self, pixels: Tensor, dtype: torch.dtype = torch.float32, keep: Tensor | None = None) -> Tensor:
        return self.head.proj(self.trunk(pixels, dtype, keep))


def modules(**named: nn.Module) -> nn.Module:
    """A module that only gives its parts their names."""
    parent = nn.Module()
    for name, module in named.items():
        parent.add_module(name, module)
    return parent


class Layer(nn.Module):
    def __init__(self, c: Config) -> None:
        super().__init__()
        self.heads = c.heads
        norm = lambda: nn.LayerNorm(c.width, eps=1e-12)
        dense = lambda i, o: nn.Linear(i, o)
        qkv = {name: dense(c.width, c.width) for name in ("query", "key", "value")}
        self.attention = modules()
        self.attention.add_module("self", modules(**qkv))
        self.attention.add_module("output", modules(dense=dense(c.width, c.width), LayerNorm=norm()))
        self.intermediate = modules(dense=dense(c.width, c.mlp))
        self.output = modules(dense=dense(c.mlp, c.width), LayerNorm=norm())

    def forward(self, x: Tensor, mask: Tensor, dtype: torch.dtype, cls_only: bool) -> Tensor:
        this, output = self.attention.self, self.attention.output
        kv = x.to(dtype)
        if cls_only:
            x = x[:, :1]
        q, k, v = linear(x.to(dtype), this.query), linear(kv, this.key), linear(kv, this.value)
        x = output.LayerNorm(x + linear(attend(q, k, v, self.heads, mask), output.dense).float())
        hidden = F.gelu(linear(x.to(dtype), self.intermediate.dense))
        return self.output.LayerNorm(x + linear(hidden, self.output.dense).float())


class Transformer(nn.Module):
    def __init__(self, c: Config) -> None:
        super().__init__()
        self.embeddings = modules(
            word_embeddings=nn.Embedding(c.vocabulary, c.width),
            position_embeddings=nn.Embedding(c.context, c.width),
            token_type_embeddings=nn.Embedding(2, c.width),
            LayerNorm=nn.LayerNorm(c.width, eps=1e-12),
        )
        self.encoder = modules(layer=nn.ModuleList(Layer(c) for _ in range(c.depth)))

    def forward(self, ids: Tensor, mask: Tensor, dtype: torch.dtype) -> Tensor:
        e = self.embeddings
        positions = e.position_embeddings.weight[: ids.shape[1]]
        x = e.LayerNorm(e.word_embeddings(ids) + positions + e.token_type_embeddings.weight[0])
        for i, layer in enumerate(self.encoder.layer):
            x = layer(x, mask, dtype, cls_only=i + 1 == len(self.encoder.layer))
        return x[:, 0]


class Text(nn.Module):
    def __init__(self, c: Config) -> None:
        super().__init__()
        hidden = (c.embed + c.width) // 2  # open_clip's rule
        self.transformer = Transformer(c)
        self.proj = nn.Sequential(
            nn.Linear(c.width, hidden, bias=False), nn.GELU(), nn.Linear(hidden, c.embed, bias=False)
        )

    def forward(self, captions: list[list[int]], dtype: torch.dtype = torch.float32) -> Tensor:
        length = max(map(len, captions))
        ids = torch.tensor([[*tokens, *[0] * (length - len(tokens))] for tokens in captions])
        mask = torch.tensor([[i >= len(tokens) for i in range(length)] for tokens in captions])
        return self.proj(self.transformer(ids, mask, dtype))


class Clip(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.visual = Visual(config)
        self.text = Text(config)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(LOGIT_SCALE)), requires_grad=False)
        initialise(self, config)


# The last matrix of each half of a block; what it adds to the residual stream starts small.
RESIDUAL = ("attn.proj.weight", "mlp.fc2.weight", "output.dense.weight")


def initialise(model: Clip, config: Config) -> None:
    """As CLIP (Radford et al. 2021): deviations follow the width, which timm's and BERT's 0.02 for 768 do not."""
    for name, p in model.named_parameters():
        if name.endswith(RESIDUAL):
            nn.init.normal_(p, std=p.shape[1] ** -0.5 * (2 * config.depth) ** -0.5)
        elif "norm" in name.lower() or p.ndim == 0:
            continue  # 1 and 0 as they are
        elif "embeddings" in name or name.endswith(("pos_embed", "cls_token")):
            nn.init.normal_(p, std=0.02)
        elif p.ndim > 1:
            nn.init.normal_(p, std=p[0].numel() ** -0.5)
        else:
            nn.init.zeros_(p)


def normalise_pixels(pictures: Tensor) -> Tensor:
    """Pictures [B, 3, S, S] of 0 to 1, as the image tower wants them."""
    mean, std = (torch.tensor(v).reshape(3, 1, 1) for v in (MEAN, STD))
    return (pictures - mean) / std

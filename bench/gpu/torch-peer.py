"""The towers' shapes as plain PyTorch modules (the image tower by timm where it is there), for bench/gpu/torch-peer.ts.

torch-peer.py '{json}'   prints a line of JSON first, {"torch", "device", ...}, then one for each batch and mode, then {"done": true}.
A run takes bytes or ids on the host to f32 rows on the host, as ours does. Weights are random: time does not depend on them.
"""

import copy
import json
import sys
import time

begin = time.perf_counter()
settings = json.loads(sys.argv[1])


def say(**line):
    print(json.dumps(line), flush=True)


try:
    import torch
    import torch.nn as nn
    import torch.nn.functional as F
except Exception as error:
    say(missing=f"{sys.executable}: {error}")
    sys.exit()

try:
    import timm
except Exception:
    timm = None


def attend(q, k, v, mask):
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    scores = q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    return scores.softmax(dim=-1) @ v


class Block(nn.Module):
    def __init__(self, width, heads, hidden, eps, pre_norm):
        super().__init__()
        self.heads, self.pre_norm = heads, pre_norm
        self.norm1, self.norm2 = nn.LayerNorm(width, eps), nn.LayerNorm(width, eps)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc1, self.fc2 = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def attention(self, x, mask):
        b, t, c = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)  # [3, B, H, T, C/H]
        return self.proj(attend(q, k, v, mask).transpose(1, 2).reshape(b, t, c))

    def mlp(self, x):
        return self.fc2(F.gelu(self.fc1(x)))

    def forward(self, x, mask=None):
        if self.pre_norm:
            x = x + self.attention(self.norm1(x), mask)
            return x + self.mlp(self.norm2(x))
        x = self.norm1(x + self.attention(x, mask))
        return self.norm2(x + self.mlp(x))


class Blocks(nn.Module):
    def __init__(self, s, pre_norm):
        super().__init__()
        one = lambda: Block(s["width"], s["heads"], s["mlpWidth"], s["eps"], pre_norm)
        self.blocks = nn.ModuleList(one() for _ in range(s["depth"]))

    def forward(self, x, mask=None):
        for block in self.blocks:
            x = block(x, mask)
        return x


class Vit(nn.Module):
    def __init__(self, s, dim):
        super().__init__()
        patches = (s["size"] // s["patch"]) ** 2
        self.patch = nn.Conv2d(3, s["width"], s["patch"], s["patch"])
        self.cls = nn.Parameter(torch.randn(1, 1, s["width"]) * 0.02)
        self.positions = nn.Parameter(torch.randn(1, patches + 1, s["width"]) * 0.02)
        self.blocks = Blocks(s, True)
        self.norm, self.head = nn.LayerNorm(s["width"], s["eps"]), nn.Linear(s["width"], dim, bias=False)

    def forward(self, pixels):  # [B, 3, S, S]
        x = self.patch(pixels).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], dim=1) + self.positions
        return self.head(self.norm(self.blocks(x)[:, 0]))


class Bert(nn.Module):
    def __init__(self, s, dim):
        super().__init__()
        self.words = nn.Embedding(s["vocabularySize"], s["width"])
        self.positions = nn.Embedding(s["positions"], s["width"])
        self.types = nn.Embedding(s["tokenTypes"], s["width"])
        self.norm = nn.LayerNorm(s["width"], s["eps"])
        self.blocks = Blocks(s, False)
        hidden = s.get("projHidden")
        layers = [nn.Linear(s["width"], dim, bias=False)]
        if hidden:
            layers = [nn.Linear(s["width"], hidden, bias=False), nn.GELU(), nn.Linear(hidden, dim, bias=False)]
        self.proj = nn.Sequential(*layers)

    def forward(self, ids, mask):  # [B, T], [B, T]
        places = torch.arange(ids.shape[1], device=ids.device)
        x = self.norm(self.words(ids) + self.positions(places) + self.types.weight[0])
        return self.proj(self.blocks(x, mask[:, None, None, :])[:, 0])


def vit(s, dim):
    usual = (s["size"], s["patch"], s["width"], s["depth"], s["heads"]) == (224, 16, 768, 12, 12)
    if timm and usual:
        model = timm.create_model("vit_base_patch16_224", num_classes=0)
        return nn.Sequential(model, nn.Linear(768, dim, bias=False)), f"timm {timm.__version__}"
    return Vit(s, dim), "plain modules"


class Images:
    def __init__(self, s, dim, device):
        (self.model, self.made), self.device, self.size = vit(s, dim), device, s["size"]
        self.mean, self.std = (torch.tensor(s[k], device=device).view(1, 3, 1, 1) for k in ("mean", "std"))

    def inputs(self, batch, _):
        return (torch.randint(0, 256, (batch, self.size, self.size, 4), dtype=torch.uint8),)

    def ready(self, dtype, images):
        x = images.to(self.device)[..., :3].permute(0, 3, 1, 2).float() / 255
        return (((x - self.mean) / self.std).to(dtype),)


class Texts:
    def __init__(self, s, dim, device):
        self.model, self.made, self.device = Bert(s, dim), "plain modules", device
        self.vocabulary = s["vocabularySize"]

    def inputs(self, batch, lengths):
        lengths = torch.tensor([lengths[i % len(lengths)] for i in range(batch)])
        longest = int(lengths.max())  # padded to the longest of the batch
        return torch.randint(0, self.vocabulary, (batch, longest)), torch.arange(longest)[None] < lengths[:, None]

    def ready(self, _, ids, mask):
        return ids.to(self.device), mask.to(self.device)


def times_of(model, kind, dtype, inputs):
    """Milliseconds a run; the copy to the host waits for the device."""
    taken = []
    with torch.inference_mode():
        for i in range(settings["rounds"] + 2):
            start = time.perf_counter()
            F.normalize(model(*kind.ready(dtype, *inputs)).float(), dim=1).cpu()
            if i >= 2:
                taken.append(1000 * (time.perf_counter() - start))
    return taken


def compiled(model):
    if not hasattr(torch, "compile"):
        raise RuntimeError(f"torch {torch.__version__} has no torch.compile")
    torch._dynamo.reset()  # else the second shape is compiled for all, and those beyond the eighth not at all
    return torch.compile(model, dynamic=False)


def measure(work, mode, batch):
    tower = "images" if work == "images" else "texts"
    here = {"work": work, "mode": mode, "batch": batch}
    if time.perf_counter() - begin > settings["seconds"]:
        return say(**here, failed="no time was left for it")
    try:
        kind = kinds[tower]
        dtype = torch.float32 if mode == "fp32" else torch.float16
        if mode != "fp32" and tower not in halves:
            halves[tower] = copy.deepcopy(kind.model).half()
        model = kind.model if mode == "fp32" else halves[tower]
        model = compiled(model) if mode == "fp16 compiled" else model
        say(**here, ms=times_of(model, kind, dtype, kind.inputs(batch, settings["lengths"].get(work))))
    except Exception as error:
        say(**here, failed=f"{type(error).__name__}: {str(error).strip()[:300]}")


device = "cuda" if torch.cuda.is_available() else "cpu"
kinds = {
    "images": Images(settings["image"], settings["dim"], device),
    "texts": Texts(settings["text"], settings["dim"], device),
}
for kind in kinds.values():
    kind.model = kind.model.to(device).eval()
halves = {}
say(
    torch=torch.__version__,
    python=sys.executable,
    device=device,
    name=torch.cuda.get_device_name() if device == "cuda" else "the CPU",
    made={name: kind.made for name, kind in kinds.items()},
    parameters={name: sum(p.numel() for p in kind.model.parameters()) for name, kind in kinds.items()},
)
batches = [b for b in settings["batches"] if device != "cpu" or b <= settings["largestOnCpu"]]
for mode in ("fp16 eager", "fp32", "fp16 compiled"):
    for batch in batches:
        for work in ("images", *settings["lengths"]):
            measure(work, mode, batch)
say(done=True)

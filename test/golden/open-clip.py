"""Writes open-clip.json: what PyTorch makes of the seeded models of open-clip-models.ts, in float64.

    node --import ./from-source.mjs test/golden/open-clip-models.ts DIR
    /usr/bin/python3 test/golden/open-clip.py DIR

The towers are written down here as open_clip's transformer.py behaves, on torch's own modules: Conv2d without a bias,
MultiheadAttention (whose tensors open_clip's names are), LayerNorm with its default eps, GELU or x sigmoid(1.702 x),
an additive mask of -inf above the diagonal, pooling by argmax of the padded ids or as the configuration says, layer scale,
projections by `@`.
"""
import importlib.util
import json
import struct
import sys
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from torch import nn

from seeded import seeded_uniform

HERE = Path(__file__).parent
CAPTIONS = [
    '', 'this is a photo of chest', 'Hematoxylin & eosin, 40x: squamous cell carcinoma!', 'lung <end_of_text> bone',
    'brain mri ' * 60, "it's the heart's",
]
IMAGES = 3


class QuickGELU(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


class LayerScale(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gamma = nn.Parameter(torch.empty(width))

    def forward(self, x):
        return x * self.gamma


class Block(nn.Module):
    def __init__(self, width, heads, mlp_width, act, scaled):
        super().__init__()
        self.ls_1, self.ls_2 = (LayerScale(width) if scaled else nn.Identity() for _ in range(2))
        self.ln_1 = nn.LayerNorm(width)
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(OrderedDict([
            ('c_fc', nn.Linear(width, mlp_width)), ('gelu', act()), ('c_proj', nn.Linear(mlp_width, width)),
        ]))

    def forward(self, x, mask):
        normed = self.ln_1(x)
        x = x + self.ls_1(self.attn(normed, normed, normed, need_weights=False, attn_mask=mask)[0])
        return x + self.ls_2(self.mlp(self.ln_2(x)))


class Transformer(nn.Module):
    def __init__(self, width, layers, heads, ratio, act, scaled):
        super().__init__()
        self.resblocks = nn.ModuleList(Block(width, heads, int(width * ratio), act, scaled) for _ in range(layers))

    def forward(self, x, mask=None):
        for block in self.resblocks:
            x = block(x, mask)
        return x


class Visual(nn.Module):
    def __init__(self, cfg, dim, act):
        super().__init__()
        width, patch = cfg['width'], cfg['patch_size']
        self.conv1 = nn.Conv2d(3, width, patch, stride=patch, bias=False)
        self.class_embedding = nn.Parameter(torch.empty(width))
        self.positional_embedding = nn.Parameter(torch.empty((cfg['image_size'] // patch) ** 2 + 1, width))
        self.ln_pre = nn.Identity() if cfg.get('no_ln_pre') else nn.LayerNorm(width)
        heads = width // cfg.get('head_width', 64)
        self.transformer = Transformer(width, cfg['layers'], heads, cfg.get('mlp_ratio', 4.0), act, 'ls_init_value' in cfg)
        self.avg, self.late = cfg.get('pool_type') == 'avg', cfg.get('final_ln_after_pool', False)
        self.ln_post = nn.LayerNorm(width)
        self.proj = nn.Parameter(torch.empty(width, dim))

    def forward(self, pixels):
        x = self.conv1(pixels)
        x = x.reshape(len(x), x.shape[1], -1).permute(0, 2, 1)
        x = torch.cat([self.class_embedding.expand(len(x), 1, -1), x], dim=1) + self.positional_embedding
        x = self.transformer(self.ln_pre(x))
        if not self.late:
            x = self.ln_post(x)
        pooled = x[:, 1:].mean(dim=1) if self.avg else x[:, 0]
        return (self.ln_post(pooled) if self.late else pooled) @ self.proj, x


class Text(nn.Module):
    def __init__(self, cfg, dim, act):
        super().__init__()
        width, context = cfg['width'], cfg['context_length']
        self.token_embedding = nn.Embedding(cfg['vocab_size'], width)
        self.positional_embedding = nn.Parameter(torch.empty(context, width))
        self.transformer = Transformer(width, cfg['layers'], cfg['heads'], cfg.get('mlp_ratio', 4.0), act, 'ls_init_value' in cfg)
        self.ln_final = nn.LayerNorm(width)
        self.pool, self.eos = cfg.get('pool_type', 'argmax'), cfg.get('eos_id')
        if cfg.get('proj_type') == 'none':
            self.text_projection = None
        else:
            self.text_projection = nn.Linear(width, dim) if cfg.get('proj_bias') else nn.Parameter(torch.empty(width, dim))
        self.mask = None if cfg.get('no_causal_mask') else torch.empty(context, context, dtype=torch.float64).fill_(float('-inf')).triu_(1)

    def forward(self, text):
        x = self.token_embedding(text) + self.positional_embedding
        x = self.ln_final(self.transformer(x, self.mask))
        at = {
            'argmax': lambda: text.argmax(dim=-1), 'eos': lambda: (text == self.eos).int().argmax(dim=-1),
            'first': lambda: 0, 'last': lambda: -1,
        }[self.pool]()
        pooled = x[torch.arange(len(x)), at]
        if self.text_projection is None:
            return pooled, x
        return self.text_projection(pooled) if isinstance(self.text_projection, nn.Linear) else pooled @ self.text_projection, x


class Clip(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        act = QuickGELU if cfg.get('quick_gelu') else nn.GELU
        self.visual = Visual(cfg['vision_cfg'], cfg['embed_dim'], act)
        self.text = Text(cfg['text_cfg'], cfg['embed_dim'], act)
        self.logit_scale = nn.Parameter(torch.empty([]))


def state_dict(path):
    data = path.read_bytes()
    (length,) = struct.unpack('<Q', data[:8])
    header = json.loads(data[8:8 + length])
    state = {}
    for name, entry in header.items():
        if name == '__metadata__':
            continue
        first, end = entry['data_offsets']
        values = np.frombuffer(data, '<f4', (end - first) // 4, 8 + length + first)
        state[name] = torch.from_numpy(values.astype(np.float64).reshape(entry['shape']))
    if 'token_embedding.weight' in state:  # open_clip saves a tower of its own under "text.", and else beside the other
        own = ('text_projection', 'positional_embedding', 'token_embedding', 'transformer', 'ln_final')
        state = {f'text.{name}' if name.startswith(own) else name: value for name, value in state.items()}
    return state


def tokenize(directory, context):
    spec = importlib.util.spec_from_file_location('text_bpe', HERE / 'text-bpe.py')
    bpe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bpe)
    ids = json.loads((directory / 'vocab.json').read_text())
    ids['<start_of_text>'], ids['<end_of_text>'] = ids['<|startoftext|>'], ids['<|endoftext|>']
    merges = (directory / 'merges.txt').read_text().split('\n')[1:-1]
    ranks = {tuple(line.split()): i for i, line in enumerate(merges)}
    rows = torch.zeros(len(CAPTIONS), context, dtype=torch.long)
    for row, caption in zip(rows, CAPTIONS):
        pieces = bpe.encode(caption, ids, ranks)[:context - 2]
        tokens = [ids['<start_of_text>'], *pieces, ids['<end_of_text>']]
        row[:len(tokens)] = torch.tensor(tokens)
    return rows


def judged(directory):
    config = json.loads((directory / 'open_clip_config.json').read_text())
    model = Clip(config['model_cfg']).double().eval()
    model.load_state_dict(state_dict(directory / 'open_clip_model.safetensors'))
    size = config['model_cfg']['vision_cfg']['image_size']
    count = IMAGES * size * size * 3
    values = np.floor(128 * (seeded_uniform(count, 1).astype(np.float64) + 1)).reshape(IMAGES, size, size, 3) / 255
    mean, std = (np.array(config['preprocess_cfg'][key]) for key in ('mean', 'std'))
    pixels = torch.from_numpy(((values - mean) / std).transpose(0, 3, 1, 2).copy())
    ids = tokenize(directory, config['model_cfg']['text_cfg']['context_length'])
    with torch.no_grad():
        images, image_tokens = model.visual(pixels)
        texts, text_tokens = model.text(ids)
    rounded = lambda x: [float(f'{value:.7g}') for value in x.flatten().tolist()]
    return {
        'ids': ids.tolist(),
        'images': rounded(nn.functional.normalize(images, dim=-1)),
        'texts': rounded(nn.functional.normalize(texts, dim=-1)),
        'lastImageToken': rounded(image_tokens[:, -1]),
        'secondTextToken': rounded(text_tokens[:, 1]),
    }


models = sorted(path for path in Path(sys.argv[1]).iterdir())
result = {'torch': torch.__version__, 'captions': CAPTIONS, 'models': {path.name: judged(path) for path in models}}
(HERE / 'open-clip.json').write_text(json.dumps(result, separators=(',', ':')).replace('],"', '],\n"') + '\n')

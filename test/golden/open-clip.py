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
import string
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


class AttentionPool(nn.Module):
    """timm's AttentionPoolLatent with one latent, by torch's own multi-head attention."""

    def __init__(self, width, heads, mlp_width, act):
        super().__init__()
        self.latent = nn.Parameter(torch.empty(1, 1, width))
        self.q, self.kv, self.proj = nn.Linear(width, width), nn.Linear(width, 2 * width), nn.Linear(width, width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.Sequential(OrderedDict([('fc1', nn.Linear(width, mlp_width)), ('act', act()), ('fc2', nn.Linear(mlp_width, width))]))
        self.heads = heads

    def forward(self, x):
        layers = (self.q, self.kv, self.proj)
        y, _ = nn.functional.multi_head_attention_forward(
            self.latent.expand(len(x), -1, -1).transpose(0, 1), x.transpose(0, 1), x.transpose(0, 1), x.shape[-1], self.heads,
            torch.cat([layer.weight for layer in layers[:2]]), torch.cat([layer.bias for layer in layers[:2]]),
            None, None, False, 0.0, self.proj.weight, self.proj.bias, need_weights=False,
        )
        return (y + self.mlp(self.norm(y)))[0]


class TimmBlock(nn.Module):
    def __init__(self, width, heads, mlp_width, act):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(width, eps=1e-6) for _ in range(2))
        self.attn = nn.ModuleDict({'qkv': nn.Linear(width, 3 * width), 'proj': nn.Linear(width, width)})
        self.mlp = nn.Sequential(OrderedDict([('fc1', nn.Linear(width, mlp_width)), ('act', act()), ('fc2', nn.Linear(mlp_width, width))]))
        self.heads = heads

    def forward(self, x):
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.attn['qkv'](self.norm1(x)).chunk(3, dim=-1))
        weights = (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).softmax(dim=-1)
        x = x + self.attn['proj']((weights @ v).transpose(1, 2).flatten(2))
        return x + self.mlp(self.norm2(x))


class SigLIP(nn.Module):
    """timm's vit_*_siglip_* in open_clip's TimmModel without a projection: its sizes are not in the configuration."""

    def __init__(self, state, cfg, ours, act):
        super().__init__()
        conv = state['visual.trunk.patch_embed.proj.weight']
        width, patch = conv.shape[0], conv.shape[-1]
        mlp_width, heads = len(state['visual.trunk.blocks.0.mlp.fc1.bias']), ours['heads']
        trunk = nn.Module()
        trunk.patch_embed = nn.ModuleDict({'proj': nn.Conv2d(3, width, patch, stride=patch)})
        trunk.pos_embed = nn.Parameter(torch.empty(1, (cfg['image_size'] // patch) ** 2, width))
        trunk.blocks = nn.Sequential(*[TimmBlock(width, heads, mlp_width, act) for _ in range(ours['depth'])])
        trunk.norm = nn.LayerNorm(width, eps=1e-6)
        trunk.attn_pool = AttentionPool(width, heads, mlp_width, act)
        self.trunk = trunk

    def forward(self, pixels):
        trunk = self.trunk
        x = trunk.patch_embed['proj'](pixels).flatten(2).transpose(1, 2) + trunk.pos_embed
        x = trunk.norm(trunk.blocks(x))
        return trunk.attn_pool(x), x


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
    def __init__(self, config, state):
        super().__init__()
        cfg = config['model_cfg']
        act = QuickGELU if cfg.get('quick_gelu') else nn.GELU
        if 'visual.trunk.attn_pool.latent' in state:
            ours = config['biomedclip_webgpu']['image']
            tanh = lambda: nn.GELU(approximate='tanh')
            self.visual = SigLIP(state, cfg['vision_cfg'], ours, tanh if ours.get('activation') == 'geluTanh' else nn.GELU)
        else:
            self.visual = Visual(cfg['vision_cfg'], cfg['embed_dim'], act)
        text = cfg['text_cfg']
        if text.get('act_kwargs'):
            act = lambda: nn.GELU(**text['act_kwargs'])
        self.text = Text(text, cfg['embed_dim'], act)
        eps = text.get('norm_kwargs', {}).get('eps', 1e-5)
        for module in self.text.modules():
            if isinstance(module, nn.LayerNorm):
                module.eps = eps
        self.logit_scale = nn.Parameter(torch.empty([]))
        if 'init_logit_bias' in cfg:
            self.logit_bias = nn.Parameter(torch.empty([]))


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


def pieces_of(tokenizer, caption):
    """The longest beginning of a word that is a piece, and then its characters: so the seeded models' scores and merges are."""
    model = tokenizer['model']
    ids = {piece: i for i, (piece, _) in enumerate(model['vocab'])} if model['type'] == 'Unigram' else model['vocab']
    words = caption.replace('_', ' ').translate(str.maketrans('', '', string.punctuation)).lower().split()
    pieces = []
    for i, word in enumerate(words):
        blank = i > 0 or model['type'] == 'Unigram'  # before the first word a BPE has none
        longest = max(n for n in range(len(word) + 1) if '▁' + word[:n] in ids) if blank else 0
        pieces += [*(['▁' + word[:longest]] if blank else []), *word[longest:]]
    return [ids[piece] for piece in pieces]


def tokenize(directory, context):
    if not (directory / 'vocab.json').exists():
        tokenizer = json.loads((directory / 'tokenizer.json').read_text())
        padding = 1 if tokenizer['model']['type'] == 'Unigram' else 0
        rows = torch.full((len(CAPTIONS), context), padding)
        for row, caption in zip(rows, CAPTIONS):
            tokens = [*pieces_of(tokenizer, caption)[:context - 1], 1]
            row[:len(tokens)] = torch.tensor(tokens)
        return rows
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
    state = state_dict(directory / 'open_clip_model.safetensors')
    model = Clip(config, state).double().eval()
    model.load_state_dict(state)
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

"""Writes text-sentencepiece.json: small SentencePiece models, and the ids that they give captions.

A Unigram as SigLIP's (T5's normalisation nmt_nfkc, an ending token) and a BPE with bytes for what it does not know as SigLIP
2's (Gemma's: nothing normalised, no blank put before). Both are trained here, written as transformers' converters write
tokenizer.json, and read by Hugging Face's tokenizers and by SentencePiece itself, which must agree. The table of
normalised characters (240 kB) is left out of what is written. The models are trained on the documentation as it stands, so
another run writes others.

    python3 -m venv V && V/bin/pip install sentencepiece==0.2.2 tokenizers==0.23.2 protobuf ftfy==6.3.1
    V/bin/python test/golden/text-sentencepiece.py
"""
import base64
import html
import io
import json
import string
from pathlib import Path

import ftfy
import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Tokenizer

HERE = Path(__file__).parent
CONTEXT = 64
CORPUS = [line for path in sorted((HERE / '../..').resolve().glob('docs/*.md')) for line in path.read_text().split('\n') if len(line) > 20]
CAPTIONS = [
    '', ' ', 'a', 'this is a photo of chest X-ray', 'Hematoxylin & eosin, 40x: squamous cell carcinoma!', '_snake_case_ {x}',
    'Café naïve 120/80 μm µm, 10 mm² ½ ﬁbrosis ™', 'x ≥ 5 ± 2 °C – “quoted” …', '日本の肺X線 肺', '🫁 lung 🧠🧠', '</s> <pad> <unk>',
    'ΟΔΟΣ İstanbul ß', 'lung ' * 100, '肺🧠' * 300, 'x' * 300, '...!!!', 'a\u00a0b\u3000c\u200bd', 'full－width ＡＢＣ ~ ～',
    '\u2581 metaspace \u2581\u2581x', 'the image tower and the text tower of the model', 'zero\u200dwidth \ufeffjoiner',
]
PUNCTUATION = str.maketrans('', '', string.punctuation)


def basic(text):
    return html.unescape(html.unescape(ftfy.fix_text(text))).strip()


def canonicalized(text):
    return ' '.join(basic(text).replace('_', ' ').translate(PUNCTUATION).lower().split())


def trained(**options):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS + [line.lower() for line in CORPUS]), model_writer=model, minloglevel=2, num_threads=1, **options,
    )
    return model.getvalue()


def added(*tokens):
    rest = {'single_word': False, 'lstrip': False, 'rstrip': False, 'normalized': False, 'special': True}
    return [{'id': i, 'content': token, **rest} for i, token in tokens]


def ending(token, i):
    return {
        'type': 'TemplateProcessing', 'single': [{'Sequence': {'id': 'A', 'type_id': 0}}, {'SpecialToken': {'id': token, 'type_id': 0}}],
        'pair': [], 'special_tokens': {token: {'id': token, 'ids': [i], 'tokens': [token]}},
    }


def unigram():
    """T5: <pad> 0, </s> 1, <unk> 2; SigLIP pads by </s>."""
    model = trained(model_type='unigram', vocab_size=400, pad_id=0, eos_id=1, unk_id=2, bos_id=-1, unk_piece='<unk>', pad_piece='<pad>')
    proto = sentencepiece_model_pb2.ModelProto.FromString(model)
    table = base64.b64encode(proto.normalizer_spec.precompiled_charsmap).decode()
    return model, {
        'version': '1.0', 'truncation': None, 'padding': None, 'added_tokens': added((0, '<pad>'), (1, '</s>'), (2, '<unk>')),
        'normalizer': {'type': 'Sequence', 'normalizers': [
            {'type': 'Precompiled', 'precompiled_charsmap': table},
            {'type': 'Strip', 'strip_left': False, 'strip_right': True},
            {'type': 'Replace', 'pattern': {'Regex': ' {2,}'}, 'content': '▁'},
        ]},
        'pre_tokenizer': {'type': 'Metaspace', 'replacement': '▁', 'prepend_scheme': 'always', 'split': True},
        'post_processor': ending('</s>', 1), 'decoder': None,
        'model': {'type': 'Unigram', 'unk_id': 2, 'vocab': [[p.piece, round(p.score, 5)] for p in proto.pieces], 'byte_fallback': False},
    }, {'pad_token': '</s>', 'eos_token': '</s>', 'unk_token': '<unk>'}


def bpe():
    """Gemma: <pad> 0, <eos> 1, <bos> 2, <unk> 3."""
    model = trained(
        model_type='bpe', vocab_size=700, pad_id=0, eos_id=1, bos_id=2, unk_id=3, eos_piece='<eos>', bos_piece='<bos>', byte_fallback=True,
        normalization_rule_name='identity', add_dummy_prefix=False, remove_extra_whitespaces=False, character_coverage=0.995,
    )
    proto = sentencepiece_model_pb2.ModelProto.FromString(model)
    ids = {p.piece: i for i, p in enumerate(proto.pieces)}
    scores = {p.piece: p.score for p in proto.pieces if p.type == 1}
    pairs = [(-scores[piece], ids[piece[:i]], ids[piece[i:]], piece[:i], piece[i:]) for piece in scores for i in range(1, len(piece))
             if piece[:i] in scores and piece[i:] in scores]
    return model, {
        'version': '1.0', 'truncation': None, 'padding': None, 'added_tokens': added((0, '<pad>'), (1, '<eos>'), (2, '<bos>'), (3, '<unk>')),
        'normalizer': {'type': 'Replace', 'pattern': {'String': ' '}, 'content': '▁'},
        'pre_tokenizer': {'type': 'Split', 'pattern': {'String': ' '}, 'behavior': 'MergedWithPrevious', 'invert': False},
        'post_processor': ending('<eos>', 1), 'decoder': None,
        'model': {
            'type': 'BPE', 'dropout': None, 'unk_token': '<unk>', 'continuing_subword_prefix': None, 'end_of_word_suffix': None,
            'fuse_unk': True, 'byte_fallback': True, 'ignore_merges': False, 'vocab': ids, 'merges': [list(pair[3:]) for pair in sorted(pairs)],
        },
    }, {'pad_token': '<pad>', 'eos_token': '<eos>', 'unk_token': '<unk>', 'bos_token': '<bos>'}


def judged(name, model, tokenizer, config):
    hugging_face = Tokenizer.from_str(json.dumps(tokenizer))
    hugging_face.enable_truncation(CONTEXT)
    google = sentencepiece.SentencePieceProcessor(model_proto=model)
    ids = {}
    for cleaning, clean in {'canonicalize': canonicalized, 'whitespace': lambda text: ' '.join(basic(text).split())}.items():
        ids[cleaning] = []
        for caption in CAPTIONS:
            text = clean(caption)
            row = hugging_face.encode(text).ids
            theirs = google.encode(text)[:CONTEXT - 1] + [1]
            if row != theirs and '<' not in text:
                print('differ:', name, cleaning, repr(text), row, theirs)
            ids[cleaning].append(row)
    if tokenizer['model']['type'] == 'Unigram':
        tokenizer['normalizer']['normalizers'][0]['precompiled_charsmap'] = ''
    return {'tokenizer': tokenizer, 'config': config, 'ids': ids}


result = {'captions': CAPTIONS, 'unigram': judged('unigram', *unigram()), 'bpe': judged('bpe', *bpe())}
(HERE / 'text-sentencepiece.json').write_text(json.dumps(result, ensure_ascii=True, separators=(',', ':')).replace('},"', '},\n"') + '\n')

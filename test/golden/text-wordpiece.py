"""Writes text-wordpiece.json: token ids of captions by BERT's tokenizer (Devlin et al. 2018), written down here anew.

Basic tokenization (control characters out, blanks around ideographs, accents off, lower case, punctuation alone), then
greedy longest-match WordPiece with words of over 100 characters unknown, [CLS] and [SEP] around, cut to the context
length with [SEP] kept. Special tokens that a caption spells out stay tokens, and each character is lower-cased by
itself, as in Hugging Face's fast tokenizers. Run: /usr/bin/python3 test/golden/text-wordpiece.py
"""

import json
import pathlib
import re
import string
import unicodedata

SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
LETTERS = list(string.ascii_lowercase)
VOCABULARY = (
    SPECIAL
    + [c for c in string.punctuation]
    + LETTERS
    + list(string.digits)
    + ['##' + c for c in LETTERS + list(string.digits)]
    + list('αβγμσοδ肺日本線') + ['##' + c for c in 'αβγμσοδ'] + ['𠀁', '–', '”', '°', '±', '≥', '##≥', '✓']
    + 'this is a photo of bone x ray chest lung squamous cell carcinoma photograph sjogren muller covid'.split()
    + 'hematoxylin eosin and naive cafe facade istanbul immunohistochemistry no with'.split()
    + ['##' + p for p in 'oma itis osis ology graph histo chemistry ing ed s es al ic pathology ray gren uller'.split()]
    + ['hist', 'immuno', 'adeno', '##carcinoma', '##carcin', 'un', '##aff', '##able', 'unaffect']
)
IDS = {token: i for i, token in enumerate(dict.fromkeys(VOCABULARY))}
IDEOGRAPHS = [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
              (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)]

CAPTIONS = [
    '', 'a', 'this is a photo of squamous cell carcinoma histopathology', 'this is a photo of bone X-ray',
    'This Is A PHOTO of chest X-Ray', 'hematoxylin and eosin histopathology', 'immunohistochemistry histopathology',
    'adenocarcinoma, no carcinomas', 'covid-19 (SARS-CoV-2) lung', 'Sjögren and Müller', 'naïve café façade',
    'İstanbul', 'IMMUNOHISTOCHEMISTRY!!!', 'a.b,c;d:e', '"quoted" \'single\' `tick`', 'p<0.05 & p>=0.01',
    '100% [sure] {x} ~ ^ | \\ / @ # $', 'lung_bone', 'TNF-α and β, γ', 'μm of ΜΜ', 'ΟΔΟΣ ΟΔΟΣ', 'Σ', '10 ± 2 °',
    '≥ 5 x≥ 5', 'dash – dash', '日本の肺X線', '肺肺a肺', '𠀁𠀁a', '𠀀 x', 'emoji 🫁🧠 ray', '✓ ✓✗', 'zero\u200bwidth',
    'soft\u00adhyphen', '\u202ertl\u202c', 'unaffectedable', 'unaffable', 'ßtrasse ẞ', 'đ ø ł æ',
    'x' * 100, 'x' * 101, 'photo ' + 'y' * 300 + ' ray', 'ñ' * 101, '[CLS] injected [SEP]', 'a[MASK]b [PAD][UNK]',
    '[cls] [Sep]', '12345 a1b2', 'a\ufffdb', 'Ψυχή ray', 'русский lung', 'العربية', 'हिन्दी', '한국어 lung', unicodedata.normalize('NFC', 'e\u0323\u0301 o\u0323\u0301'),
    'lung ' * 253 + 'bone', 'lung ' * 254 + 'bone', 'lung ' * 300 + 'bone', 'z' * 100 + ' ' + 'q' * 100 + ' ' + 'w' * 100,
]


def is_punctuation(c):
    return c in string.punctuation or unicodedata.category(c).startswith('P')


def basic_tokens(text):
    spaced = ''
    for c in text:
        if c not in '\t\n\r' and (c in '\0\ufffd' or unicodedata.category(c) in ('Cc', 'Cf', 'Co', 'Cs')):
            continue
        ideograph = any(first <= ord(c) <= last for first, last in IDEOGRAPHS)
        spaced += ' ' + c + ' ' if ideograph else c
    plain = ''.join(c for c in unicodedata.normalize('NFD', spaced) if unicodedata.category(c) != 'Mn')
    lower = ''.join(c.lower() for c in plain)
    apart = ''.join(' ' + c + ' ' if is_punctuation(c) else c for c in lower)
    return apart.split()


def word_pieces(word):
    if len(word) > 100:
        return ['[UNK]']
    pieces = []
    start = 0
    while start < len(word):
        prefix = '##' if start else ''
        end = next((e for e in range(len(word), start, -1) if prefix + word[start:e] in IDS), None)
        if end is None:
            return ['[UNK]']
        pieces.append(prefix + word[start:end])
        start = end
    return pieces


def encode(caption, context_length=256):
    pieces = []
    for part in re.split('(' + '|'.join(map(re.escape, SPECIAL)) + ')', caption):
        pieces += [part] if part in SPECIAL else [p for word in basic_tokens(part) for p in word_pieces(word)]
    kept = pieces[: context_length - 2]
    return [IDS[p] for p in ['[CLS]', *kept, '[SEP]']], len(kept) < len(pieces)


cases = [dict(zip(('caption', 'ids', 'truncated'), (caption, *encode(caption)))) for caption in CAPTIONS]
lines = ',\n'.join(json.dumps(case) for case in cases)
out = pathlib.Path(__file__).with_suffix('.json')
out.write_text(f'{{"vocabulary": {json.dumps(list(IDS))},\n"cases": [\n{lines}\n]}}\n')
print(len(cases), 'cases')

"""Writes text-bpe.json: token ids of captions by CLIP's tokenizer (Radford et al. 2021), written down here anew, with
the merges that byte pair encoding (Sennrich et al. 2016) learns from a few medical phrases.

Cleaning (HTML references twice, white space), lower case, words by the pattern, UTF-8 bytes as characters, merges by
rank, ends around, cut to the context with the end kept. ftfy is judged elsewhere (text-ftfy.py): it leaves these
captions as they are. Run: /usr/bin/python3 test/golden/text-bpe.py
With the path of the published bpe_simple_vocab_16e6.txt.gz it writes text-bpe-published.json too: ids alone, since the
vocabulary is not part of this repository.
"""

import collections
import gzip
import html
import json
import pathlib
import sys
import unicodedata

CONTEXT = 77
PHRASES = '''this is a photo of squamous cell carcinoma histopathology; hematoxylin and eosin; chest x-ray of the lung;
brain mri with contrast; immunohistochemistry of the colon, don't stop, it's we're i've he'll i'd; 120/80 mmhg 5.5 mg;
adenocarcinoma, no carcinomas, nodules, nodes, sjögren, müller, naïve café, β-catenin tnf-α 10 µm, the there their then'''
CAPTIONS = [
    '', ' ', 'a', 'this is a photo of squamous cell carcinoma histopathology', 'This Is A PHOTO of chest X-Ray',
    'hematoxylin and eosin histopathology', 'IMMUNOHISTOCHEMISTRY!!!', "don't it's WE'RE i've he'll i'd I'M 'tis rock'n'roll",
    'covid-19 (SARS-CoV-2) lung', '120/80 mmHg, 5.5 mg', '1234567890 a1b2c3', 'Sjögren and Müller', 'naïve café façade',
    'İstanbul', 'ΟΔΟΣ ΟΔΟΣ Σ', 'TNF-α and β, γ 10 µm ≥ 5', '日本の肺X線', 'emoji 🫁🧠 ray 👩‍⚕️', 'русский العربية हिन्दी 한국어',
    'a.b,c;d:e', '"quoted" `tick` {x} ~ ^ | \\ / @ # $ % _under_score_', 'zero\u200bwidth soft\u00adhyphen mark',
    '&lt;b&gt; &amp;amp; &amp;lt; p &lt; 0.05', '  many \t spaces\n\nlines  ', 'no\u00a0break\u2003em', '<start_of_text> x <end_of_text>',
    'a <END_OF_TEXT> b <end_of_text>c', '<end_of_text', '<|endoftext|>', "'ſ x'ſy ſ", '½ ² Ⅳ ① ٣', 'a\u0345 \u0345 \u20ddx b\u0345c \u0345',
    'aaaaaaaaaaaaaaaa', 'hehehehehe thethethe', 'x' * 300, 'lung ' * 74 + 'bone', 'lung ' * 75 + 'bone', 'lung ' * 76,
    '1' * 75, '1' * 76, 'ß ẞ đ ø ł æ', '\u1e9e\u0130', 'the there their then theth', 'nodenodules',
]


def byte_characters():
    printable = [*range(0x21, 0x7f), *range(0xa1, 0xad), *range(0xae, 0x100)]
    others = [b for b in range(256) if b not in printable]
    return {b: chr(b) for b in printable} | {b: chr(256 + i) for i, b in enumerate(others)}


BYTES = byte_characters()


def is_letter(c):
    return unicodedata.category(c)[0] == 'L'


def is_number(c):
    return unicodedata.category(c)[0] == 'N'


# No letter, but its capital is one: the pattern, which ignores case, takes it for neither and so leaves it out.
IOTA = '\u0345'


def words(text):
    """The alternatives of the tokenizer's pattern, in its order."""
    i = 0
    while i < len(text):
        fixed = ['<start_of_text>', '<end_of_text>', "'s", "'t", "'re", "'ve", "'m", "'ll", "'d"]
        found = next((f for f in fixed if text[i:i + len(f)].replace('ſ', 's') == f), None)
        if found:
            end = i + len(found)
        elif is_letter(text[i]):
            end = i
            while end < len(text) and is_letter(text[end]):
                end += 1
        elif is_number(text[i]):
            end = i + 1
        elif text[i].isspace():
            i += 1
            continue
        elif text[i] == IOTA:
            i += 1
            continue
        else:
            end = i
            while end < len(text) and not (is_letter(text[end]) or is_number(text[end]) or text[end].isspace() or text[end] == IOTA):
                end += 1
        yield text[i:end]
        i = end


def clean(text):
    return ' '.join(html.unescape(html.unescape(text)).split()).lower()


def symbols(word):
    characters = [BYTES[b] for b in word.encode()]
    return characters[:-1] + [characters[-1] + '</w>']


def apply(parts, pair):
    out, i = [], 0
    while i < len(parts):
        if i + 1 < len(parts) and (parts[i], parts[i + 1]) == pair:
            out.append(parts[i] + parts[i + 1])
            i += 2
        else:
            out.append(parts[i])
            i += 1
    return out


def bpe(word, ranks):
    parts = symbols(word)
    while len(parts) > 1:
        best = min(zip(parts, parts[1:]), key=lambda pair: ranks.get(pair, float('inf')))
        if best not in ranks:
            break
        parts = apply(parts, best)
    return parts


def learn(text, count):
    corpus = [symbols(word) for word in words(clean(text))]
    merges = []
    while len(merges) < count:
        pairs = collections.Counter(pair for parts in corpus for pair in zip(parts, parts[1:]))
        best = max(sorted(pairs), key=pairs.get, default=None)
        if best is None:
            break
        merges.append(best)
        corpus = [apply(parts, best) for parts in corpus]
    return merges


def encode(caption, ids, ranks):
    pieces = []
    for word in words(clean(caption)):
        pieces += [ids[word]] if word in ('<start_of_text>', '<end_of_text>') else [ids[p] for p in bpe(word, ranks)]
    return pieces


def cases(merges):
    vocabulary = list(BYTES.values()) + [c + '</w>' for c in BYTES.values()] + [a + b for a, b in merges]
    ids = {token: i for i, token in enumerate(vocabulary + ['<start_of_text>', '<end_of_text>'])}
    ranks = {pair: i for i, pair in enumerate(merges)}
    for caption in CAPTIONS:
        pieces = encode(caption, ids, ranks)
        row = [ids['<start_of_text>'], *pieces[:CONTEXT - 2], ids['<end_of_text>']]
        yield {'caption': caption, 'ids': row, 'truncated': len(pieces) > CONTEXT - 2}


def write(name, value):
    lines = json.dumps(value, ensure_ascii=True, separators=(',', ':')).replace('},{', '},\n{')
    pathlib.Path(__file__).with_name(name).write_text(lines + '\n')


if __name__ == '__main__':
    merges = learn(PHRASES, 230)
    write('text-bpe.json', {'merges': merges, 'cases': list(cases(merges))})
    if len(sys.argv) > 1:
        lines = gzip.open(sys.argv[1]).read().decode().split('\n')[1:49152 - 256 - 2 + 1]
        write('text-bpe-published.json', {'cases': list(cases([tuple(line.split()) for line in lines]))})

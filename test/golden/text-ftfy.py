"""Writes text-ftfy.json: [text, what ftfy's fix_text makes of it]: all pairs of the characters that ftfy calls bad, with
a letter before or after some; random sequences of the characters that misread UTF-8 consists of; captions with parts
misread, escaped or damaged; runs of combining marks; and long texts, written as a repetition, with length and SHA-256 of
what fix_text and then open_clip's cleaning make of them. Needs ftfy 6.3.1 (not in Debian; its repository is github.com/rspeer/python-ftfy).
Run: python3 test/golden/text-ftfy.py"""

import hashlib
import html
import json
import pathlib
import random
import re

import ftfy
from ftfy.badness import MOJIBAKE_CATEGORIES
from ftfy.chardata import CHARMAP_ENCODINGS

assert ftfy.__version__ == '6.3.1', ftfy.__version__
BAD = MOJIBAKE_CATEGORIES['bad']
HIGH = sorted(set(''.join(bytes(range(0x80, 0x100)).decode(encoding) for encoding in CHARMAP_ENCODINGS)))
WORDS = ('chest X-ray lung carcinoma café naïve Müller Sjögren β-catenin “quote” l’œdème ≥ µm ± Рентген 胸部X線 ακτίνα & < > '
         'ﬁbrosis Ａ１ &amp; &lt;b&gt; &amp;amp;lt; &eacute; &EACUTE; &#x26;#38; a\u0301\u0327 à la \u2028 \x1b[31m \x00').split(' ')


def misread(text):
    encoding = random.choice(CHARMAP_ENCODINGS)
    return text.encode('utf-8').decode(encoding, errors='replace')


def caption():
    words = random.choices(WORDS, k=random.randint(2, 8))
    damaged = [misread(misread(word)) if random.random() < 0.1 else misread(word) if random.random() < 0.2 else word
               for word in words]
    return misread(' '.join(damaged)) if random.random() < 0.2 else ' '.join(damaged)


def run_of_marks():
    marks = [chr(c) for c in (*range(0x300, 0x370), *range(0x591, 0x5BE), *range(0x64B, 0x660), 0x3099, 0x0F73, 0x0F71,
                              0x302A, 0x488, 0x20DD, 0x94D, 0x1D165)]
    return random.choice('ae肺 ') + ''.join(random.choices(marks, k=random.randint(25, 80))) + random.choice('z\u0301 ')


def clean(text):
    unescaped = html.unescape(html.unescape(ftfy.fix_text(text)))
    return re.sub(r'\s+', ' ', unescaped.strip()).strip()


# [before, what is repeated, how often, after]
LONG = [
    ('', '&amp;', 3, ''), ('&', 'amp;', 3000, ''), ('&', '#38;', 70, 'lt;b'), ('é&', 'amp;', 300, 'eacute;'),
    ('&#5', '&#5', 60, '1' + ';' * 61), ('a', '\u0301\u0327', 3000, ''), ('a', '\u0345\u0344\u0334', 400, 'b'),
    ('', 'lung &amp;amp;lt; \u00c3\u00a9\n', 20000, 'a &nbsp;b'), ('a\n', 'x &amp;lt; \u00e2\u20ac\u2122s\r\n', 9000, '<i>'),
    ('', '\u00c3\u00a9tude\U0001f9e0 ', 150_000, ''), ('', '\u80ba\u80ba', 510_000, ' &amp;amp;amp;'), ('', ' \n', 90_000, 'end'),
    ('', 'a' * 999, 1001, '&amp;lt;'), ('\u00c3\u0192\u00a9', '\u00c3\u0192\u00a9', 200, ''),
]


def long_case(before, unit, times, after):
    text = before + unit * times + after
    return [before, unit, times, after, *(fact for made in (ftfy.fix_text(text), clean(text))
            for fact in (len(made.encode('utf-16-le')) // 2, hashlib.sha256(made.encode()).hexdigest()))]


random.seed(631)
texts = [a + b for a in BAD for b in BAD]
texts += [random.choice('aZ ') + a + random.choice(BAD) + random.choice('aZ ') for a in BAD]
texts += [''.join(random.choices(HIGH, k=random.randint(2, 6))) for _ in range(400)]
texts += [caption() for _ in range(300)]
texts += [run_of_marks() for _ in range(20)]
cases = [[text, ftfy.fix_text(text)] for text in dict.fromkeys(texts)]
lines = ',\n'.join(json.dumps(case) for case in cases)
long_lines = ',\n'.join(json.dumps(long_case(*case)) for case in LONG)
out = pathlib.Path(__file__).with_suffix('.json')
out.write_text(f'{{"ftfy": "{ftfy.__version__}",\n"cases": [\n{lines}\n],\n"long": [\n{long_lines}\n]}}\n')
print(len(cases), 'cases,', sum(text != fixed for text, fixed in cases), 'changed')

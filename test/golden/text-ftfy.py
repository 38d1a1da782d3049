"""Writes text-ftfy.json: [text, what ftfy's fix_text makes of it]: all pairs of the characters that ftfy calls bad, with
a letter before or after some; random sequences of the characters that misread UTF-8 consists of; captions with parts
misread, escaped or damaged. Needs ftfy 6.3.1 (not in Debian; its repository is github.com/rspeer/python-ftfy).
Run: python3 test/golden/text-ftfy.py"""

import json
import pathlib
import random

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


random.seed(631)
texts = [a + b for a in BAD for b in BAD]
texts += [random.choice('aZ ') + a + random.choice(BAD) + random.choice('aZ ') for a in BAD]
texts += [''.join(random.choices(HIGH, k=random.randint(2, 6))) for _ in range(400)]
texts += [caption() for _ in range(300)]
cases = [[text, ftfy.fix_text(text)] for text in dict.fromkeys(texts)]
lines = ',\n'.join(json.dumps(case) for case in cases)
out = pathlib.Path(__file__).with_suffix('.json')
out.write_text(f'{{"ftfy": "{ftfy.__version__}",\n"cases": [\n{lines}\n]}}\n')
print(len(cases), 'cases,', sum(text != fixed for text, fixed in cases), 'changed')

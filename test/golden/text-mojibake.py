"""Writes text-mojibake.json: [text, its UTF-8 read in a wrong encoding by Python's codecs], to be undone, and plain
texts to be left alone. Bytes that the encoding leaves unassigned are read as Latin-1, as browsers do. The texts are
such that no encoding that is tried earlier makes sense of the reading too: that is beyond any repair.
Run: /usr/bin/python3 test/golden/text-mojibake.py"""

import json
import pathlib

TEXTS = {
    'latin-1': ['Hämatoxylin-Färbung der Großzehe', 'carcinome épidermoïde', '≥ 5 mm, 10 µm ± 2', 'Рентген лёгких', '胸部X線'],
    'cp1252': ['Hämatoxylin-Färbung der Großzehe', 'carcinome épidermoïde', 'réponse à l’œdème', 'IL‑6 ≥ 5 µg', 'días'],
    'cp1251': ['Рентген грудной клетки', 'опухоль лёгкого – биопсия'],
    'cp1250': ['zápal pľúc', 'zhoubný nádor kůže', 'złośliwy nowotwór'],
    'cp1253': ['ακτινογραφία θώρακα', 'καρκίνος του πνεύμονα'],
    'cp1254': ['akciğer röntgeni', 'göğüs hastalıkları'],
    'cp1257': ['įgimta širdies yda', 'ļaundabīgs audzējs'],
    'iso-8859-2': ['zánět třísla', 'třetí měsíc léčby'],
    'mac-roman': ['tissu prélevé à l’hôpital', 'Müller und Größe'],
    'cp437': ['рентген лёгких'],
}
PLAIN = [
    'naïve café, Müller cells, Sjögren', 'α-synuclein, β-catenin, TNF-α', '5 µm ± 0.3 µm, 37 °C, ≥ 95 %', 'x² + y³',
    'Ångström units (Å)', '10 × 10 cm', '© 2020 ® ™', 'Рентген грудной клетки', '胸部X線', '½ tablet', '10–20 mg…', 'Na⁺/K⁺',
    'Ménière, Behçet, Guillain-Barré', '£5 or €6', '5′-ATG-3′', 'Łódź, Kraków', 'ακτινογραφία', 'n° 5 §2',
]


def misread(text, encoding):
    def one(byte):
        try:
            return bytes([byte]).decode(encoding)
        except UnicodeDecodeError:
            return chr(byte)

    return ''.join(map(one, text.encode('utf-8')))


cases = [{'encoding': e, 'text': t, 'misread': misread(t, e)} for e, texts in TEXTS.items() for t in texts]
cases += [{'encoding': 'cp1252 twice', 'text': t, 'misread': misread(misread(t, 'cp1252'), 'cp1252')}
          for t in TEXTS['cp1252']]
lines = ',\n'.join(json.dumps(case) for case in cases)
out = pathlib.Path(__file__).with_suffix('.json')
out.write_text(f'{{"plain": {json.dumps(PLAIN)},\n"misread": [\n{lines}\n]}}\n')
print(len(cases), 'cases')

"""Writes text-html-unescape.json: what Python's html.unescape makes of references.
Run: /usr/bin/python3 test/golden/text-html-unescape.py"""

import html
import html.entities
import json
import pathlib

names = sorted(html.entities.html5)
old = [name for name in names if not name.endswith(';')]
inputs = [f'&{name}' for name in old] + [f'x&{name}y' for name in old] + [f'&{name}' for name in names[::7]]
inputs += [f'&#{i};' for i in range(0x180)]
inputs += [f'&#x{i:X}' for i in (0x7FF, 0xD7FF, 0xD800, 0xDFFF, 0xE000, 0xFDCF, 0xFDD0, 0xFDEF, 0xFDF0, 0xFFFD, 0xFFFE,
                                 0xFFFF, 0x10000, 0x1FFFE, 0x1F9E0, 0x10FFFD, 0x10FFFF, 0x110000, 10**20)]
inputs += ['&', '&;', '&#;', '&#x;', '&#xg', '&a\tb', '&amp\nlt', '&<amp;', '&amp&lt', '&#65&#66', '&#38amp;', '&notit;',
           '&notin', '&' + 'a' * 40 + ';', '&é;', '&ampé;', '& amp;', '&#１２;', 'H&E', 'A&P;', '&AMP;&Amp;']
cases = [[text, html.unescape(text)] for text in dict.fromkeys(inputs)]
out = pathlib.Path(__file__).with_suffix('.json')
out.write_text('[\n' + ',\n'.join(json.dumps(case) for case in cases) + '\n]\n')
print(len(cases), 'cases')

"""Matplotlib's viridis, 256 colours as bytes: test/golden/viridis.json. Run with Debian's python3-matplotlib."""
import json
from pathlib import Path

from matplotlib import cm

colours = [[round(255 * channel) for channel in cm.viridis(i)[:3]] for i in range(256)]
Path(__file__).with_suffix('.json').write_text(json.dumps(colours) + '\n')

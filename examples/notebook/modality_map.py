"""Shows <modality-map> in a notebook (Jupyter, VS Code, Colab): embeddings from Python, the same map as on the page.

    from modality_map import ModalityMap
    ModalityMap("https://example.org/page/modality-map.js", images=images, texts=texts, pairs=[{"caption": "..."}, ...])

`images` and `texts` are NumPy arrays or lists, [n, D]; `places`, [2n, 2], are coordinates computed before. The data are part of the
notebook's output, and go nowhere else. The file modality-map.js is of the package (dist) and of each copy of the page.
"""

import html
import json


class ModalityMap:
    """
    Raises ValueError for NaN and infinities, which JSON does not have. What else is wrong with the data is said in the map's place.

    Attributes by name: colour ("modality", "label", "distance"), links ("all", "selected", "none"), theme ("light", "dark"), perplexity.
    """

    def __init__(self, url, *, images=None, texts=None, places=None, pairs=None, height=520, **attributes):
        self.url = url
        self.height = height
        self.attributes = attributes
        data = {"images": images, "texts": texts, "places": places, "pairs": pairs}
        self.data = {name: _lists(value) for name, value in data.items() if value is not None}

    def _repr_html_(self):
        data = json.dumps(self.data, allow_nan=False).replace("<", "\\u003c")  # a caption may say </script>
        attributes = "".join(f' {name}="{html.escape(str(value))}"' for name, value in self.attributes.items())
        return (
            f'<script type="module" src="{html.escape(self.url)}"></script>'
            f'<modality-map height="{int(self.height)}"{attributes}>'
            f'<script type="application/json">{data}</script></modality-map>'
        )


def _lists(values):
    return values.tolist() if hasattr(values, "tolist") else values

"""Charts of made-up measurements, drawn with axes and lettering as a plotting library would."""

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .paint import OVERSAMPLING, chance, pick, tinted, to_image

PALETTES = (
    ((31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40), (148, 103, 189), (140, 86, 75), (227, 119, 194)),
    ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37), (180, 180, 60), (20, 90, 160)),
    ((228, 26, 28), (55, 126, 184), (77, 175, 74), (152, 78, 163), (255, 127, 0), (166, 86, 40), (247, 129, 191)),
    (
        (102, 194, 165),
        (252, 141, 98),
        (141, 160, 203),
        (231, 138, 195),
        (166, 216, 84),
        (255, 217, 47),
        (229, 196, 148),
    ),
    ((0, 0, 0), (90, 90, 90), (150, 150, 150), (200, 60, 60), (60, 90, 200), (40, 140, 90), (190, 150, 30)),
)


@lru_cache(maxsize=64)
def font(points):
    return ImageFont.truetype("DejaVuSans.ttf", max(6, int(points)))


class Chart:
    """A plotting area with data coordinates 0 to 1, y up."""

    def __init__(self, rng, size, title=None, x_label=None, y_label=None, frame=True, grid=None):
        self.rng, self.size = rng, size
        self.s = size * OVERSAMPLING
        dark = chance(rng, 0.06)
        self.paper = (
            (28, 30, 36) if dark else pick(rng, ((255, 255, 255), (255, 255, 255), (250, 250, 248), (234, 234, 242)))
        )
        self.ink = (225, 225, 225) if dark else pick(rng, ((0, 0, 0), (40, 40, 40), (70, 70, 70)))
        colours = pick(rng, PALETTES)
        self.palette = [colours[i] for i in rng.permutation(7)]
        if dark:
            self.palette = [tuple(max(v, 110) for v in c) for c in self.palette]
        self.image = Image.new("RGB", (self.s, self.s), self.paper)
        self.draw = ImageDraw.Draw(self.image)
        self.letters = self.s * rng.uniform(0.042, 0.058)
        self.thick = max(2, round(self.s * rng.uniform(0.006, 0.014)))
        left, right, top, bottom = (
            rng.uniform(0.13, 0.2),
            rng.uniform(0.03, 0.1),
            rng.uniform(0.1, 0.16),
            rng.uniform(0.15, 0.2),
        )
        self.x0, self.x1, self.y0, self.y1 = left * self.s, (1 - right) * self.s, (1 - bottom) * self.s, top * self.s
        if title and chance(rng, 0.75):
            self.text((0.5, top * 0.25), title, "ma", self.letters * 1.15, paper=True)
        if frame:
            self._axes(x_label, y_label, chance(rng, 0.35) if grid is None else grid)

    def at(self, x, y):
        return self.x0 + x * (self.x1 - self.x0), self.y0 + y * (self.y1 - self.y0)

    def text(self, xy, words, anchor="mm", points=None, paper=False, fill=None):
        where = (xy[0] * self.s, xy[1] * self.s) if paper else self.at(*xy)
        self.draw.text(where, words, fill=fill or self.ink, font=font(points or self.letters), anchor=anchor)

    def _axes(self, x_label, y_label, grid):
        pale = tuple((a * 3 + b) // 4 for a, b in zip(self.paper, self.ink))
        for i in range(6):
            v = i / 5
            if grid:
                self.draw.line([self.at(0, v), self.at(1, v)], fill=pale, width=1)
                self.draw.line([self.at(v, 0), self.at(v, 1)], fill=pale, width=1)
        line = max(1, self.s // 160)
        corners = [self.at(0, 1), self.at(0, 0), self.at(1, 0)]
        if chance(self.rng, 0.4):
            corners += [self.at(1, 1), self.at(0, 1)]
        self.draw.line(corners, fill=self.ink, width=line)
        if x_label:
            self.text((0.5, 0.985), x_label, "ms", paper=True)
        if y_label:
            strip = Image.new("L", (int(self.s * 0.8), int(self.letters * 1.4)))
            ImageDraw.Draw(strip).text((strip.width // 2, 0), y_label, fill=255, font=font(self.letters), anchor="ma")
            strip = strip.rotate(90, expand=True)
            self.image.paste(self.ink, (int(self.s * 0.01), int((self.y0 + self.y1) / 2 - strip.height / 2)), strip)

    def ticks(self, labels_x=(), labels_y=()):
        small = self.letters * 0.8
        for labels, point, anchor in ((labels_x, lambda v: (v, -0.02), "ma"), (labels_y, lambda v: (-0.02, v), "rm")):
            for i, label in enumerate(labels):
                self.text(point(i / max(1, len(labels) - 1)), str(label), anchor, small)

    def line(self, x, y, colour, width=None):
        points = np.stack(
            [self.x0 + np.asarray(x) * (self.x1 - self.x0), self.y0 + np.asarray(y) * (self.y1 - self.y0)], 1
        )
        self.draw.line(points.ravel().tolist(), fill=colour, width=width or self.thick, joint="curve")

    def dot(self, x, y, colour, radius):
        px, py = self.at(x, y)
        self.draw.ellipse((px - radius, py - radius, px + radius, py + radius), fill=colour)

    def box(self, x0, y0, x1, y1, colour, outline=None):
        (a, b), (c, d) = self.at(x0, y0), self.at(x1, y1)
        self.draw.rectangle((min(a, c), min(b, d), max(a, c), max(b, d)), fill=colour, outline=outline)

    def legend(self, names, x=0.06, y=0.97):
        for i, name in enumerate(names):
            v = y - i * 0.085
            self.line([x, x + 0.09], [v, v], self.palette[i], self.thick * 2)
            self.text((x + 0.12, v), name, "lm", self.letters * 0.85)

    def finished(self):
        image = self.image.reduce(OVERSAMPLING)
        if chance(self.rng, 0.25):  # a photographed or compressed figure is not spotless
            grain = self.rng.normal(0, self.rng.uniform(1, 6), (self.size, self.size, 1))
            image = Image.fromarray(np.uint8(np.clip(np.asarray(image) + grain, 0, 255)))
        return image


COUNTRIES = (
    "Italy",
    "Spain",
    "France",
    "Germany",
    "Brazil",
    "India",
    "Japan",
    "Kenya",
    "Canada",
    "Mexico",
    "Peru",
    "Norway",
)
GENES = ("TP53", "EGFR", "KRAS", "MYC", "BRCA1", "PTEN", "IL6", "CD8A", "VEGFA", "STAT3", "ALK", "RB1")
GROUPS = ("Control", "Drug A", "Drug B", "Placebo", "Low", "High", "Male", "Female", "Stage I", "Stage II", "Stage III")
SHARES = ("Lung", "Breast", "Colon", "Skin", "Other", "Type A", "Type B", "Type AB", "Type O", "Mild", "Severe")


def _some(rng, names, count):
    return [names[i] for i in rng.permutation(len(names))[:count]]


def covid_line_chart(rng, size):
    """Cases, deaths, vaccinations or positivity over months: waves, one line a country."""
    quantity = pick(rng, ("cases", "deaths", "hospitalizations", "vaccinations"))
    title = pick(
        rng, (f"COVID-19 {quantity}", f"Covid {quantity}", f"Daily COVID {quantity}", f"SARS-CoV-2 {quantity}")
    )
    chart = Chart(
        rng, size, title, pick(rng, ("Date", "Month", "Days", None)), pick(rng, (quantity, "per day", "per 100k", None))
    )
    count = int(rng.integers(1, 6))
    x = np.linspace(0, 1, 70)
    for i in range(count):
        if quantity == "vaccinations":
            y = 1 / (1 + np.exp(-(x - rng.uniform(0.3, 0.6)) * rng.uniform(7, 14))) * rng.uniform(0.5, 1)
        else:
            waves = int(rng.integers(1, 4))
            y = sum(
                rng.uniform(0.3, 1) * np.exp(-(((x - rng.uniform(0.15, 0.9)) / rng.uniform(0.05, 0.14)) ** 2))
                for _ in range(waves)
            )
            y = y / max(1, y.max()) * rng.uniform(0.5, 1)
        y = np.clip(y + rng.normal(0, rng.choice((0, 0.008, 0.03)), 70) * (y > 0.03), 0, 1) * 0.95
        chart.line(x, y, chart.palette[i])
    chart.ticks(
        _some(rng, ("Mar", "Jun", "Sep", "Dec"), 4) if chance(rng, 0.3) else ("Mar", "Jun", "Sep", "Dec"),
        ("0", "2k", "4k", "6k")[: int(rng.integers(2, 5))],
    )
    if chance(rng, 0.6):
        chart.legend(_some(rng, COUNTRIES, count))
    return chart.finished(), {"quantity": quantity, "lines": count}


def pie_chart(rng, size):
    """Shares of a whole; a ring in some."""
    chart = Chart(
        rng,
        size,
        pick(rng, ("Cancer types", "Blood groups", "Patients", "Causes of death", "Diagnoses", None)),
        frame=False,
    )
    count = int(rng.integers(2, 8))
    shares = rng.dirichlet(np.full(count, 2.5))
    r, cx, cy = chart.s * rng.uniform(0.26, 0.4), chart.s * rng.uniform(0.45, 0.55), chart.s * rng.uniform(0.52, 0.57)
    start = rng.uniform(0, 360)
    letters = _some(rng, SHARES, count)
    burst = int(rng.integers(count)) if chance(rng, 0.25) else -1
    edge = chart.paper if chance(rng, 0.5) else None
    for i, share in enumerate(shares):
        end, middle = start + 360 * share, np.deg2rad(start + 180 * share)
        ux, uy = np.cos(middle), np.sin(middle)
        out = 0.12 * r if i == burst else 0
        x, y = cx + ux * out, cy + uy * out
        chart.draw.pieslice((x - r, y - r, x + r, y + r), start, end, fill=chart.palette[i % 7], outline=edge)
        if share > 0.08 and chance(rng, 0.75):
            chart.draw.text(
                (x + ux * r * 0.65, y + uy * r * 0.65),
                f"{share * 100:.0f}%",
                fill=chart.paper,
                font=font(chart.letters * 0.9),
                anchor="mm",
            )
        if chance(rng, 0.5):
            chart.draw.text(
                (x + ux * r * 1.18, y + uy * r * 1.12),
                letters[i],
                fill=chart.ink,
                font=font(chart.letters * 0.85),
                anchor="mm",
            )
        start = end
    ring = chance(rng, 0.2)
    if ring:
        h = r * rng.uniform(0.4, 0.6)
        chart.draw.ellipse((cx - h, cy - h, cx + h, cy + h), fill=chart.paper)
    return chart.finished(), {"slices": count} | ({"shape": "a ring"} if ring else {})


def bar_chart(rng, size):
    """Upright or lying bars, with error bars in some."""
    chart = Chart(
        rng,
        size,
        pick(rng, ("Expression", "Survival", "Response rate", "Dose", None)),
        None,
        pick(rng, ("level", "%", "count", None)),
    )
    count = int(rng.integers(2, 9))
    heights, lying = rng.uniform(0.15, 0.92, count), chance(rng, 0.3)
    one_colour = chance(rng, 0.5)
    errors = chance(rng, 0.5)
    names = _some(rng, GROUPS, count)
    for i, h in enumerate(heights):
        a, b, m = (i + 0.15) / count, (i + 0.85) / count, (i + 0.5) / count
        colour = chart.palette[0 if one_colour else i % 7]
        chart.box(*((0, a, h, b) if lying else (a, 0, b, h)), colour)
        if errors:
            e = rng.uniform(0.03, 0.08)
            chart.line(*(([h - e, h + e], [m, m]) if lying else ([m, m], [h - e, h + e])), chart.ink, 2)
        if count < 6 and not lying:
            chart.text((m, -0.02), names[i], "ma", chart.letters * (0.75 if count < 4 else 0.58))
    chart.ticks((), () if lying else ("0", "20", "40", "60"))
    attributes = {"bars": count, "orientation": "horizontal" if lying else "vertical"}
    return chart.finished(), attributes | ({"detail": "error bars"} if errors else {})


def scatter_plot(rng, size):
    """Dots along a trend or in clusters, with a regression line in some."""
    chart = Chart(
        rng,
        size,
        pick(rng, ("Correlation", "PCA", "t-SNE", "BMI and age", None)),
        pick(rng, ("age", "PC1", "dose", "x")),
        pick(rng, ("BMI", "PC2", "y")),
    )
    radius = chart.s * rng.uniform(0.008, 0.018)
    pattern = pick(rng, ("positive correlation", "negative correlation", "no correlation", "clusters"))
    n = int(rng.integers(25, 160))
    if pattern == "clusters":
        groups = int(rng.integers(2, 5))
        for g in range(groups):
            for x, y in np.clip(rng.normal(rng.uniform(0.2, 0.8, 2), 0.07, (n // groups, 2)), 0.01, 0.99):
                chart.dot(x, y, chart.palette[g], radius)
    else:
        x = rng.uniform(0.04, 0.96, n)
        slope = {"positive correlation": 0.8, "negative correlation": -0.8, "no correlation": 0}[pattern]
        y = np.clip(0.5 + slope * (x - 0.5) + rng.normal(0, 0.09 if slope else 0.22, n), 0.02, 0.98)
        for px, py in zip(x, y):
            chart.dot(px, py, chart.palette[0], radius)
        if slope and chance(rng, 0.5):
            chart.line([0.03, 0.97], [0.5 - slope * 0.47, 0.5 + slope * 0.47], chart.palette[3])
    chart.ticks(("0", "1", "2", "3"), ("0", "1", "2"))
    return chart.finished(), {"pattern": pattern}


def volcano_plot(rng, size):
    """Fold change against significance: grey crowd below, coloured wings above the thresholds."""
    chart = Chart(
        rng,
        size,
        pick(rng, ("Volcano plot", "Differential expression", "Tumor vs normal", None)),
        "log2 fold change",
        "-log10 p",
    )
    n = int(rng.integers(180, 330))
    change = rng.normal(0, 0.16, n)
    height = np.clip(
        np.abs(change) * rng.uniform(1.2, 2.4) * rng.uniform(0.2, 1.3, n) + rng.exponential(0.03, n), 0, 0.97
    )
    radius = chart.s * rng.uniform(0.005, 0.011)
    up, down = pick(
        rng, (((214, 39, 40), (31, 119, 180)), ((200, 30, 60), (20, 140, 70)), ((255, 127, 14), (120, 60, 180)))
    )
    cut, level = rng.uniform(0.1, 0.16), rng.uniform(0.2, 0.32)
    for c, h in zip(change, height):
        hit = h > level and abs(c) > cut
        chart.dot(np.clip(0.5 + c, 0.01, 0.99), h + 0.01, (up if c > 0 else down) if hit else (165, 165, 165), radius)
    for x in (0.5 - cut, 0.5 + cut):
        chart.line([x, x], [0, 1], chart.ink, 1)
    chart.line([0, 1], [level, level], chart.ink, 1)
    chart.ticks(("-4", "-2", "0", "2", "4"), ("0", "5", "10"))
    return chart.finished(), {}


def heatmap(rng, size):
    """A matrix of coloured cells: genes by samples, with clusters and a colour bar."""
    chart = Chart(rng, size, pick(rng, ("Gene expression", "Correlation matrix", "Clusters", None)), frame=False)
    rows, columns = int(rng.integers(5, 26)), int(rng.integers(5, 26))
    values = np.add.outer(np.sort(rng.normal(0, 1, rows)), np.zeros(columns)) * np.sign(
        np.linspace(-1, 1, columns) + rng.uniform(-0.5, 0.5)
    )
    values = values + rng.normal(0, 0.7, (rows, columns))
    name, ramp = pick(
        rng,
        (
            ("blue to red", ((0.15, 0.2, 0.7), (0.97, 0.97, 0.97), (0.75, 0.05, 0.1))),
            ("viridis", ((0.27, 0, 0.33), (0.13, 0.57, 0.55), (0.99, 0.91, 0.15))),
            ("green to red", ((0, 0.7, 0.1), (0.02, 0.02, 0.02), (0.85, 0, 0))),
            ("yellow to red", ((1, 1, 0.8), (0.99, 0.55, 0.24), (0.5, 0, 0.15))),
        ),
    )
    cells = to_image(tinted(np.clip(values / 5 + 0.5, 0, 1).astype(np.float32), colours=ramp))
    box = [int(v) for v in (chart.x0, chart.y1, chart.x0 + (chart.x1 - chart.x0) * 0.86, chart.y0)]
    chart.image.paste(cells.resize((box[2] - box[0], box[3] - box[1]), Image.NEAREST), box[:2])
    bar = to_image(tinted(np.linspace(1, 0, 64, dtype=np.float32)[:, None].repeat(2, 1), colours=ramp))
    chart.image.paste(bar.resize((int(chart.s * 0.04), (box[3] - box[1]) // 2)), (int(box[2] + chart.s * 0.03), box[1]))
    for i, gene in enumerate(_some(rng, GENES, 6)):
        chart.text((-0.02, (i + 0.5) / 6), gene, "rm", chart.letters * 0.6)
    return chart.finished(), {"colour map": name}


def kaplan_meier(rng, size):
    """Survival curves: steps down from 1, censoring ticks, one curve a group."""
    chart = Chart(
        rng,
        size,
        pick(rng, ("Overall survival", "Kaplan-Meier", "Progression-free survival", None)),
        pick(rng, ("Months", "Time (years)", "Days")),
        pick(rng, ("Survival", "Probability")),
    )
    count = int(rng.integers(1, 4))
    for i in range(count):
        n = int(rng.integers(9, 26))
        times = np.sort(rng.uniform(0.02, 0.98, n))
        drops = np.cumprod(1 - rng.uniform(0.01, rng.uniform(0.05, 0.18), n))
        x, y = np.repeat(np.concatenate([[0], times, [1]]), 2)[1:-1], np.repeat(np.concatenate([[1], drops]), 2)
        chart.line(x, y * 0.96, chart.palette[i])
        for k in rng.integers(0, n, 5):
            chart.line([times[k] + 0.01] * 2, [drops[k] * 0.96 - 0.02, drops[k] * 0.96 + 0.02], chart.palette[i], 2)
    chart.ticks(("0", "12", "24", "36", "48"), ("0.0", "0.5", "1.0"))
    chart.legend(_some(rng, GROUPS, count), x=0.55)
    if chance(rng, 0.6):
        chart.text((0.06, 0.08), pick(rng, ("p < 0.001", "p = 0.03", "HR 0.62")), "lm", chart.letters * 0.9)
    return chart.finished(), {"curves": count}


def roc_curve(rng, size):
    """Sensitivity against false positives, above the diagonal of chance."""
    chart = Chart(
        rng,
        size,
        pick(rng, ("ROC curve", "ROC", "Receiver operating characteristic", None)),
        "False positive rate",
        "True positive rate",
    )
    count = int(rng.integers(1, 5))
    x = np.linspace(0, 1, 60)
    for i in np.linspace(0, 1, 17)[:-1:2]:
        chart.line([i, i + 0.06], [i, i + 0.06], (140, 140, 140), 2)
    names = []
    for i in range(count):
        power = rng.uniform(0.05, 0.6)
        chart.line(
            x,
            np.maximum.accumulate(np.clip(x**power + rng.normal(0, 0.012, 60) * x * (1 - x) * 4, 0, 1)),
            chart.palette[i],
        )
        names.append(f"AUC {1 / (1 + power):.2f}")
    chart.ticks(("0", "0.5", "1"), ("0", "0.5", "1"))
    chart.legend(names, x=0.45, y=0.08 + 0.085 * (count - 1))
    return chart.finished(), {"curves": count}


def box_plot(rng, size):
    """Boxes with medians and whiskers, one a group."""
    chart = Chart(
        rng,
        size,
        pick(rng, ("Expression", "Biomarker level", "Score", None)),
        None,
        pick(rng, ("level", "score", "mg/dl")),
    )
    count = int(rng.integers(2, 7))
    names = _some(rng, GROUPS, count)
    for i in range(count):
        m, half = (i + 0.5) / count, 0.3 / count
        low, q1, mid, q3, high = np.sort(rng.normal(rng.uniform(0.35, 0.65), 0.14, 5).clip(0.04, 0.96))
        chart.line([m, m], [low, high], chart.ink, 2)
        chart.box(m - half, q1, m + half, q3, chart.palette[i % 7], chart.ink)
        chart.line([m - half, m + half], [mid, mid], chart.ink, 3)
        for v in (low, high):
            chart.line([m - half / 2, m + half / 2], [v, v], chart.ink, 2)
        for v in rng.uniform(0.02, 0.98, int(rng.integers(0, 3))):
            chart.dot(m, v, chart.ink, chart.s * 0.007)
        if count < 6:
            chart.text((m, -0.02), names[i], "ma", chart.letters * (0.75 if count < 4 else 0.58))
    chart.ticks((), ("0", "5", "10", "15"))
    return chart.finished(), {"boxes": count}

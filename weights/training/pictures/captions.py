"""Captions of varied wording for a class and the attributes that were drawn."""

from .paint import chance, pick

TEMPLATES = (
    "this is a photo of {}",
    "{}",
    "a photo of {}",
    "this is an image of {}",
    "an image showing {}",
    "a picture of {}",
    "medical image: {}",
    "figure showing {}",
    "an example of {}",
    "{} is presented",
    "{}, representative image",
    "{} from a study",
    "here we see {}",
    "this picture shows {}",
)

SYNONYMS = {
    "squamous cell carcinoma histopathology": (
        "squamous cell carcinoma",
        "squamous cell carcinoma under the microscope",
        "section of squamous cell carcinoma",
    ),
    "hematoxylin and eosin histopathology": (
        "H&E histopathology",
        "normal tissue, hematoxylin and eosin stain",
        "hematoxylin and eosin section",
        "H&E stained tissue",
    ),
    "bone X-ray": ("bone radiograph", "limb X-ray", "radiograph of a bone", "skeletal X-ray"),
    "adenocarcinoma histopathology": ("adenocarcinoma", "gland forming adenocarcinoma", "section of adenocarcinoma"),
    "covid line chart": (
        "COVID-19 line chart",
        "covid line graph",
        "line plot of covid data",
        "epidemic curve of covid",
    ),
    "immunohistochemistry histopathology": (
        "immunohistochemistry",
        "IHC stained tissue",
        "brown immunohistochemical staining",
        "immunostained section",
    ),
    "chest X-ray": ("chest radiograph", "thorax X-ray", "X-ray of the lungs", "CXR"),
    "brain MRI": (
        "MRI of the brain",
        "magnetic resonance image of the brain",
        "brain magnetic resonance imaging",
        "brain MR scan",
    ),
    "pie chart": ("pie graph", "circular chart of shares", "pie diagram"),
    "Masson trichrome histopathology": ("Masson trichrome stained tissue", "trichrome stain"),
    "retina fundus photograph": ("retinal fundus image", "eye fundus", "color fundus photograph", "retina of the eye"),
    "retinal microaneurysms": ("fundus detail with microaneurysms", "microaneurysms in the retina"),
    "retinal OCT": ("optical coherence tomography of the retina", "OCT scan of the macula"),
    "skin lesion dermoscopy": ("dermoscopic image", "dermatoscopy of a skin lesion", "pigmented skin lesion"),
    "fluorescence microscopy": ("immunofluorescence image", "fluorescent cells", "fluorescence micrograph of cells"),
    "cell phase microscopy": (
        "quantitative phase image of a cell",
        "phase contrast microscopy",
        "phase microscopy",
        "phase microscopy of cells",
        "cell in phase contrast",
    ),
    "blood smear": ("peripheral blood film", "Giemsa blood smear", "red blood cells under the microscope"),
    "gram stain bacteria": ("gram stained bacteria", "bacteria on gram stain"),
    "electron micrograph": ("transmission electron microscopy", "TEM image of a cell"),
    "gel electrophoresis": ("agarose gel", "gel with bands", "electrophoresis gel"),
    "axial CT": ("axial CT scan", "computed tomography slice", "CT image"),
    "whole-body PET": ("PET scan", "FDG PET image", "positron emission tomography"),
    "ultrasound": ("sonogram", "ultrasound scan", "ultrasonography"),
    "mammogram": ("mammography", "breast X-ray"),
    "dental X-ray": ("radiograph of teeth", "dental radiograph"),
    "spine X-ray": ("radiograph of the spine", "vertebral column X-ray"),
    "ECG trace": ("electrocardiogram", "ECG", "EKG recording"),
    "bar chart": ("bar graph", "bar plot"),
    "scatter plot": ("scatter chart", "scatter diagram"),
    "volcano plot": ("volcano plot of differential expression", "volcano plot of genes"),
    "heatmap": ("heat map", "gene expression heatmap"),
    "Kaplan-Meier curve": ("Kaplan-Meier survival plot", "survival curve"),
    "ROC curve": ("receiver operating characteristic curve", "ROC plot"),
    "box plot": ("box and whisker plot", "boxplot"),
}

ADJECTIVES = ("differentiation", "gram", "kind", "orientation", "preparation", "species", "plane", "view", "weighting")

PHRASES = {
    "cell density": ("with {} cells", "with {} cellularity"),
    "colour map": ("in {} colors", "colored {}"),
    "count": ("showing {}", "with {}"),
    "density": ("of a {} breast", "with {} tissue"),
    "detail": ("with {}",),
    "eye": ("of the {} eye", "{} eye"),
    "finding": ("with {}", "showing {}", "demonstrating {}"),
    "intensity": ("with {} expression", "{} intensity"),
    "label": ("with {}", "showing {}"),
    "part": ("of the {}", "showing the {}"),
    "pattern": ("with {}", "showing {}"),
    "quantity": ("of {}", "showing {}"),
    "region": ("of the {}", "at the {}"),
    "rhythm": ("showing {}", "with {}"),
    "shape": ("showing {}", "with {}"),
    "side": ("on the {}", "on the {} side"),
    "stain": ("stained with {}", "in {} stain"),
    "staining": ("with {} staining", "{} positivity"),
    "tissue": ("of {}", "showing {}"),
    "window": ("in the {} window",),
}

COUNTED = {
    "bars": "bar",
    "boxes": "box",
    "curves": "curve",
    "lanes": "lane",
    "leads": "lead",
    "lines": "line",
    "slices": "slice",
}
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def caption(class_name, attributes, rng, stated=0.5):
    """A caption: the class or a synonym, each attribute with probability `stated`, in one of the templates."""
    noun = class_name if chance(rng, 0.6) else pick(rng, SYNONYMS[class_name])
    before, after = [], []
    for key, value in attributes.items():
        if not chance(rng, stated * (0.3 if key == "stain" else 1)):
            continue
        if key in ADJECTIVES:
            before.append(f"{value}-weighted" if key == "weighting" else value)
        elif key in COUNTED:
            after.append(_counted(rng, int(value), COUNTED[key]))
        else:
            after.append(pick(rng, PHRASES[key]).format(value))
    template = TEMPLATES[0] if chance(rng, 0.25) else pick(rng, TEMPLATES)
    return template.format(" ".join([*before, noun, *_joined(after)]))


def _joined(phrases):
    """The phrases, with "with a mass", "with calcium" made "with a mass", "and calcium"."""
    for i, phrase in enumerate(phrases):
        first = phrase.split(" ")[0]
        repeated = i > 0 and first in ("with", "showing") and phrases[i - 1].startswith(first)
        yield "and" + phrase.removeprefix(first) if repeated else phrase


def _counted(rng, count, noun):
    number = NUMBERS[count] if chance(rng, 0.5) else str(count)
    plural = noun if count == 1 else noun + ("es" if noun.endswith("x") else "s")
    return f"with {number} {plural}"


def vocabulary_texts():
    """Every fixed wording above, for building the tokenizer's vocabulary."""
    phrases = [p for options in PHRASES.values() for p in options]
    return [*TEMPLATES, *SYNONYMS, *(s for names in SYNONYMS.values() for s in names), *phrases, *NUMBERS]

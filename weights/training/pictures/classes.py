"""The subjects that can be drawn, by the names their captions use."""

from . import (
    bone_xray,
    charts,
    chest_xray,
    ct,
    ecg,
    eye_and_skin,
    histology,
    microscopy,
    mri,
    pet,
    soft_xray,
    ultrasound,
)

_DRAWERS = {
    "squamous cell carcinoma histopathology": histology.squamous_cell_carcinoma,
    "hematoxylin and eosin histopathology": histology.hematoxylin_eosin,
    "bone X-ray": bone_xray.bone_xray,
    "adenocarcinoma histopathology": histology.adenocarcinoma,
    "covid line chart": charts.covid_line_chart,
    "immunohistochemistry histopathology": histology.immunohistochemistry,
    "chest X-ray": chest_xray.chest_xray,
    "brain MRI": mri.brain_mri,
    "pie chart": charts.pie_chart,
    "Masson trichrome histopathology": histology.masson_trichrome,
    "retina fundus photograph": eye_and_skin.retina_fundus,
    "retinal microaneurysms": eye_and_skin.retinal_microaneurysms,
    "retinal OCT": eye_and_skin.retinal_oct,
    "skin lesion dermoscopy": eye_and_skin.skin_dermoscopy,
    "fluorescence microscopy": microscopy.fluorescence_microscopy,
    "cell phase microscopy": microscopy.phase_microscopy,
    "blood smear": microscopy.blood_smear,
    "gram stain bacteria": microscopy.gram_stain,
    "electron micrograph": microscopy.electron_micrograph,
    "gel electrophoresis": microscopy.gel_electrophoresis,
    "axial CT": ct.axial_ct,
    "whole-body PET": pet.pet_scan,
    "ultrasound": ultrasound.ultrasound,
    "mammogram": soft_xray.mammogram,
    "dental X-ray": soft_xray.dental_xray,
    "spine X-ray": bone_xray.spine_xray,
    "ECG trace": ecg.ecg_trace,
    "bar chart": charts.bar_chart,
    "scatter plot": charts.scatter_plot,
    "volcano plot": charts.volcano_plot,
    "heatmap": charts.heatmap,
    "Kaplan-Meier curve": charts.kaplan_meier,
    "ROC curve": charts.roc_curve,
    "box plot": charts.box_plot,
}

CLASSES = tuple(_DRAWERS)

SEED_CLASSES = CLASSES[:9]
"""The nine subjects of the study that the example set opens with, in its order."""

REAL_LABELS = SEED_CLASSES + (
    "retina fundus photograph",
    "retinal microaneurysms",
    "cell phase microscopy",
    "axial CT",
    "fluorescence microscopy",
    "ultrasound",
    "ECG trace",
)
"""Sixteen labels that the real pictures are classified among; the classes of `real.py` are all of them here."""


def drawer(class_name):
    """The function that draws a class. KeyError for an unknown one."""
    return _DRAWERS[class_name]


def draw(class_name, rng, size=128):
    """Draws one picture of a class: `(PIL RGB image [size, size], attributes)`. KeyError for an unknown class."""
    return _DRAWERS[class_name](rng, size)

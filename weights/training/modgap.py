"""ModGap's two penalties beside CLIP's loss: true pairs lie together, the middles of pairs lie apart.

Grassucci et al. 2026, "Closing the Modality Gap Aligns Group-Wise Semantics", ICLR, arXiv 2601.18525; weights over time
and logit scale 10 (temperature 0.1) as in their released config.yaml and losses.py (github.com/ispamm/ModGap, e3dfba6):
    loss = CLIP + alpha * mean |x_i - y_i|^2 + beta * log mean_{i<j} exp(-2 |c_i - c_j|^2), c = unit((x + y) / 2)
alpha is 1 in the first half and rises to 2; beta is 1 for a fifth of the time and falls to 0 in the next half.
"""
import torch

ALIGN_RISE = (0.5, 1.0)  # shares of the training
UNIFORM_FALL = (0.2, 0.7)
UNIFORM_SHARPNESS = 2.0  # Wang and Isola 2020


def share_done(at: float, start: float, end: float) -> float:
    return min(1.0, max(0.0, (at - start) / (end - start)))


def penalty(images: torch.Tensor, texts: torch.Tensor, excluded: torch.Tensor, at: float) -> torch.Tensor:
    """Of unit rows [B, D] of pairs, `at` from 0 to 1. Pairs that are `excluded` [B, B] as counter-examples need not be
    apart here either, which is this recipe's change to the formula."""
    alpha = 1 + share_done(at, *ALIGN_RISE)
    beta = 1 - share_done(at, *UNIFORM_FALL)
    align = (images - texts).square().sum(1).mean()
    return alpha * align + beta * centroid_uniformity(images, texts, excluded)


def centroid_uniformity(images: torch.Tensor, texts: torch.Tensor, excluded: torch.Tensor) -> torch.Tensor:
    middles = torch.nn.functional.normalize((images + texts) / 2)
    apart = torch.ones_like(excluded).triu(1) & ~excluded
    distances = (2 - 2 * middles @ middles.T)[apart]
    return distances.mul(-UNIFORM_SHARPNESS).exp().mean().log()

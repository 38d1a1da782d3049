"""Changes that leave a picture's caption true: small shifts, turns, scales, a mirror where no side is named, colours."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F


def affine(pictures: Tensor, mirror: np.ndarray, random: np.random.RandomState, strength: float, padding: str = "border") -> Tensor:
    """Pictures [B, C, S', S'] to [B, C, 96, 96]; beyond the edge `padding` (border or zeros)."""
    B = len(pictures)
    angle = random.uniform(-0.25, 0.25, B) * strength
    scale = np.exp(random.uniform(-0.22, 0.22, (B, 1)) * strength + random.uniform(-0.06, 0.06, (B, 2)) * strength)
    shift = random.uniform(-0.15, 0.15, (B, 2)) * strength
    cos, sin = np.cos(angle), np.sin(angle)
    flip = np.where(mirror & (random.rand(B) < 0.5), -1.0, 1.0)
    matrix = np.stack(
        [
            np.stack([cos * scale[:, 0] * flip, -sin * scale[:, 0], shift[:, 0]], 1),
            np.stack([sin * scale[:, 1] * flip, cos * scale[:, 1], shift[:, 1]], 1),
        ],
        1,
    ).astype(np.float32)
    grid = F.affine_grid(torch.from_numpy(matrix), [B, 1, 96, 96], align_corners=False)
    return F.grid_sample(pictures, grid, mode="bilinear", padding_mode=padding, align_corners=False)


def colours(pictures: Tensor, random: np.random.RandomState, strength: float | np.ndarray) -> Tensor:
    """Contrast, brightness, saturation and a cast; strength may differ from picture to picture."""
    B = len(pictures)
    strength = np.broadcast_to(np.asarray(strength, np.float32), (B,)).reshape(B, 1, 1, 1)
    draw = lambda spread, shape: torch.from_numpy((random.uniform(-spread, spread, shape) * strength).astype(np.float32))
    grey = pictures.mean(1, keepdim=True)
    pictures = grey + (pictures - grey) * (1 + draw(0.5, (B, 1, 1, 1)))
    pictures = (pictures - 0.5) * (1 + draw(0.3, (B, 1, 1, 1))) + 0.5 + draw(0.15, (B, 1, 1, 1))
    return (pictures * (1 + draw(0.15, (B, 3, 1, 1)))).clamp(0, 1)

"""Repeatable numbers that test/support/numbers.ts makes too, so that golden files need not hold inputs."""

import numpy as np


def seeded_uniform(count: int, seed: int) -> np.ndarray:
    """float32 in [-1, 1): the same bits as seededUniform in test/support/numbers.ts."""
    mask = np.uint64(0xFFFFFFFF)
    t = (np.arange(count, dtype=np.uint64) + np.uint64(seed * 0x9E3779B9 % 2**32)) & mask
    t = ((t ^ (t >> np.uint64(16))) * np.uint64(0x7FEB352D)) & mask
    t = ((t ^ (t >> np.uint64(15))) * np.uint64(0x846CA68B)) & mask
    t = t ^ (t >> np.uint64(16))
    return (t.astype(np.float64) / 2**31 - 1).astype(np.float32)

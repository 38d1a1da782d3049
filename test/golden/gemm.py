"""Writes gemm.json: the activations in double precision: torch.nn.functional.gelu, exact (erf) and by tanh, torch.tanh, and
x * torch.sigmoid(1.702 * x), which open_clip calls QuickGELU. Run: /usr/bin/python3 test/golden/gemm.py"""

import json
from pathlib import Path

import torch

x = [0.0, 1e-30, -1e-30, 1e-4, -1e-4, 0.1, -0.1, 0.5, -0.5, 1.0, -1.0, -2.5, 2.5, -3.0, 3.0, -4.5, 4.5, -6.0, 6.0]
x += [-9.0, 9.0, -13.0, 13.0, -14.0, -40.0, 40.0, -1e4, 1e4, -1e20, 1e20, -3e38, 3e38]
x32 = torch.tensor(x, dtype=torch.float32).double()  # what the GPU is given
activations = {
    "gelu": torch.nn.functional.gelu(x32),
    "quickGelu": x32 * torch.sigmoid(1.702 * x32),
    "geluTanh": torch.nn.functional.gelu(x32, approximate="tanh"),
    "tanh": torch.tanh(x32),
}
tables = {name: [[a, b] for a, b in zip(x32.tolist(), y.tolist())] for name, y in activations.items()}
Path(__file__).with_suffix(".json").write_text(json.dumps({"torch": torch.__version__, **tables}) + "\n")

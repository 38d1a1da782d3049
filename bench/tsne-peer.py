"""scikit-learn's TSNE for bench/tsne.ts, with its early stop off.

tsne-peer.py digits x.npy               writes its digits set
tsne-peer.py run x.npy y.npy '{json}'   maps x; prints {"klDivergence", "seconds", "sklearn"}
"""

import json
import sys
import time

import numpy as np
import sklearn
from sklearn.datasets import load_digits
from sklearn.manifold import TSNE

if sys.argv[1] == "digits":
    np.save(sys.argv[2], load_digits().data.astype("<f4"))
else:
    x = np.load(sys.argv[2])
    model = TSNE(n_components=2, n_iter_without_progress=10**9, min_grad_norm=0.0, **json.loads(sys.argv[4]))
    start = time.perf_counter()
    y = model.fit_transform(x)
    seconds = time.perf_counter() - start
    np.save(sys.argv[3], y.astype("<f4"))
    print(json.dumps({"klDivergence": float(model.kl_divergence_), "seconds": seconds, "sklearn": sklearn.__version__}))

# The figures of the page's table of pairs, by NumPy: python3 test/golden/pair-figures.py > test/golden/pair-figures.json
import json

import numpy as np

N, D, K, SAME = 60, 16, 10, 0.99
rng = np.random.default_rng(7)
shared = rng.normal(size=(N, D))
images = shared + 0.9 * rng.normal(size=(N, D))
texts = shared + 0.9 * rng.normal(size=(N, D)) + 2
texts[20] = texts[4]  # a caption that two images have
images[31] = images[30] + 0.01  # nearly the same picture
images[50] = -5 * images.mean(axis=0) + 4 * rng.normal(size=D)  # far from all
images, texts = (np.round(rows / np.linalg.norm(rows, axis=1, keepdims=True), 6) for rows in (images, texts))


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def ranks(queries, candidates):
    cosines = unit(queries) @ unit(candidates).T
    own = np.diag(cosines)[:, None]
    beats = cosines > own + 1e-9  # an equal row does not beat
    best = np.where(beats.any(axis=1), np.argmax(cosines, axis=1), -1)
    return np.diag(cosines), 1 + beats.sum(axis=1), best


def remoteness(rows):
    cosines = unit(rows) @ unit(rows).T
    np.fill_diagonal(cosines, -np.inf)
    return (1 - np.sort(cosines, axis=1)[:, -K:]).mean(axis=1)


def twins(rows):
    cosines = unit(rows) @ unit(rows).T
    np.fill_diagonal(cosines, -np.inf)
    return (cosines >= SAME).any(axis=1)


cosine, caption_rank, beating = ranks(images, texts)
_, image_rank, _ = ranks(texts, images)
print(
    json.dumps(
        {
            "images": images.tolist(),
            "texts": texts.tolist(),
            "cosine": np.round(cosine, 6).tolist(),
            "captionRank": caption_rank.tolist(),
            "imageRank": image_rank.tolist(),
            "beatingCaption": beating.tolist(),
            "imageDistance": np.round(remoteness(images), 6).tolist(),
            "captionDistance": np.round(remoteness(texts), 6).tolist(),
            "twins": twins(images).tolist(),
        }
    )
)

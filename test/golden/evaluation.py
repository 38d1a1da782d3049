"""Expected values of classification metrics, probes and averaged prompts, by scikit-learn and NumPy: /usr/bin/python3 evaluation.py"""
import json
import os
import warnings

import numpy as np
from scipy.special import logsumexp, softmax
from sklearn import metrics
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))


def number(value):
    return None if value is None or np.isnan(value) else float(value)


def mean_of_defined(values):
    defined = [value for value in values if value is not None]
    return float(np.mean(defined)) if defined else None


def case(name, n, classes, seed, scale=1.0, bias=None, step=None, present=None, lean=1.0):
    random = np.random.default_rng(seed)
    labels = random.choice(present if present is not None else classes, n)
    scores = random.normal(size=(n, classes))
    scores[np.arange(n), labels] += lean
    scores = np.round(scores, 3) if step is None else np.round(scores / step) * step
    logits = scale * scores + (bias or 0)
    p = softmax(logits, axis=1) if bias is None else 1 / (1 + np.exp(-logits))
    answers = np.argmax(p, axis=1)
    every = np.arange(classes)
    right = (answers == labels).astype(float)
    confidence = p[np.arange(n), answers]
    edges = np.linspace(0, 1, 16)
    error = 0.0
    bins = []
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
        bins.append(int(inside.sum()))
    # log(p / (1 - p)) ranks as p does, without rounding to 0 or 1
    odds = logits if bias is not None else np.stack(
        [logits[:, c] - logsumexp(np.delete(logits, c, axis=1), axis=1) for c in every], axis=1)
    aurocs = []
    for c in every:
        truth = labels == c
        # rounded, or items whose odds differ in the last bit alone would be no ties
        aurocs.append(number(metrics.roc_auc_score(truth, np.round(odds[:, c], 9))) if 0 < truth.sum() < n else None)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(labels, answers, labels=every, zero_division=0)
    seen = np.union1d(labels, answers)
    order = np.argsort(-scores, axis=1, kind="stable")
    return {
        "name": name,
        "scores": [float(value) for value in scores.ravel()],
        "labels": labels.tolist(),
        "classes": classes,
        "scale": scale,
        "bias": bias,
        "accuracy": metrics.accuracy_score(labels, answers),
        "balancedAccuracy": metrics.balanced_accuracy_score(labels, answers),
        "macroF1": metrics.f1_score(labels, answers, average="macro", zero_division=0),
        "macroAuroc": mean_of_defined(aurocs),
        "aurocOvr": number(metrics.roc_auc_score(labels, p, multi_class="ovr"))
        if bias is None and step is None and classes > 2 and len(np.unique(labels)) == classes
        else None,
        "top5": float(np.mean([label in row[:5] for label, row in zip(labels, order)])) if classes > 5 else None,
        "calibrationError": float(error),
        "brier": float(np.mean(np.sum((p - np.eye(classes)[labels]) ** 2, axis=1))),
        "bins": bins,
        "auroc": aurocs,
        "precision": precision.tolist(),
        "recall": [number(r) if s > 0 else None for r, s in zip(recall, support)],
        "f1": [number(f) if c in seen else None for c, f in zip(every, f1)],
        "confusion": metrics.confusion_matrix(labels, answers, labels=every).tolist(),
    }


def prompts():
    random = np.random.default_rng(11)
    vectors = np.round(random.normal(size=(7, 5)), 3).astype(np.float32)
    owners = [0, 1, 0, 2, 1, 0, 2]
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    means = np.array([unit[[o == c for o in owners]].mean(axis=0) for c in range(3)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    return {"vectors": vectors.ravel().tolist(), "dim": 5, "owners": owners, "expected": means.ravel().tolist()}


def probe():
    random = np.random.default_rng(5)
    dim, classes, n, m = 9, 4, 90, 40
    centres = random.normal(size=(classes, dim))
    labels = random.integers(classes, size=n + m)
    rows = centres[labels] + 1.3 * random.normal(size=(n + m, dim))
    rows = np.round(rows / np.linalg.norm(rows, axis=1, keepdims=True), 4)
    linear = {}
    for c in (0.01, 1.0, 100.0):
        model = LogisticRegression(C=c, tol=1e-10, max_iter=10000).fit(rows[:n], labels[:n])
        linear[str(c)] = {
            "weight": model.coef_.ravel().tolist(),
            "bias": model.intercept_.tolist(),
            "probabilities": model.predict_proba(rows[n:]).ravel().tolist(),
        }
    two = labels < 2
    binary = LogisticRegression(C=3.0, tol=1e-10, max_iter=10000).fit(rows[:n][two[:n]], labels[:n][two[:n]])
    nearest = {}
    for k in (1, 5, 20):
        voted = KNeighborsClassifier(k, metric="cosine", algorithm="brute", weights=lambda d: np.exp((1 - d) / 0.07))
        even = KNeighborsClassifier(k, metric="cosine", algorithm="brute", weights="uniform")
        nearest[str(k)] = {
            "weighted": voted.fit(rows[:n], labels[:n]).predict_proba(rows[n:]).ravel().tolist(),
            "majority": even.fit(rows[:n], labels[:n]).predict_proba(rows[n:]).ravel().tolist(),
        }
    return {
        "dim": dim,
        "rows": rows.ravel().tolist(),
        "labels": labels.tolist(),
        "train": n,
        "linear": linear,
        "binary": {"C": 3.0, "probabilities": binary.predict_proba(rows[n:]).ravel().tolist()},
        "nearest": nearest,
    }


cases = [
    case("three classes", 60, 3, 1),
    case("two classes, as cosines of a model", 80, 2, 2, scale=85.0, step=1 / 64),
    case("ties", 70, 4, 3, step=0.5),
    case("seven classes, two of them absent", 90, 7, 4, present=[0, 1, 3, 4, 6]),
    case("one class alone", 20, 3, 5, present=[1]),
    case("sigmoid, as SigLIP", 50, 3, 6, scale=4.0, bias=-3.0),
]


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.12g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return value


with open(os.path.join(HERE, "evaluation.json"), "w") as file:
    json.dump(rounded({"cases": cases, "prompts": prompts(), "probe": probe()}), file, separators=(",", ":"))
    file.write("\n")

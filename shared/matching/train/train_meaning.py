"""Trains the score by meaning on vectors of several embedding models and writes model/meaning.json.

It sees no cosine, only how far one stands out, so one ensemble serves every model; that is checked by training on the
vectors of each model alone and measuring on those of the others, in languages that were not trained on. Learned on the sets in two
languages that two_languages.py makes and, for what words cannot tell there, on Abt-Buy and Amazon-Google, each scored by
the words' model that was trained without it.

usage: train_meaning.py --data DIR --features BINARY --embedder NAME=URL [--embedder …] --work DIR --model DIR
needs: lightgbm, numpy (see requirements.txt); a server that speaks Ollama's protocol for each embedder
"""

import argparse
import json
import pathlib
import subprocess

import lightgbm
import numpy

from train import DIRECTION, ensemble
from two_languages import LANGUAGES

TRANSLATED = [f"names-{language}" for language in LANGUAGES]
PUBLIC = ["abt-buy", "amazon-google"]
VARIANTS = {"whole": [], "without": ["--without", "0.3", "--seed", "7"]}
META = ["list", "item", "same", "known"]
DIRECTIONS = DIRECTION | {"log_odds": 1, "meaning": 1, "meaning_margin": 1, "meaning_margin_to_rival_item": 1}
PARAMETERS = dict(num_leaves=6, learning_rate=0.1, min_child_samples=60, lambda_l2=5.0, feature_fraction=0.8)
TREES = 60


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, type=pathlib.Path, help="folder of the sets, public ones and translated ones")
    parser.add_argument("--features", required=True, type=pathlib.Path, help="the built example `meaning_features`")
    parser.add_argument("--embedder", required=True, action="append", help="NAME=URL of a server and its model")
    parser.add_argument("--work", required=True, type=pathlib.Path, help="folder for feature files")
    parser.add_argument("--model", required=True, type=pathlib.Path, help="folder of the models")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    embedders = dict(embedder.split("=", 1) for embedder in arguments.embedder)
    names, rows = None, {}
    for embedder, url in embedders.items():
        for name in TRANSLATED + PUBLIC:
            for variant, options in VARIANTS.items():
                names, rows[embedder, name, variant] = dump(arguments, embedder, url, name, options)
    half = len(TRANSLATED) // 2
    for embedder in embedders:
        seen = [table for key, table in rows.items() if key[0] == embedder and key[1] in TRANSLATED[:half] + PUBLIC]
        booster = fit(seen, names)
        for other in embedders:
            unseen = [rows[other, name, "without"] for name in TRANSLATED[half:]]
            print(f"learned from {embedder}, measured with {other} in other languages:", measured(booster, unseen))
    booster = fit(list(rows.values()), names)
    file = arguments.model / "meaning.json"
    file.write_text(json.dumps(ensemble(booster, names)) + "\n")


def dump(arguments, embedder, url, name, options):
    """The values' names, and the rows of a set."""
    out = arguments.work / "rows.bin"
    held_out = arguments.model / "held-out" / f"{name}.json"
    scorer = held_out if held_out.exists() else arguments.model / "scorer.json"
    command = [arguments.features, "--data", arguments.data, "--set", name, "--model", scorer, "--url", url,
               "--embedder", embedder, "--out", out, *options]
    names = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    rows = numpy.fromfile(out, dtype="<f4").reshape(-1, len(META) + len(names))
    return names, rows[rows[:, 3] > 0]


def fit(tables, names):
    # Each set weighs the same, but a set of few items that words cannot tell weighs little.
    weights = [numpy.full(len(rows), 1000.0 / max(100, len(numpy.unique(rows[:, 1])))) for rows in tables]
    rows = numpy.concatenate(tables)
    data = lightgbm.Dataset(rows[:, len(META):].copy(), rows[:, 2], weight=numpy.concatenate(weights), feature_name=names)
    direction = [DIRECTIONS.get(name, 0) for name in names]
    settings = dict(monotone_constraints=direction, monotone_constraints_method="intermediate", objective="binary",
                    verbose=-1, seed=1, deterministic=True, num_threads=1, **PARAMETERS)
    return lightgbm.train(settings, data, TREES)


def measured(booster, tables):
    """How many items have their product among the pairs, first among them, and are asked about, at 0.1."""
    known = first = asked = unknown = in_vain = 0
    for rows in tables:
        chance = booster.predict(rows[:, len(META):])
        for item in numpy.unique(rows[:, 1]):
            own = rows[:, 1] == item
            best, same = chance[own].argmax(), rows[own, 2] > 0
            is_asked = int(chance[own][best] >= 0.1)
            if same.any():
                known, first, asked = known + 1, first + int(same[best]), asked + is_asked
            else:
                unknown, in_vain = unknown + 1, in_vain + is_asked
    return f"of {known} {first} first, {asked} asked about; of {unknown} others {in_vain} asked about"


if __name__ == "__main__":
    main()

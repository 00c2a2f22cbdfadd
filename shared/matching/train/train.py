"""Trains the scorer on the public sets and writes model/scorer.json, and one model per set trained without that set.

Two ensembles: the first sees a pair alone, the second sees the pair within its list and catalogue (through the first
one's scores). The second is trained on scores that the first gave to items it had not seen: two half models, each
trained on every other item, score the other half.

Every set is used whole and with 30 % of its matched products taken out of the catalogue, so that "not in the
catalogue" is learned; once more with names alone, as many lists have nothing else.

usage: train.py --data DIR --features BINARY --work DIR --model DIR
needs: lightgbm, numpy (see requirements.txt)
"""

import argparse
import json
import pathlib
import subprocess

import lightgbm
import numpy

SETS = ["abt-buy", "amazon-google", "pricerunner"]
# How a set is presented: arguments of the feature dump.
VARIANTS = {
    "whole": [],
    "without": ["--without", "0.3", "--seed", "7"],
    "names": ["--names-only", "--without", "0.15", "--seed", "8"],
}
META = ["list", "item", "same", "known", "kept"]
# PriceRunner has thirty times the items of the others; its labels are noisy.
SET_WEIGHT = {"abt-buy": 1.0, "amazon-google": 1.0, "pricerunner": 1.5}
# Share of the lists learned from; PriceRunner has some three hundred lists, the others one each.
SHARE = {"abt-buy": 1.0, "amazon-google": 1.0, "pricerunner": 0.15}
VARIANT_WEIGHT = {"whole": 1.0, "without": 1.0, "names": 0.5}
# What can only speak for (1) or only against (-1) a pair, whatever a set's accidents say.
DIRECTION = {
    "text_cosine": 1, "name_cosine": 1, "word_cosine": 1, "item_words_found": 1, "product_words_found": 1,
    "code_agreed": 1, "quantities_agreed": 1, "colour": 1, "brand": 1,
    "rarest_item_word_missing": -1, "rarest_product_word_missing": -1, "item_codes_missing": -1,
    "product_codes_missing": -1, "item_numbers_missing": -1, "product_numbers_missing": -1,
    "quantities_in_conflict": -1, "item_variants_missing": -1, "product_variants_missing": -1,
    "pair_log_odds": 1, "rank": -1, "rival_product_log_odds": -1, "margin_to_rival_product": 1,
    "rival_item_log_odds": -1, "margin_to_rival_item": 1, "name_rank": -1, "name_margin": 1,
    "item_words_margin": 1, "product_words_margin": 1, "word_cosine_margin": 1, "code_margin": 1, "number_margin": 1,
    "price_margin": 1,
}
PAIR_PARAMETERS = dict(num_leaves=15, learning_rate=0.07, min_child_samples=40, lambda_l2=5.0, feature_fraction=0.7)
PAIR_TREES = 140
CONTEXT_PARAMETERS = dict(num_leaves=10, learning_rate=0.06, min_child_samples=40, lambda_l2=5.0, feature_fraction=0.7)
CONTEXT_TREES = 120


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--features", required=True, type=pathlib.Path, help="the built example `features`")
    parser.add_argument("--work", required=True, type=pathlib.Path, help="folder for feature files")
    parser.add_argument("--model", required=True, type=pathlib.Path, help="folder for the models")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    for stale in arguments.work.glob("*.bin"):
        stale.unlink()
    for left_out in SETS + [None]:
        names = [name for name in SETS if name != left_out]
        model = train(arguments, names, f"without-{left_out}" if left_out else "all")
        folder = arguments.model / "held-out" if left_out else arguments.model
        folder.mkdir(parents=True, exist_ok=True)
        (folder / (f"{left_out}.json" if left_out else "scorer.json")).write_text(json.dumps(model) + "\n")


def train(arguments, sets, tag):
    """The model learned on `sets`."""
    names, tables = dump(arguments, sets, [])
    pair_columns = [len(META) + place for place in range(len(names["pair"]))]
    halves = []
    for half in (0, 1):
        # Items of the one parity are scored by the model trained on the other.
        seen = [select(table, (table[1][:, 1] % 2 != half) & (table[1][:, 3] > 0)) for table in tables]
        booster = fit(seen, pair_columns, names["pair"], PAIR_PARAMETERS, PAIR_TREES)
        path = arguments.work / f"{tag}-half-{half}.json"
        path.write_text(json.dumps(model_file(booster, None, names)))
        halves += ["--model", str(path)]
    known = [select(table, table[1][:, 3] > 0) for table in tables]
    pair = fit(known, pair_columns, names["pair"], PAIR_PARAMETERS, PAIR_TREES)
    names, tables = dump(arguments, sets, halves)
    context_columns = [len(META) + place for place in range(len(names["context"]))]
    known = [select(table, (table[1][:, 3] > 0) & (table[1][:, 4] > 0)) for table in tables]
    context = fit(known, context_columns, names["context"], CONTEXT_PARAMETERS, CONTEXT_TREES)
    return model_file(pair, context, names)


def select(table, mask):
    return table[0], table[1][mask], table[2]


def dump(arguments, sets, models):
    """Feature names, and per set and variant (set, rows, variant)."""
    tables, names = [], None
    for name in sets:
        for variant, options in VARIANTS.items():
            if name == "pricerunner" and variant == "names":
                continue
            # Without a model the rows do not depend on what is left out.
            out = arguments.work / (f"{name}-{variant}.bin" if not models else "rows.bin")
            names_file = arguments.work / "names.json"
            if models or not out.exists():
                share = ["--share", str(SHARE[name])]
                command = [arguments.features, "--data", arguments.data, "--set", name, "--out", out, *share, *options, *models]
                names_file.write_bytes(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
            names = json.loads(names_file.read_text())
            width = len(META) + len(names["context"])
            tables.append((name, numpy.fromfile(out, dtype="<f4").reshape(-1, width), variant))
    return names, tables


def fit(tables, columns, names, parameters, trees):
    weights = []
    for name, rows, variant in tables:
        items = max(1, len(numpy.unique(rows[:, 0] * 1e6 + rows[:, 1])))
        weights.append(numpy.full(len(rows), 1000.0 * SET_WEIGHT[name] * VARIANT_WEIGHT[variant] / items))
    rows = numpy.concatenate([rows for _, rows, _ in tables])
    data = lightgbm.Dataset(rows[:, columns], rows[:, 2], weight=numpy.concatenate(weights), feature_name=names)
    direction = [DIRECTION.get(name, 0) for name in names]
    settings = dict(monotone_constraints=direction, monotone_constraints_method="intermediate", objective="binary", verbose=-1, seed=1, deterministic=True, num_threads=1, **parameters)
    return lightgbm.train(settings, data, trees)


def model_file(pair, context, names):
    nothing = dict(features=names["context"], bias=0.0, trees=[])
    return dict(
        format=1,
        trained_on="Abt-Buy, Amazon-Google, PriceRunner",
        pair=ensemble(pair, names["pair"]),
        context=ensemble(context, names["context"]) if context else nothing,
    )


def ensemble(booster, names):
    trees = [tree_file(tree["tree_structure"]) for tree in booster.dump_model()["tree_info"]]
    return dict(features=names, bias=0.0, trees=trees)


def tree_file(root):
    """Nodes in pre-order, so that children stand behind their parent; leaf k is -1 - k."""
    tree = dict(feature=[], threshold=[], left=[], right=[], leaf=[])

    def visit(node):
        if "split_feature" not in node:
            tree["leaf"].append(round(node["leaf_value"], 5))
            return -len(tree["leaf"])
        place = len(tree["feature"])
        tree["feature"].append(node["split_feature"])
        # The features are 32-bit; a threshold between two values stays between them when cut to 7 digits.
        tree["threshold"].append(float(f"{node['threshold']:.7g}"))
        tree["left"].append(0)
        tree["right"].append(0)
        tree["left"][place] = visit(node["left_child"])
        tree["right"][place] = visit(node["right_child"])
        return place

    visit(root)
    return tree


if __name__ == "__main__":
    main()

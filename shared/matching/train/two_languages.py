"""Makes sets in two languages of the short names that Unicode gives to emoji (CLDR annotations, as the package `emoji` has
them): things, food, animals and places. The catalogue is English; every list is in one other language. Of every three
things one comes in two sizes, as products do. No item has a price, a brand or a code: meaning is all that there is.

usage: two_languages.py DIR
needs: emoji (see requirements.txt)
"""

import csv
import pathlib
import random
import sys

import emoji

LANGUAGES = ["de", "fr", "es", "it", "pt", "ru", "tr", "id"]
SIZES = [("250 g", "500 g"), ("1 l", "5 l"), ("20 cm", "30 cm"), ("100 W", "200 W"), ("3 m", "5 m"), ("2 kg", "10 kg")]
# Of a list's language, the share of all products that its list has.
SHARE = 0.25
# Signs, people, flags and clocks are no goods.
NO_GOODS = ("person", "man", "woman", "people", "face", "flag", "hand", "button", "clock", "o’clock", "thirty", "arrow",
            "square", "symbol", "sign", "couple", "family", "men", "women", "boy", "girl", "child", "keycap", "sticker",
            "kiss", "heart")


def words(name):
    return name.strip(":").replace("_", " ").replace("’", "'")


def products(chance):
    """(code, {language: name}) of each thing, in one or two sizes."""
    for language in LANGUAGES:
        emoji.config.load_language(language)
    seen = set()
    for code, names in emoji.EMOJI_DATA.items():
        english = words(names["en"])
        if names["status"] != emoji.STATUS["fully_qualified"] or any(word in NO_GOODS for word in english.lower().replace("-", " ").split()):
            continue
        if ":" in english or english.lower() in seen or not all(language in names for language in LANGUAGES):
            continue
        if len(code) > 3 or "skin tone" in english or 0x1F1E6 <= ord(code[0]) <= 0x1F1FF:
            continue
        seen.add(english.lower())
        sizes = chance.choice(SIZES) if chance.random() < 0.34 else ("",)
        for size in sizes:
            yield {language: f"{words(names[language])} {size}".strip() for language in ["en", *LANGUAGES]}


def main():
    out, chance = pathlib.Path(sys.argv[1]), random.Random(5)
    things = list(products(chance))
    for language in LANGUAGES:
        folder = out / f"names-{language}"
        folder.mkdir(parents=True, exist_ok=True)
        chosen = [place for place in range(len(things)) if chance.random() < SHARE]
        table(folder / "tableB.csv", ["id", "name"], [[place, thing["en"]] for place, thing in enumerate(things)])
        table(folder / "tableA.csv", ["id", "name"], [[item, things[place][language]] for item, place in enumerate(chosen)])
        table(folder / "matches.csv", ["ltable_id", "rtable_id"], enumerate(chosen))
    print(f"{len(things)} products, lists in {len(LANGUAGES)} languages")


def table(path, head, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])


if __name__ == "__main__":
    main()

"""What the generated requests are about.

Half of the ids are those of things that the stack has, or almost every answer would be a 404; and no request makes a
function reach for a host beyond this machine.
"""

import os
import urllib.parse
import zlib

import requests
import schemathesis

API = os.environ["API_URL"]
TOKEN = os.environ["API_TOKEN"]

# Port 9 (discard) of this machine: nobody answers.
NOWHERE = "http://127.0.0.1:9/list.csv"


def _ask(path):
    answer = requests.get(API + path, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
    answer.raise_for_status()
    return answer.json()


class _Known:
    """Ids of what is there, asked for once."""

    def __init__(self):
        jobs = _ask("/admin/jobs?limit=50")["jobs"]
        self.items = [(item["supplier_id"], item["item_key"]) for item in _ask("/admin/items?limit=50")["items"]]
        reviews = _ask("/admin/reviews?limit=10")["reviews"]
        self.items += [(review["item"]["supplier_id"], review["item"]["item_key"]) for review in reviews]
        self.ids = {
            "job_id": [job["job_id"] for job in jobs],
            "supplier_id": [supplier["supplier_id"] for supplier in _ask("/admin/suppliers")["suppliers"]],
            "product_id": [product["product_id"] for product in _ask("/admin/products")["products"]],
        }


_known = None


def _things():
    global _known
    if _known is None:
        _known = _Known()
    return _known


def _draw(values, by):
    """One of the values for half of the texts, always the same for the same text; none for the other half."""
    number = zlib.crc32(str(by).encode("utf-8", "surrogatepass"))
    return values[(number >> 1) % len(values)] if values and number & 1 else None


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Puts the ids of existing things in the place of half of the made-up ones."""
    if not path_parameters:
        return path_parameters
    by = sorted((name, str(value)) for name, value in path_parameters.items())
    known = {}
    if "item_key" in path_parameters:
        item = _draw(_things().items, by)
        if item:
            known = {"supplier_id": item[0], "item_key": urllib.parse.quote(item[1], safe="")}
    else:
        for name in path_parameters:
            value = _draw(_things().ids.get(name), by)
            if value:
                known[name] = urllib.parse.quote(value, safe="")
    return path_parameters | known


def _stay_here(source):
    if not isinstance(source, dict):
        return source
    source = dict(source)
    if isinstance(source.get("url"), str) and "://" in source["url"]:
        source["url"] = NOWHERE
    if isinstance(source.get("sheet"), str):
        # Too short for an id, so it is refused; a valid one would be fetched from its host.
        source["sheet"] = source["sheet"][:14]
    return source


@schemathesis.hook
def map_body(context, body):
    """Keeps sources on this machine."""
    if isinstance(body, dict) and "source" in body:
        return body | {"source": _stay_here(body["source"])}
    return body

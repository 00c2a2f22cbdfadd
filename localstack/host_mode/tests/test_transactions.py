import copy
import types
import unittest
from collections import defaultdict

from host_mode.transactions import undo_by_item


class Table:
    """As much of moto's table as a transaction touches."""

    def __init__(self, has_range_key):
        self.has_range_key = has_range_key
        self.items = defaultdict(dict)
        self.copies = 0

    def __deepcopy__(self, memo):
        self.copies += 1
        return self

    def get_item(self, hash_key, range_key):
        return self.items[hash_key].get(range_key) if self.has_range_key else self.items.get(hash_key)


def models():
    """A module with a backend that copies its tables, writes, and fails at the write called "bad"."""
    module = types.SimpleNamespace(copy=copy, Table=Table)

    class DynamoDBBackend:
        def __init__(self):
            self.tables = {"jobs": Table(has_range_key=True), "counters": Table(has_range_key=False)}

        def get_table(self, name):
            return self.tables[name]

        def get_keys_value(self, table, keys):
            return keys["pk"], keys["sk"] if table.has_range_key else None

        def transact_write_items(self, transact_items):
            kept = {name: module.copy.deepcopy(table) for name, table in self.tables.items()}
            for item in transact_items:
                if "Put" in item:
                    put = item["Put"]
                    table, (hash_key, range_key) = self.get_table(put["TableName"]), self.get_keys_value(
                        self.get_table(put["TableName"]), put["Item"]
                    )
                    if table.has_range_key:
                        table.items[hash_key][range_key] = put["Item"]
                    else:
                        table.items[hash_key] = put["Item"]
                elif "Update" in item:
                    key = item["Update"]["Key"]
                    self.get_table("jobs").items[key["pk"]][key["sk"]]["n"] += 1
                else:
                    self.tables.update(kept)
                    raise ValueError("refused")

    module.DynamoDBBackend = DynamoDBBackend
    undo_by_item(module)
    return module


class Transactions(unittest.TestCase):
    def setUp(self):
        self.module = models()
        self.backend = self.module.DynamoDBBackend()
        self.jobs = self.backend.tables["jobs"].items
        self.counters = self.backend.tables["counters"].items
        self.jobs["a"]["1"] = {"pk": "a", "sk": "1", "n": 1}
        self.writes = [
            {"Update": {"TableName": "jobs", "Key": {"pk": "a", "sk": "1"}}},
            {"Put": {"TableName": "jobs", "Item": {"pk": "a", "sk": "2"}}},
            {"Put": {"TableName": "counters", "Item": {"pk": "c"}}},
        ]

    def test_writes_what_is_asked_without_a_copy_of_a_table(self):
        self.backend.transact_write_items(self.writes)
        self.assertEqual(self.jobs["a"]["1"]["n"], 2)
        self.assertIn("2", self.jobs["a"])
        self.assertIn("c", self.counters)
        self.assertEqual([table.copies for table in self.backend.tables.values()], [0, 0])

    def test_a_refused_transaction_leaves_its_items_as_they_were(self):
        with self.assertRaises(ValueError):
            self.backend.transact_write_items([*self.writes, {"ConditionCheck": {"TableName": "jobs"}}])
        self.assertEqual(self.jobs["a"], {"1": {"pk": "a", "sk": "1", "n": 1}})
        self.assertNotIn("c", self.counters)

    def test_what_others_wrote_stays_when_a_transaction_is_refused(self):
        self.jobs["b"]["1"] = {"pk": "b", "sk": "1", "n": 7}
        with self.assertRaises(ValueError):
            self.backend.transact_write_items([*self.writes, {"ConditionCheck": {"TableName": "jobs"}}])
        self.assertEqual(self.jobs["b"]["1"]["n"], 7)

    def test_items_are_still_copied(self):
        item = {"n": [1]}
        self.assertIsNot(self.module.copy.deepcopy(item)["n"], item["n"])


if __name__ == "__main__":
    unittest.main()

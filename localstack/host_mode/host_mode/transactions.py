"""moto's transactions, undone item by item.

moto keeps a copy of the whole table for each write of a transaction, to put it back if the transaction fails: with some ten
thousand items in the table, one transaction takes seconds.
"""

import copy
import functools
import types


def undo_by_item(models):
    """Makes the backend of ``moto.dynamodb.models`` keep only the items that a transaction writes."""
    if getattr(models.DynamoDBBackend.transact_write_items, "is_undone_by_item", False):
        return
    models.copy = types.SimpleNamespace(copy=copy.copy, deepcopy=_deepcopy_except(models.Table))
    backend = models.DynamoDBBackend
    write = backend.transact_write_items

    @functools.wraps(write)
    def transact_write_items(self, transact_items):
        before = list(_items_written(self, transact_items))
        try:
            return write(self, transact_items)
        except Exception:
            for table, hash_key, range_key, item in before:
                _put_back(table, hash_key, range_key, item)
            raise

    transact_write_items.is_undone_by_item = True
    backend.transact_write_items = transact_write_items


def _deepcopy_except(table_class):
    """``copy.deepcopy``, but a table stands for its own copy: putting it back changes nothing."""

    def deepcopy(value, memo=None):
        return value if isinstance(value, table_class) else copy.deepcopy(value, memo)

    return deepcopy


def _items_written(backend, transact_items):
    """For each write its table, its key, and the item as it is, or None. What is no valid write is left to moto to refuse."""
    for transact_item in transact_items:
        for write in transact_item.values():
            try:
                table = backend.get_table(write["TableName"])
                keys = write["Item"] if "Item" in write else write["Key"]
                hash_key, range_key = backend.get_keys_value(table, keys)
                item = table.get_item(hash_key, range_key)
            except Exception:
                continue
            yield table, hash_key, range_key, copy.deepcopy(item)


def _put_back(table, hash_key, range_key, item):
    items, key = (table.items[hash_key], range_key) if table.has_range_key else (table.items, hash_key)
    if item is None:
        items.pop(key, None)
    else:
        items[key] = item

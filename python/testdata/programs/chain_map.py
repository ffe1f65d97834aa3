from collections import ChainMap
c = ChainMap({"a": 1}, {"a": 2, "b": 3}); print(c["a"], c["b"], c.get("z"), "b" in c, dict(c) == {"a": 1, "b": 3}, len(c), sorted(c)); c["q"] = 5; print(c, c.maps[0], c.parents, list(c.items()), c.new_child({"a": 0})["a"])

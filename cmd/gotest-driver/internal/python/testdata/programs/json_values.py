import json
items = json.loads('[{"name": "a", "n": 1}, {"name": "b", "n": 22}]')
print([i["name"] for i in items if i["n"] > 1], items[0]["n"] + 1, f"{items[1]['name']}: {items[1]['n']}", max(i["n"] for i in items), items[-1]["name"].upper())
assert items[0]["name"] == "a" and len(items) == 2

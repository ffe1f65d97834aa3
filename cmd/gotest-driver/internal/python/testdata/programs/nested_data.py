data = {"users": [{"name": "a", "tags": ["x", "y"]}, {"name": "b", "tags": []}]}
for u in data["users"]:
    print(u["name"], ", ".join(u["tags"]) or "none", len(u["tags"]))
data["users"][0]["tags"].append("z")
data["users"][1]["name"] = "c"
print(data)

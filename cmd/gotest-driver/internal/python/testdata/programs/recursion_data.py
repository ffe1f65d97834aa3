def walk(t, depth=0):
    for k, v in t.items():
        print("  " * depth + k)
        if isinstance(v, dict):
            walk(v, depth + 1)
walk({"a": {"b": {"c": 1}}, "d": 2})

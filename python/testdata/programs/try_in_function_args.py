def safe(fn, default):
    try:
        return fn()
    except Exception:
        return default
print(safe(lambda: 1 / 0, "div"), safe(lambda: 5, 0), safe(lambda: [1][3], None))

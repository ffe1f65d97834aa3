ADD = "add"
REMOVE = "remove"
CHANGE = "change"


def _path(path, dot_notation):
    if not dot_notation:
        return list(path)
    if all([isinstance(p, str) and "." not in p for p in path]):
        return ".".join(path)
    return list(path)


def _differ(a, b, tolerance):
    if a == b:
        return False
    numbers = isinstance(a, (int, float)) and isinstance(b, (int, float))
    return not (numbers and abs(a - b) <= tolerance * max(abs(a), abs(b)))


def diff(first, second, node=None, ignore=None, path_limit=None, expand=False, tolerance=2.220446049250313e-16, absolute_tolerance=None, dot_notation=True):
    path = list(node or [])
    ignored = [tuple(i) if isinstance(i, (list, tuple)) else tuple(str(i).split(".")) for i in (ignore or [])]

    def hidden(key):
        return tuple(path + [key]) in ignored

    def below(key, a, b):
        return diff(a, b, path + [key], ignore, path_limit, expand, tolerance, absolute_tolerance, dot_notation)

    def listed(action, items):
        if expand:
            return [(action, _path(path, dot_notation), [i]) for i in items]
        return [(action, _path(path, dot_notation), items)] if items else []

    if isinstance(first, dict) and isinstance(second, dict):
        for key in [k for k in first if k in second and not hidden(k)]:
            yield from below(key, first[key], second[key])
        yield from listed(ADD, [(k, second[k]) for k in second if k not in first and not hidden(k)])
        yield from listed(REMOVE, [(k, first[k]) for k in first if k not in second and not hidden(k)])
    elif isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)) and type(first) == type(second):
        both = min(len(first), len(second))
        for i in range(both):
            if not hidden(i):
                yield from below(i, first[i], second[i])
        yield from listed(ADD, [(i, second[i]) for i in range(both, len(second))])
        yield from listed(REMOVE, [(i, first[i]) for i in reversed(range(both, len(first)))])
    elif isinstance(first, (set, frozenset)) and isinstance(second, (set, frozenset)):
        added = set([x for x in second if x not in first])
        removed = set([x for x in first if x not in second])
        if added:
            yield ADD, _path(path, dot_notation), [(0, added)]
        if removed:
            yield REMOVE, _path(path, dot_notation), [(0, removed)]
    elif _differ(first, second, tolerance):
        yield CHANGE, _path(path, dot_notation), (first, second)

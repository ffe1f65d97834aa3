import fnmatch
import os
import re


def has_magic(s):
    return re.search(r"[*?\[]", s) is not None


def escape(pathname):
    return re.sub(r"([*?\[])", r"[\1]", pathname)


def _names(directory):
    try:
        return os.listdir(directory or ".")
    except OSError:
        return []


def _visible(names, pattern, hidden):
    if hidden or pattern.startswith("."):
        return names
    return [n for n in names if not n.startswith(".")]


def _below(directory, hidden):
    out = [directory]
    for name in _visible(_names(directory), "*", hidden):
        path = os.path.join(directory, name)
        if os.path.isdir(path):
            out += _below(path, hidden)
    return out


def _expand(pathname, recursive, hidden):
    head, tail = os.path.split(pathname)
    if not has_magic(pathname):
        found = os.path.lexists(pathname) if tail else os.path.isdir(head)
        return [pathname] if found else []
    heads = [head]
    if head and head != pathname and has_magic(head):
        heads = _expand(head, recursive, hidden)
    out = []
    for h in heads:
        if not tail:
            if os.path.isdir(h):
                out.append(os.path.join(h, ""))
        elif recursive and tail == "**":
            for d in _below(h, hidden):
                out.append(os.path.join(d, "") if d == h else d)
                out += [os.path.join(d, n) for n in _visible(_names(d), "*", hidden) if not os.path.isdir(os.path.join(d, n))]
        elif has_magic(tail):
            out += [os.path.join(h, n) for n in fnmatch.filter(_visible(_names(h), tail, hidden), tail)]
        elif os.path.lexists(os.path.join(h, tail)):
            out.append(os.path.join(h, tail))
    return out


def glob(pathname, *, root_dir=None, dir_fd=None, recursive=False, include_hidden=False):
    if root_dir is None:
        return [p for p in _expand(pathname, recursive, include_hidden) if p]
    at = os.path.join(root_dir, "")
    return [p[len(at) :] for p in _expand(at + pathname, recursive, include_hidden) if len(p) > len(at)]


def iglob(pathname, *, root_dir=None, dir_fd=None, recursive=False, include_hidden=False):
    return iter(glob(pathname, root_dir=root_dir, recursive=recursive, include_hidden=include_hidden))

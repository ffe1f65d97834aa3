import re

_named = {
    "amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": "\xa0", "copy": "\xa9", "reg": "\xae",
    "hellip": "\u2026", "mdash": "\u2014", "ndash": "\u2013", "lsquo": "\u2018", "rsquo": "\u2019", "ldquo": "\u201c",
    "rdquo": "\u201d", "laquo": "\xab", "raquo": "\xbb", "euro": "\u20ac", "auml": "\xe4", "ouml": "\xf6",
    "uuml": "\xfc", "szlig": "\xdf", "eacute": "\xe9", "egrave": "\xe8", "times": "\xd7", "middot": "\xb7",
    "bull": "\u2022", "larr": "\u2190", "rarr": "\u2192", "trade": "\u2122", "sect": "\xa7", "deg": "\xb0",
}


def escape(s, quote=True):
    s = s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if quote:
        s = s.replace('"', "&quot;").replace("'", "&#x27;")
    return s


def _reference(m):
    name = m.group(1)
    if name.startswith("#x") or name.startswith("#X"):
        return chr(int(name[2:], 16))
    if name.startswith("#"):
        return chr(int(name[1:]))
    return _named.get(name, m.group(0))


def unescape(s):
    return re.sub(r"&(#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z]+);", _reference, s)

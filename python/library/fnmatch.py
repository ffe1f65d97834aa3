import re


def translate(pat):
    return "(?s:" + _body(pat) + r")\Z"


def _body(pat):
    out = ""
    i = 0
    while i < len(pat):
        c = pat[i]
        i += 1
        if c == "*":
            if not out.endswith(".*"):
                out += ".*"
        elif c == "?":
            out += "."
        elif c == "[":
            end = i
            if pat[end : end + 1] == "!":
                end += 1
            if pat[end : end + 1] == "]":
                end += 1
            end = pat.find("]", end)
            if end < 0:
                out += r"\["
                continue
            chars = pat[i:end].replace("\\", "\\\\")
            i = end + 1
            if chars.startswith("!"):
                chars = "^" + chars[1:]
            elif chars[0] in "^[":
                chars = "\\" + chars
            out += "[" + chars + "]"
        else:
            out += re.escape(c)
    return out


def fnmatchcase(name, pat):
    return re.match(translate(pat), name) is not None


def fnmatch(name, pat):
    return fnmatchcase(name, pat)


def filter(names, pat):
    found = re.compile(translate(pat))
    return [n for n in names if found.match(n)]

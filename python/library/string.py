import re

_field = re.compile(r"\$(?:(\$)|([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\}|())")


def capwords(s, sep=None):
    if sep is None:
        return " ".join([w.capitalize() for w in s.split()])
    return sep.join([w.capitalize() for w in s.split(sep)])


class Template:
    def __init__(self, template):
        self.template = template

    def _fill(self, values, safe):
        def one(m):
            if m.group(1):
                return "$"
            name = m.group(2) or m.group(3)
            if name is None:
                if safe:
                    return m.group(0)
                before = self.template[: m.start()]
                line = before.count("\n") + 1
                column = m.start() - (before.rfind("\n") + 1) + 1
                raise ValueError("Invalid placeholder in string: line %d, col %d" % (line, column))
            if name not in values:
                if safe:
                    return m.group(0)
                raise KeyError(name)
            return str(values[name])

        return _field.sub(one, self.template)

    def substitute(self, mapping=None, **kws):
        return self._fill({**(mapping or {}), **kws}, False)

    def safe_substitute(self, mapping=None, **kws):
        return self._fill({**(mapping or {}), **kws}, True)

    def get_identifiers(self):
        out = []
        for m in _field.finditer(self.template):
            name = m.group(2) or m.group(3)
            if name and name not in out:
                out.append(name)
        return out

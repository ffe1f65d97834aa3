import re

DEFAULTSECT = "DEFAULT"


class Error(Exception):
    pass


class NoSectionError(Error):
    def __init__(self, section):
        super().__init__(f"No section: {section!r}")
        self.section = section


class DuplicateSectionError(Error):
    def __init__(self, section):
        super().__init__(f"Section {section!r} already exists")
        self.section = section


class NoOptionError(Error):
    def __init__(self, option, section):
        super().__init__(f"No option {option!r} in section: {section!r}")
        self.option = option
        self.section = section


class DuplicateOptionError(Error):
    pass


class ParsingError(Error):
    pass


class InterpolationError(Error):
    pass


class MissingSectionHeaderError(ParsingError):
    pass


class SectionProxy:
    def __init__(self, parser, name):
        self.parser = parser
        self.name = name

    def __repr__(self):
        return f"<Section: {self.name}>"

    def __getitem__(self, key):
        if not self.parser.has_option(self.name, key):
            raise KeyError(key)
        return self.parser.get(self.name, key)

    def __setitem__(self, key, value):
        self.parser.set(self.name, key, value)

    def __contains__(self, key):
        return self.parser.has_option(self.name, key)

    def __iter__(self):
        return iter(self.keys())

    def __len__(self):
        return len(self.keys())

    def keys(self):
        return list(self.parser._options(self.name))

    def values(self):
        return [self[k] for k in self.keys()]

    def items(self):
        return [(k, self[k]) for k in self.keys()]

    def get(self, option, fallback=None, **kwargs):
        return self.parser.get(self.name, option, fallback=fallback)

    def getint(self, option, fallback=None):
        return self.parser.getint(self.name, option, fallback=fallback)

    def getfloat(self, option, fallback=None):
        return self.parser.getfloat(self.name, option, fallback=fallback)

    def getboolean(self, option, fallback=None):
        return self.parser.getboolean(self.name, option, fallback=fallback)


_missing = object()
_booleans = {"1": True, "yes": True, "true": True, "on": True, "0": False, "no": False, "false": False, "off": False}


class RawConfigParser:
    interpolates = False

    def __init__(self, defaults=None, dict_type=None, allow_no_value=False, *, delimiters=("=", ":"), comment_prefixes=("#", ";"), inline_comment_prefixes=None, strict=True, empty_lines_in_values=True, default_section=DEFAULTSECT, interpolation=True):
        self.default_section = default_section
        self.allow_no_value = allow_no_value
        self.delimiters = delimiters
        self.comments = comment_prefixes
        self.inline = inline_comment_prefixes or ()
        self.strict = strict
        self.empty_lines = empty_lines_in_values
        self.replace = self.interpolates and interpolation is not None
        self.table = {}
        self._defaults = {}
        for k, v in (defaults or {}).items():
            self._defaults[self.optionxform(k)] = v

    def optionxform(self, optionstr):
        return optionstr.lower()

    def defaults(self):
        return self._defaults

    def sections(self):
        return list(self.table)

    def has_section(self, section):
        return section in self.table

    def add_section(self, section):
        if section in self.table:
            raise DuplicateSectionError(section)
        if section == self.default_section:
            raise ValueError(f"Invalid section name: {section!r}")
        self.table[section] = {}

    def remove_section(self, section):
        found = section in self.table
        if found:
            self.table.pop(section)
        return found

    def remove_option(self, section, option):
        values = self._values(section)
        found = self.optionxform(option) in values
        if found:
            values.pop(self.optionxform(option))
        return found

    def _values(self, section):
        if section == self.default_section:
            return self._defaults
        if section not in self.table:
            raise NoSectionError(section)
        return self.table[section]

    def _options(self, section):
        out = dict(self._values(section))
        for k, v in self._defaults.items():
            out.setdefault(k, v)
        return out

    def options(self, section):
        return list(self._options(section))

    def has_option(self, section, option):
        if section and section != self.default_section and section not in self.table:
            return False
        return self.optionxform(option) in self._options(section or self.default_section)

    def items(self, section=None, raw=False):
        if section is None:
            return [(n, SectionProxy(self, n)) for n in self]
        return [(k, self.get(section, k, raw=raw)) for k in self._options(section)]

    def keys(self):
        return [self.default_section] + self.sections()

    def __iter__(self):
        return iter(self.keys())

    def __contains__(self, key):
        return key == self.default_section or key in self.table

    def __len__(self):
        return len(self.table) + 1

    def __getitem__(self, key):
        if key not in self.keys():
            raise KeyError(key)
        return SectionProxy(self, key)

    def __setitem__(self, key, value):
        values = {}
        for k, v in value.items():
            values[self.optionxform(k)] = str(v)
        if key == self.default_section:
            self._defaults = values
        else:
            self.table[key] = values

    def set(self, section, option, value=None):
        self._values(section)[self.optionxform(option)] = value

    def get(self, section, option, *, raw=False, vars=None, fallback=_missing):
        if section != self.default_section and section not in self.table:
            if fallback is not _missing:
                return fallback
            raise NoSectionError(section)
        values = self._options(section)
        for k, v in (vars or {}).items():
            values[self.optionxform(k)] = v
        name = self.optionxform(option)
        if name not in values:
            if fallback is not _missing:
                return fallback
            raise NoOptionError(option, section)
        if raw or not self.replace or values[name] is None:
            return values[name]
        return self._interpolate(values[name], values, 0)

    def _interpolate(self, text, values, depth):
        if depth > 10:
            raise InterpolationError("Recursion limit exceeded in value substitution")

        def one(m):
            if m.group(0) == "%%":
                return "%"
            name = self.optionxform(m.group(1))
            if name not in values:
                raise InterpolationError("Bad value substitution: " + m.group(0))
            return self._interpolate(values[name], values, depth + 1)

        return re.sub(r"%%|%\(([^)]+)\)s", one, text)

    def _converted(self, make, section, option, raw, vars, fallback):
        if fallback is not _missing and not self.has_option(section, option):
            return fallback
        return make(self.get(section, option, raw=raw, vars=vars))

    def getint(self, section, option, *, raw=False, vars=None, fallback=_missing):
        return self._converted(int, section, option, raw, vars, fallback)

    def getfloat(self, section, option, *, raw=False, vars=None, fallback=_missing):
        return self._converted(float, section, option, raw, vars, fallback)

    def getboolean(self, section, option, *, raw=False, vars=None, fallback=_missing):
        return self._converted(_boolean, section, option, raw, vars, fallback)

    def read(self, filenames, encoding=None):
        names = [filenames] if not isinstance(filenames, (list, tuple)) else filenames
        done = []
        for n in names:
            try:
                with open(n) as f:
                    text = f.read()
            except OSError:
                continue
            self.read_string(text, str(n))
            done.append(str(n))
        return done

    def read_file(self, f, source=None):
        self.read_string("".join([line for line in f]), source or "<???>")

    def read_dict(self, dictionary, source="<dict>"):
        for section, values in dictionary.items():
            if section != self.default_section and section not in self.table:
                self.add_section(section)
            for k, v in values.items():
                self.set(section, str(k), None if v is None else str(v))

    def read_string(self, string, source="<string>"):
        values = None
        name = None
        depth = 0
        lines = []
        seen = []
        for number, line in enumerate(string.split("\n")):
            text = line.strip()
            if text.startswith(tuple(self.comments)):
                continue
            for mark in self.inline:
                for at in range(len(text)):
                    if text[at:].startswith(mark) and (at == 0 or text[at - 1].isspace()):
                        text = text[:at].strip()
                        break
            if not text:
                if name is not None and lines is not None and self.empty_lines and line.strip() == "":
                    lines.append("")
                continue
            indent = len(line) - len(line.lstrip())
            if name is not None and lines is not None and indent > depth:
                lines.append(text)
                values[name] = "\n".join(lines).rstrip()
                continue
            m = re.match(r"\[(.+)\]", text)
            if m:
                name = None
                section = m.group(1)
                if section == self.default_section:
                    values = self._defaults
                else:
                    if self.strict and section in seen:
                        raise DuplicateSectionError(section)
                    seen.append(section)
                    values = self.table.setdefault(section, {})
                continue
            if values is None:
                raise MissingSectionHeaderError(f"File contains no section headers.\nfile: {source!r}, line: {number + 1}\n{line!r}")
            ends = [text.find(d) for d in self.delimiters if d in text]
            depth = indent
            if not ends:
                if not self.allow_no_value:
                    raise ParsingError(f"Source contains parsing errors: {source!r}\n\t[line {number + 1:2d}]: {line!r}")
                name = self.optionxform(text)
                lines = None
                values[name] = None
                continue
            at = min(ends)
            name = self.optionxform(text[:at].rstrip())
            lines = [text[at + 1 :].strip()]
            values[name] = lines[0]

    def write(self, fp, space_around_delimiters=True):
        equals = " = " if space_around_delimiters else "="
        groups = [(self.default_section, self._defaults)] if self._defaults else []
        for section, values in groups + list(self.table.items()):
            fp.write(f"[{section}]\n")
            for k, v in values.items():
                fp.write(k + "\n" if v is None else k + equals + str(v).replace("\n", "\n\t") + "\n")
            fp.write("\n")


def _boolean(text):
    if text.lower() not in _booleans:
        raise ValueError("Not a boolean: " + text)
    return _booleans[text.lower()]


class ConfigParser(RawConfigParser):
    interpolates = True

    def set(self, section, option, value=None):
        if value is not None and not isinstance(value, str):
            raise TypeError("option values must be strings")
        super().set(section, option, value)

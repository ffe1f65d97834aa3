import datetime
import re


class TOMLDecodeError(ValueError):
    pass


_bare = re.compile(r"[A-Za-z0-9_-]+")
_date = re.compile(r"\d{4}-\d\d-\d\d")
_moment = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)?")
_time = re.compile(r"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?")
_number = re.compile(r"[+-]?(?:inf|nan|0x[0-9A-Fa-f_]+|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9][0-9_]*)?)")
_escapes = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


class _Reader:
    def __init__(self, text):
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.fixed = []
        self.arrays = []

    def fail(self, why, at=None):
        at = self.at if at is None else at
        if at >= len(self.text):
            raise TOMLDecodeError(f"{why} (at end of document)")
        line = self.text.count("\n", 0, at) + 1
        column = at - self.text.rfind("\n", 0, at)
        raise TOMLDecodeError(f"{why} (at line {line}, column {column})")

    def peek(self, n=1):
        return self.text[self.at : self.at + n]

    def blanks(self):
        while self.at < len(self.text) and self.text[self.at] in " \t":
            self.at += 1

    def comment(self):
        if self.peek() == "#":
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end

    def lines(self):
        while True:
            self.blanks()
            self.comment()
            if self.peek() != "\n":
                return
            self.at += 1

    def key_part(self):
        c = self.peek()
        if c == '"':
            return self.basic()
        if c == "'":
            return self.literal()
        m = _bare.match(self.text, self.at)
        if m is None:
            self.fail("Invalid initial character for a key part")
        self.at = m.end()
        return m.group(0)

    def key(self):
        parts = [self.key_part()]
        self.blanks()
        while self.peek() == ".":
            self.at += 1
            self.blanks()
            parts.append(self.key_part())
            self.blanks()
        return parts

    def literal(self):
        end = self.text.find("'", self.at + 1)
        line = self.text.find("\n", self.at + 1)
        if end < 0 or 0 <= line < end:
            self.fail("Expected \"'\"", len(self.text) if line < 0 else line)
        out = self.text[self.at + 1 : end]
        self.at = end + 1
        return out

    def escape(self, many):
        c = self.peek()
        if c in _escapes and c:
            self.at += 1
            return _escapes[c]
        if c == "u" or c == "U":
            n = 4 if c == "u" else 8
            digits = self.text[self.at + 1 : self.at + 1 + n]
            if len(digits) != n or digits.strip("0123456789abcdefABCDEF"):
                self.fail("Invalid hex value")
            self.at += 1 + n
            return chr(int(digits, 16))
        if many and c in " \t\n" and c:
            start = self.at
            self.blanks()
            if self.peek() != "\n":
                self.fail("Unescaped '\\' in a string", start)
            while self.at < len(self.text) and self.text[self.at] in " \t\n":
                self.at += 1
            return ""
        self.fail("Unescaped '\\' in a string")

    def basic(self):
        self.at += 1
        out = []
        while True:
            c = self.peek()
            if c == "":
                self.fail("Unterminated string")
            if c == "\n":
                self.fail("Illegal character '\\n'")
            self.at += 1
            if c == '"':
                return "".join(out)
            out.append(self.escape(False) if c == "\\" else c)

    def many(self, quote):
        self.at += 3
        if self.peek() == "\n":
            self.at += 1
        out = []
        while True:
            if self.peek(3) == quote * 3:
                self.at += 3
                for _ in range(2):
                    if self.peek() == quote:
                        out.append(quote)
                        self.at += 1
                return "".join(out)
            c = self.peek()
            if c == "":
                self.fail("Unterminated string")
            self.at += 1
            out.append(self.escape(True) if c == "\\" and quote == '"' else c)

    def value(self):
        c = self.peek()
        if c == '"':
            return self.many('"') if self.peek(3) == '"""' else self.basic()
        if c == "'":
            return self.many("'") if self.peek(3) == "'''" else self.literal()
        if self.peek(4) == "true":
            self.at += 4
            return True
        if self.peek(5) == "false":
            self.at += 5
            return False
        if c == "[":
            return self.array()
        if c == "{":
            return self.inline()
        m = _moment.match(self.text, self.at)
        if m:
            self.at = m.end()
            fraction = (m.group(3) or "")[:7]
            if fraction:
                fraction += "0" * (7 - len(fraction))
            zone = (m.group(4) or "").upper().replace("Z", "+00:00")
            return datetime.datetime.fromisoformat(m.group(1) + "T" + m.group(2) + fraction + zone)
        m = _date.match(self.text, self.at)
        if m:
            self.at = m.end()
            return datetime.date.fromisoformat(m.group(0))
        m = _time.match(self.text, self.at)
        if m:
            self.at = m.end()
            return datetime.time(int(m.group(1)), int(m.group(2)), int(m.group(3)), int(((m.group(4) or "") + "000000")[:6]))
        m = _number.match(self.text, self.at)
        if m is None:
            self.fail("Invalid value")
        self.at = m.end()
        word = m.group(0).replace("_", "")
        plain = word.lstrip("+-")
        if plain in ("inf", "nan"):
            return float(word)
        if plain[:2] in ("0x", "0o", "0b"):
            return int(word, 0)
        if "." in word or "e" in word or "E" in word:
            return float(word)
        return int(word)

    def array(self):
        self.at += 1
        out = []
        while True:
            self.lines()
            if self.peek() == "]":
                break
            out.append(self.value())
            self.lines()
            if self.peek() == ",":
                self.at += 1
            elif self.peek() != "]":
                self.fail("Unclosed array")
        self.at += 1
        self.fixed.append(out)
        return out

    def inline(self):
        self.at += 1
        out = {}
        self.blanks()
        while self.peek() != "}":
            self.pair(out)
            self.blanks()
            if self.peek() == ",":
                self.at += 1
                self.blanks()
            elif self.peek() != "}":
                self.fail("Unclosed inline table")
        self.at += 1
        self.fixed.append(out)
        return out

    def is_fixed(self, value):
        return any([value is f for f in self.fixed])

    def pair(self, table):
        start = self.at
        path = self.key()
        if self.peek() != "=":
            self.fail("Expected '=' after a key in a key/value pair")
        self.at += 1
        self.blanks()
        value = self.value()
        for part in path[:-1]:
            table = table.setdefault(part, {})
            if not isinstance(table, dict) or self.is_fixed(table):
                self.fail("Cannot overwrite a value")
        if path[-1] in table:
            self.fail("Cannot overwrite a value")
        table[path[-1]] = value

    def document(self):
        top = {}
        table = top
        declared = []
        while True:
            self.lines()
            c = self.peek()
            if c == "":
                return top
            if c == "[":
                double = self.peek(2) == "[["
                self.at += 2 if double else 1
                self.blanks()
                path = self.key()
                close = "]]" if double else "]"
                if self.peek(len(close)) != close:
                    self.fail(f"Expected {close!r} at the end of " + ("an array declaration" if double else "a table declaration"))
                table = self.declare(top, path, double)
                self.at += len(close)
                if not double:
                    if any([table is d for d in declared]):
                        self.fail(f"Cannot declare {tuple(path)} twice")
                    declared.append(table)
            else:
                self.pair(table)
            self.blanks()
            self.comment()
            if self.peek() not in ("\n", ""):
                self.fail("Expected newline or end of document after a statement")

    def declare(self, top, path, double):
        table = top
        for i, part in enumerate(path):
            last = i == len(path) - 1
            if double and last:
                if part not in table:
                    table[part] = []
                    self.arrays.append(table[part])
                rows = table[part]
                if not any([rows is a for a in self.arrays]):
                    self.fail("Cannot overwrite a value")
                rows.append({})
                return rows[-1]
            if part not in table:
                table[part] = {}
            table = table[part]
            if isinstance(table, list) and not self.is_fixed(table) and not last:
                table = table[-1]
            if not isinstance(table, dict) or self.is_fixed(table):
                self.fail("Cannot overwrite a value" if last else "Cannot mutate immutable namespace " + repr(tuple(path)))
        return table


def loads(s, *, parse_float=float):
    if not isinstance(s, str):
        raise TypeError(f"Expected str object, not {type(s).__name__!r}")
    return _Reader(s).document()


def load(fp, *, parse_float=float):
    data = fp.read()
    if isinstance(data, str):
        raise TypeError("File must be opened in binary mode, e.g. use `open('foo.toml', 'rb')`")
    return loads(data.decode())

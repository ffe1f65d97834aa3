QUOTE_MINIMAL = 0
QUOTE_ALL = 1
QUOTE_NONNUMERIC = 2
QUOTE_NONE = 3


class Error(Exception):
    pass


class _Writer:
    def __init__(self, file, delimiter, quotechar, lineterminator, quoting):
        self.file = file
        self.delimiter = delimiter
        self.quotechar = quotechar
        self.lineterminator = lineterminator
        self.quoting = quoting

    def _field(self, value, alone):
        text = "" if value is None else str(value)
        wanted = self.quoting == QUOTE_ALL or self.quoting == QUOTE_NONNUMERIC and not isinstance(value, (int, float))
        special = any([c in text for c in (self.delimiter, self.quotechar, "\n", "\r")]) or (alone and text == "")
        if self.quoting == QUOTE_NONE:
            if special:
                raise Error("need to escape, but no escapechar set")
            return text
        if wanted or special:
            return self.quotechar + text.replace(self.quotechar, self.quotechar * 2) + self.quotechar
        return text

    def writerow(self, row):
        values = list(row)
        text = self.delimiter.join([self._field(v, len(values) == 1) for v in values]) + self.lineterminator
        return self.file.write(text)

    def writerows(self, rows):
        for row in rows:
            self.writerow(row)


def writer(csvfile, dialect="excel", *, delimiter=None, quotechar='"', lineterminator=None, quoting=QUOTE_MINIMAL):
    if dialect not in ("excel", "excel-tab", "unix"):
        raise Error("unknown dialect")
    if delimiter is None:
        delimiter = "\t" if dialect == "excel-tab" else ","
    if lineterminator is None:
        lineterminator = "\n" if dialect == "unix" else "\r\n"
    if dialect == "unix" and quoting == QUOTE_MINIMAL:
        quoting = QUOTE_ALL
    return _Writer(csvfile, delimiter, quotechar, lineterminator, quoting)


class DictWriter:
    def __init__(self, f, fieldnames, restval="", extrasaction="raise", dialect="excel", **kwds):
        self.fieldnames = list(fieldnames)
        self.restval = restval
        self.extrasaction = extrasaction
        self.writer = writer(f, dialect, **kwds)

    def writeheader(self):
        return self.writer.writerow(self.fieldnames)

    def writerow(self, rowdict):
        if self.extrasaction == "raise":
            wrong = [k for k in rowdict if k not in self.fieldnames]
            if wrong:
                raise ValueError("dict contains fields not in fieldnames: " + ", ".join([repr(x) for x in wrong]))
        return self.writer.writerow([rowdict.get(k, self.restval) for k in self.fieldnames])

    def writerows(self, rowdicts):
        for row in rowdicts:
            self.writerow(row)

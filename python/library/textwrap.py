import re


# Words may be broken after hyphens within them.
def _chunks(text, hyphens):
    out = []
    for part in re.findall(r"\s+|\S+", text):
        if not hyphens or part.isspace():
            out.append(part)
            continue
        for piece in re.findall(r"[^\s-]*[A-Za-z][A-Za-z]-(?=[A-Za-z][A-Za-z])|(?:(?![^\s-]*[A-Za-z][A-Za-z]-(?=[A-Za-z][A-Za-z])).)+", part):
            out.append(piece)
    return out


class TextWrapper:
    def __init__(self, width=70, initial_indent="", subsequent_indent="", expand_tabs=True, replace_whitespace=True, fix_sentence_endings=False, break_long_words=True, drop_whitespace=True, break_on_hyphens=True, tabsize=8, *, max_lines=None, placeholder=" [...]"):
        if fix_sentence_endings:
            raise NotImplementedError("fix_sentence_endings")
        self.width = width
        self.initial_indent = initial_indent
        self.subsequent_indent = subsequent_indent
        self.expand_tabs = expand_tabs
        self.replace_whitespace = replace_whitespace
        self.break_long_words = break_long_words
        self.drop_whitespace = drop_whitespace
        self.break_on_hyphens = break_on_hyphens
        self.tabsize = tabsize
        self.max_lines = max_lines
        self.placeholder = placeholder

    def wrap(self, text):
        if self.width <= 0:
            raise ValueError(f"invalid width {self.width!r} (must be > 0)")
        if self.expand_tabs:
            text = text.expandtabs(self.tabsize)
        if self.replace_whitespace:
            text = re.sub(r"[\t\n\x0b\x0c\r ]", " ", text)
        chunks = _chunks(text, self.break_on_hyphens)
        lines = []
        while chunks:
            indent = self.subsequent_indent if lines else self.initial_indent
            width = self.width - len(indent)
            if self.drop_whitespace and lines and chunks[0].strip() == "":
                chunks.pop(0)
            row = []
            length = 0
            while chunks and length + len(chunks[0]) <= width:
                length += len(chunks[0])
                row.append(chunks.pop(0))
            if chunks and len(chunks[0]) > width:
                room = 1 if width < 1 else width - length
                if self.break_long_words:
                    row.append(chunks[0][:room])
                    chunks[0] = chunks[0][room:]
                elif not row:
                    row.append(chunks.pop(0))
            length = sum([len(c) for c in row])
            if self.drop_whitespace and row and row[-1].strip() == "":
                length -= len(row[-1])
                row.pop()
            if not row:
                continue
            rest = bool(chunks) and not (self.drop_whitespace and len(chunks) == 1 and chunks[0].strip() == "")
            if self.max_lines is None or len(lines) + 1 < self.max_lines or (not rest and length <= width):
                lines.append(indent + "".join(row))
                continue
            while row:
                if row[-1].strip() and length + len(self.placeholder) <= width:
                    row.append(self.placeholder)
                    lines.append(indent + "".join(row))
                    break
                length -= len(row[-1])
                row.pop()
            else:
                if lines and len(lines[-1].rstrip()) + len(self.placeholder) <= self.width:
                    lines[-1] = lines[-1].rstrip() + self.placeholder
                else:
                    lines.append(indent + self.placeholder.lstrip())
            break
        return lines

    def fill(self, text):
        return "\n".join(self.wrap(text))


def wrap(text, width=70, **kwargs):
    return TextWrapper(width=width, **kwargs).wrap(text)


def fill(text, width=70, **kwargs):
    return TextWrapper(width=width, **kwargs).fill(text)


def shorten(text, width, **kwargs):
    return TextWrapper(width=width, max_lines=1, **kwargs).fill(" ".join(text.split()))

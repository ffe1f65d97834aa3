from collections import namedtuple

Match = namedtuple("Match", "a b size")


class SequenceMatcher:
    def __init__(self, isjunk=None, a="", b="", autojunk=True):
        self.isjunk = isjunk
        self.autojunk = autojunk
        self.set_seqs(a, b)

    def set_seqs(self, a, b):
        self.set_seq1(a)
        self.set_seq2(b)

    def set_seq1(self, a):
        self.a = list(a)
        self._matches = None

    def set_seq2(self, b):
        self.b = list(b)
        self._matches = None
        where = {}
        for place, item in enumerate(self.b):
            where.setdefault(item, []).append(place)
        self._junk = set([item for item in where if self.isjunk is not None and self.isjunk(item)])
        # In a long sequence, what fills more than a hundredth of it says little.
        many = len(self.b) // 100 + 1 if self.autojunk and len(self.b) >= 200 else len(self.b)
        self._where = {item: places for item, places in where.items() if item not in self._junk and len(places) <= many}

    def find_longest_match(self, alo=0, ahi=None, blo=0, bhi=None):
        if ahi is None:
            ahi = len(self.a)
        if bhi is None:
            bhi = len(self.b)
        left, right, size = alo, blo, 0
        # How long the common run is that ends before a place of b, and at the item of a looked at.
        runs = {}
        for x in range(alo, ahi):
            before, runs = runs, {}
            for y in self._where.get(self.a[x], []):
                if blo <= y < bhi:
                    runs[y + 1] = before.get(y, 0) + 1
                    if runs[y + 1] > size:
                        size = runs[y + 1]
                        left, right = x + 1 - size, y + 1 - size
        # First by what was left out for being frequent, then by junk.
        for junk in (False, True):
            while left > alo and right > blo and self._same(left - 1, right - 1, junk):
                left -= 1
                right -= 1
                size += 1
            while left + size < ahi and right + size < bhi and self._same(left + size, right + size, junk):
                size += 1
        return Match(left, right, size)

    def _same(self, x, y, junk):
        return self.a[x] == self.b[y] and (self.b[y] in self._junk) == junk

    def get_matching_blocks(self):
        if self._matches is None:
            found = []
            parts = [(0, len(self.a), 0, len(self.b))]
            for a_start, a_end, b_start, b_end in parts:  # grows meanwhile
                m = self.find_longest_match(a_start, a_end, b_start, b_end)
                if m.size:
                    found.append(m)
                    parts.append((a_start, m.a, b_start, m.b))
                    parts.append((m.a + m.size, a_end, m.b + m.size, b_end))
            self._matches = _joined(sorted(found)) + [Match(len(self.a), len(self.b), 0)]
        return self._matches

    def get_opcodes(self):
        codes = []
        x = y = 0
        for m in self.get_matching_blocks():
            kind = {(True, True): "replace", (True, False): "delete", (False, True): "insert"}.get((x < m.a, y < m.b))
            if kind:
                codes.append((kind, x, m.a, y, m.b))
            x, y = m.a + m.size, m.b + m.size
            if m.size:
                codes.append(("equal", m.a, x, m.b, y))
        return codes

    def get_grouped_opcodes(self, n=3):
        codes = self.get_opcodes()
        group = []
        for place, code in enumerate(codes):
            if code[0] != "equal":
                group.append(code)
            elif place == 0:
                group.append(_last(code, n))
            elif place == len(codes) - 1:
                group.append(_first(code, n))
            elif code[2] - code[1] <= 2 * n:
                group.append(code)
            else:
                yield group + [_first(code, n)]
                group = [_last(code, n)]
        if any([kind != "equal" for kind, *_ in group]):
            yield group

    def ratio(self):
        return self._share(sum([m.size for m in self.get_matching_blocks()]))

    def quick_ratio(self):
        unmatched = list(self.b)
        for item in self.a:
            if item in unmatched:
                unmatched.remove(item)
        return self._share(len(self.b) - len(unmatched))

    def real_quick_ratio(self):
        return self._share(min(len(self.a), len(self.b)))

    def _share(self, matched):
        both = len(self.a) + len(self.b)
        return 2.0 * matched / both if both else 1.0


# Blocks of which one begins where the other ends are one.
def _joined(blocks):
    out = []
    for m in blocks:
        if out and out[-1].a + out[-1].size == m.a and out[-1].b + out[-1].size == m.b:
            m = Match(out[-1].a, out[-1].b, out[-1].size + m.size)
            out.pop()
        out.append(m)
    return out


def _first(code, n):
    kind, a_start, a_end, b_start, b_end = code
    n = min(n, a_end - a_start)
    return (kind, a_start, a_start + n, b_start, b_start + n)


def _last(code, n):
    kind, a_start, a_end, b_start, b_end = code
    n = min(n, a_end - a_start)
    return (kind, a_end - n, a_end, b_end - n, b_end)


def get_close_matches(word, possibilities, n=3, cutoff=0.6):
    if n <= 0:
        raise ValueError(f"n must be > 0: {n!r}")
    if not 0.0 <= cutoff <= 1.0:
        raise ValueError(f"cutoff must be in [0.0, 1.0]: {cutoff!r}")
    rated = [(SequenceMatcher(None, other, word).ratio(), other) for other in possibilities]
    rated.sort(reverse=True)
    return [other for share, other in rated if share >= cutoff][:n]


def _header(mark, name, date, lineterm):
    return f"{mark} {name}" + (f"\t{date}" if date else "") + lineterm


# The lines from start up to end, counted from 1; no lines are those after the one before.
def _unified_range(start, end):
    if end - start == 1:
        return str(end)
    return f"{start + (end > start)},{end - start}"


def unified_diff(a, b, fromfile="", tofile="", fromfiledate="", tofiledate="", n=3, lineterm="\n"):
    for nth, group in enumerate(SequenceMatcher(None, a, b).get_grouped_opcodes(n)):
        if nth == 0:
            yield _header("---", fromfile, fromfiledate, lineterm)
            yield _header("+++", tofile, tofiledate, lineterm)
        old, new = _unified_range(group[0][1], group[-1][2]), _unified_range(group[0][3], group[-1][4])
        yield f"@@ -{old} +{new} @@{lineterm}"
        for kind, a_start, a_end, b_start, b_end in group:
            if kind == "equal":
                yield from [" " + line for line in a[a_start:a_end]]
            else:
                yield from ["-" + line for line in a[a_start:a_end]]
                yield from ["+" + line for line in b[b_start:b_end]]


def _context_range(start, end):
    return str(end) if end - start <= 1 else f"{start + 1},{end}"


def context_diff(a, b, fromfile="", tofile="", fromfiledate="", tofiledate="", n=3, lineterm="\n"):
    for nth, group in enumerate(SequenceMatcher(None, a, b).get_grouped_opcodes(n)):
        if nth == 0:
            yield _header("***", fromfile, fromfiledate, lineterm)
            yield _header("---", tofile, tofiledate, lineterm)
        kinds = [code[0] for code in group]
        yield "***************" + lineterm
        yield f"*** {_context_range(group[0][1], group[-1][2])} ****{lineterm}"
        if "replace" in kinds or "delete" in kinds:
            for kind, a_start, a_end, _, _ in group:
                yield from [_context_mark(kind) + line for line in a[a_start:a_end]]
        yield f"--- {_context_range(group[0][3], group[-1][4])} ----{lineterm}"
        if "replace" in kinds or "insert" in kinds:
            for kind, _, _, b_start, b_end in group:
                yield from [_context_mark(kind) + line for line in b[b_start:b_end]]


def _context_mark(kind):
    return {"insert": "+ ", "delete": "- ", "replace": "! ", "equal": "  "}[kind]


def restore(delta, which):
    kept = ["  ", {1: "- ", 2: "+ "}[int(which)]]
    return (line[2:] for line in delta if line[:2] in kept)

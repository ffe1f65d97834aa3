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
        self.blocks = None

    def set_seq2(self, b):
        self.b = list(b)
        self.blocks = None
        places = {}
        for i, x in enumerate(self.b):
            places.setdefault(x, []).append(i)
        self.junk = set()
        if self.isjunk is not None:
            self.junk = set([x for x in places if self.isjunk(x)])
        n = len(self.b)
        popular = []
        if self.autojunk and n >= 200:
            popular = [x for x, at in places.items() if len(at) > n // 100 + 1]
        for x in list(self.junk) + popular:
            if x in places:
                places.pop(x)
        self.places = places

    def find_longest_match(self, alo=0, ahi=None, blo=0, bhi=None):
        a, b = self.a, self.b
        ahi = len(a) if ahi is None else ahi
        bhi = len(b) if bhi is None else bhi
        besti, bestj, size = alo, blo, 0
        lengths = {}
        for i in range(alo, ahi):
            now = {}
            for j in self.places.get(a[i], []):
                if j < blo:
                    continue
                if j >= bhi:
                    break
                k = lengths.get(j - 1, 0) + 1
                now[j] = k
                if k > size:
                    besti, bestj, size = i - k + 1, j - k + 1, k
            lengths = now
        for junk in (False, True):
            while besti > alo and bestj > blo and (b[bestj - 1] in self.junk) == junk and a[besti - 1] == b[bestj - 1]:
                besti, bestj, size = besti - 1, bestj - 1, size + 1
            while besti + size < ahi and bestj + size < bhi and (b[bestj + size] in self.junk) == junk and a[besti + size] == b[bestj + size]:
                size += 1
        return Match(besti, bestj, size)

    def get_matching_blocks(self):
        if self.blocks is not None:
            return self.blocks
        todo = [(0, len(self.a), 0, len(self.b))]
        found = []
        while todo:
            alo, ahi, blo, bhi = todo.pop()
            i, j, k = self.find_longest_match(alo, ahi, blo, bhi)
            if k:
                found.append((i, j, k))
                if alo < i and blo < j:
                    todo.append((alo, i, blo, j))
                if i + k < ahi and j + k < bhi:
                    todo.append((i + k, ahi, j + k, bhi))
        found.sort()
        out = []
        ci, cj, ck = 0, 0, 0
        for i, j, k in found:
            if ci + ck == i and cj + ck == j:
                ck += k
            else:
                if ck:
                    out.append(Match(ci, cj, ck))
                ci, cj, ck = i, j, k
        if ck:
            out.append(Match(ci, cj, ck))
        out.append(Match(len(self.a), len(self.b), 0))
        self.blocks = out
        return out

    def get_opcodes(self):
        out = []
        i, j = 0, 0
        for ai, bj, size in self.get_matching_blocks():
            tag = ""
            if i < ai and j < bj:
                tag = "replace"
            elif i < ai:
                tag = "delete"
            elif j < bj:
                tag = "insert"
            if tag:
                out.append((tag, i, ai, j, bj))
            i, j = ai + size, bj + size
            if size:
                out.append(("equal", ai, i, bj, j))
        return out

    def get_grouped_opcodes(self, n=3):
        return _grouped(self.get_opcodes(), n)

    def ratio(self):
        return _ratio(sum([m[2] for m in self.get_matching_blocks()]), len(self.a) + len(self.b))

    def quick_ratio(self):
        left = {}
        for x in self.b:
            left[x] = left.get(x, 0) + 1
        matches = 0
        for x in self.a:
            if left.get(x, 0) > 0:
                matches += 1
            left[x] = left.get(x, 0) - 1
        return _ratio(matches, len(self.a) + len(self.b))

    def real_quick_ratio(self):
        return _ratio(min(len(self.a), len(self.b)), len(self.a) + len(self.b))


def _grouped(codes, n):
    if not codes:
        codes = [("equal", 0, 1, 0, 1)]
    if codes[0][0] == "equal":
        tag, i1, i2, j1, j2 = codes[0]
        codes[0] = (tag, max(i1, i2 - n), i2, max(j1, j2 - n), j2)
    if codes[-1][0] == "equal":
        tag, i1, i2, j1, j2 = codes[-1]
        codes[-1] = (tag, i1, min(i2, i1 + n), j1, min(j2, j1 + n))
    group = []
    for tag, i1, i2, j1, j2 in codes:
        if tag == "equal" and i2 - i1 > 2 * n:
            group.append((tag, i1, min(i2, i1 + n), j1, min(j2, j1 + n)))
            yield group
            group = []
            i1, j1 = max(i1, i2 - n), max(j1, j2 - n)
        group.append((tag, i1, i2, j1, j2))
    if group and not (len(group) == 1 and group[0][0] == "equal"):
        yield group


def _ratio(matches, length):
    return 2.0 * matches / length if length else 1.0


def get_close_matches(word, possibilities, n=3, cutoff=0.6):
    if n <= 0:
        raise ValueError("n must be > 0: " + repr(n))
    if not 0.0 <= cutoff <= 1.0:
        raise ValueError("cutoff must be in [0.0, 1.0]: " + repr(cutoff))
    found = []
    s = SequenceMatcher(b=word)
    for x in possibilities:
        s.set_seq1(x)
        if s.ratio() >= cutoff:
            found.append((s.ratio(), x))
    found.sort(reverse=True)
    return [x for _, x in found[:n]]


def _unified_range(start, stop):
    first, length = start + 1, stop - start
    if length == 1:
        return str(first)
    if length == 0:
        first -= 1
    return f"{first},{length}"


def _date(text):
    return "\t" + text if text else ""


def unified_diff(a, b, fromfile="", tofile="", fromfiledate="", tofiledate="", n=3, lineterm="\n"):
    started = False
    for group in SequenceMatcher(None, a, b).get_grouped_opcodes(n):
        if not started:
            started = True
            yield f"--- {fromfile}{_date(fromfiledate)}{lineterm}"
            yield f"+++ {tofile}{_date(tofiledate)}{lineterm}"
        old = _unified_range(group[0][1], group[-1][2])
        new = _unified_range(group[0][3], group[-1][4])
        yield f"@@ -{old} +{new} @@{lineterm}"
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                for line in a[i1:i2]:
                    yield " " + line
                continue
            if tag in ("replace", "delete"):
                for line in a[i1:i2]:
                    yield "-" + line
            if tag in ("replace", "insert"):
                for line in b[j1:j2]:
                    yield "+" + line


def _context_range(start, stop):
    first, length = start + 1, stop - start
    if length == 0:
        first -= 1
    if length <= 1:
        return str(first)
    return f"{first},{first + length - 1}"


def context_diff(a, b, fromfile="", tofile="", fromfiledate="", tofiledate="", n=3, lineterm="\n"):
    mark = {"insert": "+ ", "delete": "- ", "replace": "! ", "equal": "  "}
    started = False
    for group in SequenceMatcher(None, a, b).get_grouped_opcodes(n):
        if not started:
            started = True
            yield f"*** {fromfile}{_date(fromfiledate)}{lineterm}"
            yield f"--- {tofile}{_date(tofiledate)}{lineterm}"
        yield "***************" + lineterm
        yield f"*** {_context_range(group[0][1], group[-1][2])} ****{lineterm}"
        if any([code[0] in ("replace", "delete") for code in group]):
            for tag, i1, i2, _, _ in group:
                if tag != "insert":
                    for line in a[i1:i2]:
                        yield mark[tag] + line
        yield f"--- {_context_range(group[0][3], group[-1][4])} ----{lineterm}"
        if any([code[0] in ("replace", "insert") for code in group]):
            for tag, _, _, j1, j2 in group:
                if tag != "delete":
                    for line in b[j1:j2]:
                        yield mark[tag] + line


def restore(delta, which):
    wanted = ("  ", {1: "- ", 2: "+ "}[int(which)])
    for line in delta:
        if line[:2] in wanted:
            yield line[2:]

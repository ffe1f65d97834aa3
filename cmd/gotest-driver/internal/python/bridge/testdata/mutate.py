"""Puts typical mistakes into correct scripts, and tells what the check of package gotest finds in each, a line of JSON for each.

The arguments are a number of processes, the number of this one, and the files of scripts.
"""

import ast
import json
import sys

from gotest import Machine, QemuMachine, TYPE_CHECKING, _check  # noqa: F401
import gotest

MACHINES = dict.fromkeys("machine server client kafka router web db node1 node2 node3 a b".split(), "QemuMachine")
KINDS = [kind for kind in vars(gotest).values() if isinstance(kind, type)]


def declared(name):
    """A method of machines or networks, or a function of the driver, of that name."""
    for kind in (QemuMachine, gotest.Vlan):
        if callable(getattr(kind, name, None)):
            return getattr(kind, name)
    return None


class Mutator:
    def __init__(self, text, known):
        self.text = text
        self.tree = ast.parse(text)
        self.starts = [0]
        for line in text.encode().splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.data = text.encode()
        self.known = known
        self.out = []
        self.guarded = _check.Checker(self.data, "x.py", dict(MACHINES), True)

    def span(self, node):
        return self.starts[node.lineno - 1] + node.col_offset, self.starts[node.end_lineno - 1] + node.end_col_offset

    def source(self, node):
        start, end = self.span(node)
        return self.data[start:end].decode()

    def replace(self, kind, start, end, text, line):
        if line in self.guarded.guarded:
            return
        was = self.data[start:end].decode()
        mutant = self.data[:start] + text.encode() + self.data[end:]
        self.out.append((kind, f"{line}: {was!r} became {text!r}", mutant))

    def put(self, kind, node, text):
        self.replace(kind, *self.span(node), text, node.lineno)

    def type(self, node):
        return self.guarded.type_of(node)

    def run(self):
        for node in ast.walk(self.tree):
            visit = getattr(self, "visit_" + type(node).__name__, None)
            if visit:
                visit(node)
        return self.out

    def function(self, call):
        """The called function of the driver, if the receiver is certainly one of its objects."""
        func = call.func
        if isinstance(func, ast.Name):
            value = vars(gotest).get(func.id)
            bound = func.id in self.known
            return value if hasattr(value, "__code__") and not bound else None
        if isinstance(func, ast.Attribute):
            kind = vars(gotest).get(self.receiver(func.value))
            return getattr(kind, func.attr, None) if isinstance(kind, type) else None
        return None

    def receiver(self, node):
        """The class of what a name obviously stands for."""
        if isinstance(node, ast.Name):
            if node.id in MACHINES or node.id in ("machine", "m", "node", "peer", "target", "host"):
                return "QemuMachine"
            if node.id.startswith("vlan") and node.id[4:].isdigit():
                return "Vlan"
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "machines":
            return "Machine"
        return ""

    def visit_Call(self, call):
        function = self.function(call)
        if function is None:
            return
        start, end = self.span(call)
        name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id
        close = end - 1
        sep = ", " if call.args or call.keywords else ""
        if self.data[:close].rstrip().endswith(b","):
            sep = " "
        if isinstance(call.func, ast.Attribute):
            func_end = self.span(call.func)[1]
            middle = len(name) // 2
            for wrong in {name[:middle] + name[middle + 1 :], name[:middle] + name[middle] + name[middle:], name.replace("_", "", 1)} - {name}:
                if declared(wrong) is None:
                    self.replace("misspelt method", func_end - len(name), func_end, wrong, call.lineno)
            self.put("method of None", call.func.value, "None")
        code = function.__code__
        own = code.co_varnames[:1] == ("self",)
        params = code.co_varnames[own : code.co_argcount]
        every = code.co_varnames[own : code.co_argcount + code.co_kwonlyargcount]
        star = any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)
        if star:
            return
        if not code.co_flags & 4 and not call.keywords:
            self.replace("surplus argument", close, close, sep + "1, " * (len(params) - len(call.args)) + "1", call.end_lineno)
        if not code.co_flags & 8:
            self.replace("unknown keyword", close, close, sep + "nope=1", call.end_lineno)
        if not call.args and not call.keywords:
            self.replace("call without ()", self.span(call.func)[1], end, "", call.lineno)
        result = str(function.__annotations__.get("return"))
        if result == "None" and name not in ("fail",):
            self.put("length of nothing", call, f"len({self.source(call)})")
        if result == "str":
            self.put("output compared with a number", call, f"({self.source(call)} == 1)")
        given = list(zip(params, call.args)) + [(k.arg, k.value) for k in call.keywords]
        if code.co_flags & 4:
            given += [(code.co_varnames[len(every) + own], value) for value in call.args[len(params) :]]
        for keyword in call.keywords:
            at = self.span(keyword)[0]
            word = keyword.arg
            self.replace("misspelt keyword", at, at + len(word), word[:1] + word[2:] if len(word) > 2 else word + "x", keyword.value.lineno)
        required = len(params) - len(function.__defaults__ or ())
        if len(call.args) == 1 and required and not call.keywords and not code.co_flags & 4:
            self.put("argument left out", call.args[0], "")
        for name, value in given:
            self.value(function, name, value)

    def value(self, function, name, node):
        wanted = str(function.__annotations__.get(name, "Any"))
        plain = self.guarded.plain(wanted)
        parts = {part.partition("[")[0] for part in plain.split(" | ")}
        if parts & {"Any", "T", "object"}:
            return
        if "None" not in parts:
            self.put("None as an argument", node, "None")
        if parts <= {"str", "bytes", "None", "PathLike", "Pattern"}:
            self.put("argument of a wrong type", node, "5")
            self.put("argument of a wrong type", node, '["x"]')
        elif parts <= {"int", "float", "bool", "timedelta", "None"}:
            self.put("argument of a wrong type", node, '"x"')
            self.put("argument of a wrong type", node, '["x"]')
        else:
            self.put("argument of a wrong type", node, "3.5" if "float" not in parts else '["x"]')
        text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if text and "Regex" in wanted:
            self.put("wrong regular expression", node, repr(node.value + "("))
            self.put("wrong regular expression", node, repr("*" + node.value))
        if text and wanted == "Key":
            self.put("wrong key", node, repr(node.value + "x1"))
            self.put("wrong key", node, repr("strg-" + node.value))
        if text and wanted.startswith("GuestName"):
            self.put("wrong guest", node, repr(node.value + "n"))
        if wanted.startswith("Duration") and isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and node.value > 5:
            self.put("time in milliseconds", node, f"{node.value} * 1000")
        if wanted in ("str", "ShellCommand") and isinstance(node, ast.JoinedStr) and any(isinstance(v, ast.FormattedValue) and isinstance(v.value, ast.Name) for v in node.values):
            start, end = self.span(node)
            if self.data[start : start + 1] == b"f":
                self.replace("f left out", start, start + 1, "", node.lineno)

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Load) and len(node.id) > 3:
            self.put("undefined name", node, node.id[:2] + node.id[3:])

    def visit_Assign(self, node):
        target, value = node.targets[0], node.value
        if not isinstance(value, ast.Call) or len(node.targets) > 1:
            return
        function = self.function(value)
        result = str(function.__annotations__.get("return")) if function else ""
        end = self.span(target)[1]
        if isinstance(target, ast.Tuple) and result.startswith("tuple["):
            self.replace("unpacking into one name more", end, end, ", more", node.lineno)
            func_end = self.span(value.func)[1]
            if value.func.attr == "execute":
                self.replace("unpacked from succeed", func_end - 7, func_end, "succeed", node.lineno)
        elif isinstance(target, ast.Name) and result in ("str", "int", "float", "bool", "None"):
            self.replace("unpacking of a single value", end, end, ", more", node.lineno)

    def visit_For(self, node):
        self.put("loop over a number", node.iter, "7")
        self.put("loop over None", node.iter, "None")

    def visit_Subscript(self, node):
        known = self.type(node.value) or ""
        if known.startswith("tuple[int, str]"):
            self.replace("status and output not told apart", self.span(node.value)[1], self.span(node)[1], "", node.lineno)
            self.put("index beyond the tuple", node.slice, "2")

    def visit_BinOp(self, node):
        if isinstance(node.op, ast.Add) and "str" in (self.type(node.left), self.type(node.right)):
            self.put("operand of a wrong type", node.right if self.type(node.left) == "str" else node.left, "1")
            self.put("operand of a wrong type", node.right if self.type(node.left) == "str" else node.left, "None")

    def visit_Compare(self, node):
        right = node.comparators[0]
        if len(node.ops) > 1:
            return
        known = self.type(node.left)
        if isinstance(node.ops[0], (ast.Eq, ast.NotEq)) and isinstance(right, ast.Constant):
            if known == "int" and type(right.value) is int:
                self.put("number in quotes", right, repr(str(right.value)))
            elif known == "str" and isinstance(right.value, str):
                self.put("compared with a number", right, "0")
        if isinstance(node.left, ast.Call) and getattr(node.left.func, "id", "") in ("int", "len") and len(node.left.args) == 1 and self.type(node.left.args[0]) == "str":
            self.put("conversion left out", node.left, self.source(node.left.args[0]))
        if isinstance(node.ops[0], (ast.In, ast.NotIn)):
            self.put("operand of a wrong type", right, "5")
            if known == "str" and self.type(right) == "str":
                self.put("number searched in a text", node.left, "1")

    def visit_Expr(self, node):
        if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute) and self.receiver(node.value.func.value) and self.type(node.value) == "None":
            start = self.span(node)[0]
            self.replace("result of a procedure", start, start, "result = ", node.lineno)

    def visit_With(self, node):
        for item in node.items:
            if isinstance(item.context_expr, ast.Call) and getattr(item.context_expr.func, "id", "") == "subtest":
                self.put("subtest without its name", item.context_expr, "subtest")


def found(source):
    try:
        return _check.findings(source, "x.py", dict(MACHINES), True)[0]
    except SyntaxError as error:
        return [("syntax-error", error.lineno or 1, 1, 2, str(error.msg), [])]


def main():
    count, mine = int(sys.argv[1]), int(sys.argv[2])
    for at, path in enumerate(sys.argv[3:]):
        if at % count != mine:
            continue
        with open(path, encoding="utf-8") as file:
            text = file.read()
        base = found(text.encode())
        print(json.dumps({"file": path, "what": "", "findings": base}))
        tree = ast.parse(text)
        known = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
        for kind, what, source in Mutator(text, known).run():
            print(json.dumps({"file": path, "kind": kind, "what": what, "source": source.decode(), "findings": found(source)}))


main()

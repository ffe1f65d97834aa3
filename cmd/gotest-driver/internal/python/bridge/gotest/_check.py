"""A quick check of a script before anything boots: names, and calls of the driver.

It finds what is certain to fail: what a value is, is known of the driver's own names, and of names that are bound once.
A finding is (code, line, column, end column, message, words that may have been meant). What only the driver can judge
(regular expressions, keys, guests) is handed to it as a finding whose code is "regex", "key" or "guest".
"""

from __future__ import annotations

import _ast
import _symtable
import builtins
import posix
import sys

from gotest import _bridge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# From CPython's Include/internal/pycore_symtable.h: the bits of a symbol's flags with its scope, and whether it is used.
SCOPE_SHIFT = getattr(_symtable, "SCOPE_OFF")
SCOPE_MASK = getattr(_symtable, "SCOPE_MASK")
GLOBAL = (getattr(_symtable, "GLOBAL_EXPLICIT"), getattr(_symtable, "GLOBAL_IMPLICIT"))
BOUND = getattr(_symtable, "DEF_BOUND")
USED = getattr(_symtable, "USE")

BUILTIN_TYPES = {kind.__name__: kind for kind in (str, bytes, int, float, bool, tuple, list, dict, set)}
BUILTIN_TYPES["None"] = type(None)
PYTHON_NAMES = {"__qualname__", "__module__", "__file__", "__name__", "__builtins__", "__doc__", "__package__", "__spec__", "__loader__", "__annotations__", "__debug__", "os"}
# Modules whose functions' parameters are also known. The script imports them anyway.
MODULES = {"base64", "json", "math", "random", "re", "shlex", "textwrap", "time"}
REGEX_PARAMETERS = {"pattern", "expected_regex", "unexpected_regex"}
# Functions that can be called with the script's literals, besides the methods of str.
PURE = {("shlex", "quote"), ("shlex", "split"), ("json", "loads")}
DYNAMIC = {"exec", "eval", "globals", "locals", "vars", "builtins", "__builtins__", "__main__", "f_globals", "modules"}
STR_RESULTS = {
    method: kind
    for kind, methods in {
        "str": "capitalize casefold center expandtabs format join ljust lower lstrip removeprefix removesuffix replace rjust rstrip strip title upper zfill",
        "list[str]": "split rsplit splitlines",
        "int": "count find index rfind rindex",
        "bytes": "encode",
    }.items()
    for method in methods.split()
}


class Checker:
    def __init__(self, source: bytes, filename: str, given: dict[str, str], whole: bool) -> None:
        self.api = dict(vars(sys.modules["gotest"]))
        self.lines = _bridge.text_lines(source)
        self.tree = compile(source, filename, "exec", _ast.PyCF_ONLY_AST, dont_inherit=True)
        self.table = _symtable.symtable(source, filename, "exec")
        self.nodes = list(_bridge.walk(self.tree))
        # A script that creates machines itself does not use those of a configuration.
        self.whole = whole or any(type(node) is _ast.Name and node.id == "create_machine" for node in self.nodes)
        self.found: list[tuple[Any, ...]] = []
        self.types = {name: str(kind) for name, kind in sys.modules["gotest"].__annotations__.items()}
        self.types.update({"log": "_log", "debug": "_debug", **given})
        self.names = {*self.types, *self.api["__all__"], *dir(builtins), *PYTHON_NAMES}
        self.guarded = self.guards()
        self.optional = self.asked()
        self.assumed: set[str] = set()
        self.learn()
        self.add_testing()

    def guards(self) -> list[tuple[int, int]]:
        """The lines that may fail, because a handler or a context manager catches their exceptions."""
        ranges = []
        for node in self.nodes:
            body = []
            if type(node).__name__ in ("Try", "TryStar") and node.handlers:
                body = node.body
            elif type(node) is _ast.If and self.depends(node.test):
                body = node.body + node.orelse
            elif type(node) is _ast.Call and getattr(node.func, "attr", "").startswith("assertRaises"):
                body = [node]
            elif type(node) is _ast.With:
                calls = [item.context_expr.func for item in node.items if type(item.context_expr) is _ast.Call]
                names = [getattr(name, "attr", getattr(name, "id", "")) for name in calls]
                classes = [getattr(arg, "id", "") for item in node.items for arg in getattr(item.context_expr, "args", ())]
                expected = any(name.endswith(("Error", "Exception", "Failed", "Timeout")) for name in classes)
                if expected or any(name.startswith("assertRaises") or name in ("raises", "suppress") for name in names):
                    body = node.body
            if body:
                ranges.append((body[0].lineno, body[-1].end_lineno))
        return ranges

    @staticmethod
    def depends(test: Any) -> bool:
        """Whether a condition tests for the version of Python, the system or a member, or is false."""
        for node in _bridge.walk(test):
            if getattr(node, "attr", "") in ("version_info", "platform", "name") and getattr(node.value, "id", "") in ("sys", "os"):
                return True
            if getattr(node, "id", "") in ("hasattr", "TYPE_CHECKING"):
                return True
        return type(test) is _ast.Constant and not test.value

    def asked(self) -> set[str]:
        """The members that the script tests for before it uses them."""
        names = set()
        for node in self.nodes:
            if type(node) is _ast.Call and type(node.func) is _ast.Name and node.func.id in ("hasattr", "getattr"):
                names |= {arg.value for arg in node.args if type(arg) is _ast.Constant and isinstance(arg.value, str)}
        return names

    def is_guarded(self, line: int) -> bool:
        return any(first <= line <= last for first, last in self.guarded)

    # Known types of values

    def learn(self) -> None:
        """Removes names that the script binds from the known names, and adds those that it binds to values of one type."""
        bound: dict[str, list[Any]] = {}
        known: set[int] = set()  # the names whose values are

        def bind(target: Any, how: str, value: Any) -> None:
            if type(target) is _ast.Name:
                known.add(id(target))
                bound.setdefault(target.id, []).append((how, value))
            elif type(target) in (_ast.Tuple, _ast.List) and how == "value" and not any(type(e) is _ast.Starred for e in target.elts):
                for at, element in enumerate(target.elts):
                    bind(element, "item", (value, at, len(target.elts)))

        for node in self.nodes:
            kind = type(node)
            if kind is _ast.Assign:
                for target in node.targets:
                    bind(target, "value", node.value)
            elif kind is _ast.AnnAssign:
                bind(node.target, "annotation", node.annotation)
            elif kind in (_ast.For, _ast.comprehension):
                bind(node.target, "element", node.iter)
        many = {id(arg) for node in self.nodes if type(node) is _ast.arguments for arg in (node.vararg, node.kwarg)}
        for node in self.nodes:
            kind = type(node)
            how: Any = None
            if kind is _ast.Name and type(node.ctx) is not _ast.Load and id(node) not in known:
                name = node.id
            elif kind is _ast.arg:
                name, how = node.arg, node.annotation and id(node) not in many and ("annotation", node.annotation)
            elif kind is _ast.FunctionDef:
                name, how = node.name, ("function", node)
            elif kind in (_ast.AsyncFunctionDef, _ast.ClassDef):
                name = node.name
            elif kind is _ast.alias and node.name != "*":
                name, how = node.asname or node.name.partition(".")[0], ("import", node.name)
            elif kind is _ast.ExceptHandler and node.name:
                name = node.name
            elif getattr(node, "rest", None) or kind.__name__ in ("MatchAs", "MatchStar") and node.name:
                name = getattr(node, "rest", None) or node.name
            else:
                continue
            bound.setdefault(name, []).append(how)
        imported = {id(alias) for node in self.nodes if type(node) is _ast.ImportFrom for alias in node.names}
        for node in self.nodes:
            if id(node) in imported:  # names of a module, not modules
                bound.setdefault(node.asname or node.name, []).append(None)
        if any(type(n) is _ast.ImportFrom and n.names[0].name == "*" and n.module != "gotest" for n in self.nodes):
            for name in self.api["__all__"]:  # it may be another there
                bound.setdefault(name, []).append(None)
        self.bound = bound
        for name in bound:
            self.types.pop(name, None)
        for _ in range(3):  # names whose values use such names
            for name, values in bound.items():
                found, *others = {value and self.of_binding(*value) for value in values}
                if found and not others:
                    self.types[name] = str(found)
        if not self.whole:
            self.assume_machines()

    def of_binding(self, how: str, value: Any) -> str | None:
        if how == "annotation":
            return self.annotated(value)
        if how == "function":
            plain = not value.decorator_list and not any(type(n) in (_ast.Yield, _ast.YieldFrom) for n in _bridge.walk(value))
            kind = self.annotated(value.returns) if plain and value.returns else None
            return f"function:{kind}" if kind else None
        if how == "import":
            return f"module:{value}" if value in MODULES and not _bridge.has_module(value) and _bridge.standard(value) else None
        if how == "item":
            value, at, count = value
            kinds = self.members(self.type_of(value) or "")
            return kinds[at] if len(kinds) == count and kinds[at] in ("int", "str") else None
        if how == "element" and type(value) in (_ast.List, _ast.Tuple):
            elements = {self.type_of(element) for element in value.elts}
            return elements.pop() if len(elements) == 1 else None
        known = self.type_of(value)
        if how == "element":
            return known[5:-1] if known and known.startswith("list[") else None
        return known if known in BUILTIN_TYPES and known != "None" or known in self.api or known and known.startswith("list[") else None

    def annotated(self, node: Any) -> str | None:
        """The type of an annotation, if it certainly holds."""
        if type(node) is _ast.Constant and isinstance(node.value, str):
            name = node.value
        elif type(node) is _ast.Name:
            name = node.id
        elif type(node) is _ast.Subscript and type(node.value) is _ast.Name and node.value.id in ("list", "List"):
            element = self.annotated(node.slice)
            return f"list[{element}]" if element else None
        else:
            return None
        own = any(type(node) is _ast.ClassDef and node.name == name for node in self.nodes)
        return name if (name in ("str", "Vlan") or self.is_machine(name)) and not own else None

    def is_machine(self, name: str) -> bool:
        """Whether this is the class of all machines, or that of a backend's."""
        value = self.api.get(name)
        return isinstance(value, type) and value.__name__ == name and issubclass(value, self.api["Machine"])

    def assume_machines(self) -> None:
        """Without a configuration, an unbound name is a machine if it is used as one."""
        machine = self.api["Machine"]
        used = ["machine"]
        for node in self.nodes:
            if type(node) is _ast.Call and (type(node.func) is not _ast.Name or node.func.id in self.bound):
                used += [item.id for item in node.args if type(item) is _ast.Name]
            if type(node) is _ast.Attribute and type(node.value) is _ast.Name and hasattr(machine, node.attr):
                used.append(node.value.id)
            elif type(node) is _ast.Assign and type(node.value) is _ast.Name:
                used.append(node.value.id)
            elif type(node) in (_ast.List, _ast.Tuple):
                used += [item.id for item in node.elts if type(item) is _ast.Name and type(item.ctx) is _ast.Load]
        for name in used:
            if name not in self.names:
                self.assumed.add(name)
                if name not in self.bound:
                    self.types[name] = "Machine"

    def add_testing(self) -> None:
        """Makes `t` known where the script uses it."""
        uses = [node for node in self.nodes if type(node) is _ast.Attribute and type(node.value) is _ast.Name and node.value.id == "t"]
        if uses and "t" not in self.bound and all(type(node.ctx) is _ast.Load for node in uses):
            self.api["TestCase"] = _bridge.standard("unittest").TestCase
            self.types["t"] = "TestCase"

    def function(self, node: Any) -> Any:
        """The called function as a Python function: one of the driver, of `t`, of a str, or of Python's MODULES."""
        if type(node) is _ast.Name:
            if node.id in self.bound or node.id not in self.api["__all__"]:
                return None
            value = self.api[node.id]
            return value if hasattr(value, "__code__") else None
        if type(node) is not _ast.Attribute:
            return None
        known = self.type_of(node.value) or ""
        if known.startswith("module:"):
            return self.in_python(getattr(sys.modules[known[7:]], node.attr, None))
        if known == "str":
            return self.in_python(getattr(str, node.attr, None))
        owner = self.class_of(node.value)
        for base in owner.__mro__ if owner else ():
            value = base.__dict__.get(node.attr)
            if value is not None:
                return getattr(value, "__func__", value) if not isinstance(value, property) else None
        return None

    @staticmethod
    def in_python(value: Any) -> Any:
        """A function with the signature of one that may be in C; None if that is unknown."""
        signature = getattr(value, "__text_signature__", None)
        if hasattr(value, "__code__") or not callable(value) or not signature or not value.__name__.isidentifier():
            return value if hasattr(value, "__code__") else None
        names: dict[str, Any] = {}
        for first in ("$module", "$self"):
            for rest in (", /, ", ", /", ", "):
                signature = signature.replace(f"({first}{rest}", "(")
        try:
            exec(f"def {value.__name__}{signature}: pass", names)
        except (SyntaxError, NameError):
            return None  # a default value that can't be written
        return names[value.__name__]

    def class_of(self, node: Any) -> Any:
        known = self.type_of(node)
        value = self.api.get(known) if known else None
        return value if isinstance(value, type) else None

    def type_of(self, node: Any) -> str | None:
        """The annotation for a value's type; None if it is unknown."""
        kind = type(node)
        if kind is _ast.Constant:
            return type(node.value).__name__ if node.value is not None else "None"
        if kind is _ast.JoinedStr:
            return "str"
        if kind in (_ast.List, _ast.Tuple, _ast.Dict, _ast.Set):
            return kind.__name__.lower()
        if kind is _ast.Name:
            return self.types.get(node.id)
        if kind is _ast.Call:
            if type(node.func) is _ast.Name and self.types.get(node.func.id, "").startswith("function:"):
                return self.types[node.func.id][9:]
            if type(node.func) is _ast.Attribute and self.type_of(node.func.value) == "str":
                return STR_RESULTS.get(node.func.attr)
            function = self.function(node.func)
            return function.__annotations__.get("return") if hasattr(function, "__annotations__") else None
        if kind is _ast.Attribute:
            owner = self.class_of(node.value)
            value = getattr(owner, node.attr, None) if owner else None
            return value.fget.__annotations__.get("return") if isinstance(value, property) else None
        if kind is _ast.ListComp:
            element = self.type_of(node.elt)
            return f"list[{element}]" if element else "list"
        if kind is _ast.Subscript:
            known = self.type_of(node.value)
            if type(node.slice) is _ast.Slice:
                return known if known == "str" or known and known.startswith("list[") else None
            if known == "str":
                return "str"
            if known and known.startswith("list["):
                return known[5:-1]
            if known and known.startswith("tuple[") and type(node.slice) is _ast.Constant:
                kinds = self.members(known)
                return kinds[node.slice.value] if node.slice.value in range(len(kinds)) and "..." not in kinds else None
        return None

    # Findings

    def column(self, line: int, offset: int) -> int:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return len(text.encode()[:offset].decode("utf-8", "replace")) + 1

    def tell(self, code: str, node: Any, message: str, meant: Any = ()) -> None:
        if self.is_guarded(node.lineno):
            return
        start = self.column(node.lineno, node.col_offset)
        end = self.column(node.lineno, node.end_col_offset) if node.end_lineno == node.lineno else start + 1
        if type(node) is _ast.Attribute and node.end_lineno == node.lineno:
            start = end - len(node.attr)  # the member, not its owner
        self.found.append((code, node.lineno, start, end, message, list(meant)))

    def check(self) -> list[tuple[Any, ...]]:
        self.undefined()
        for node in self.nodes:
            visit = getattr(self, "visit_" + type(node).__name__, None)
            if visit:
                visit(node)
        return sorted(self.found, key=lambda found: found[1:3])

    def undefined(self) -> None:
        names = set(self.names)
        for node in self.nodes:
            if type(node) is _ast.ImportFrom and node.names[0].name == "*" and node.module != "gotest":
                return
            if getattr(node, "id", getattr(node, "attr", "")) in DYNAMIC:
                return  # names may come from there
        names |= {name for name, flags in self.table.symbols.items() if flags & BOUND}
        names |= {node.target.id for node in self.nodes if type(node) is _ast.NamedExpr}
        tables = [self.table]
        missing: set[tuple[str, int]] = set()
        for table in tables:
            tables += table.children
            for name, flags in table.symbols.items():
                scope = flags >> SCOPE_SHIFT & SCOPE_MASK
                top = table is self.table and not flags & BOUND
                if name not in names and flags & USED and (top or scope in GLOBAL):
                    missing.add((name, table.lineno))
                if scope in GLOBAL and flags & BOUND:
                    names.add(name)  # `global x` in a function
        said = set()  # not all annotations are evaluated
        for node in self.nodes:
            for name in ("annotation", "returns"):
                annotation = getattr(node, name, None)
                said |= {id(n) for n in _bridge.walk(annotation)} if annotation else set()
        uses = sorted(
            (node.lineno, node.col_offset, node.id, node)
            for node in self.nodes
            if type(node) is _ast.Name and type(node.ctx) is _ast.Load and id(node) not in said
        )
        for name, line in sorted(missing):
            if name in names or name in self.assumed:
                continue
            for use in uses:
                if use[2] == name and use[0] >= line:
                    kind = "unknown-machine" if self.used_as_machine(use[3]) else "undefined-name"
                    what = "machine" if kind == "unknown-machine" else "name"
                    self.tell(kind, use[3], f"there is no {what} {name}", sorted(names - PYTHON_NAMES))
                    break

    def used_as_machine(self, name: Any) -> bool:
        machine = self.api["Machine"]
        return any(
            type(node) is _ast.Attribute and node.value is name and hasattr(machine, node.attr) for node in self.nodes
        )

    def visit_Attribute(self, node: Any) -> None:
        known = self.type_of(node.value)
        if not known or type(node.ctx) is not _ast.Load:
            return
        if known.startswith("module:"):
            owner: Any = sys.modules[known[7:]]
        else:
            owner = self.class_of(node.value) or BUILTIN_TYPES.get(known.partition("[")[0])
        if owner is None or hasattr(owner, node.attr) or node.attr in self.optional:
            return
        shown = known.lstrip("_").replace("module:", "module ")
        members = [name for name in dir(owner) if not name.startswith("_")]
        self.tell("unknown-attribute", node, f"{shown} has no attribute {node.attr}", members)

    def visit_Assign(self, node: Any) -> None:
        known = self.type_of(node.value)
        if not known or type(node.value) not in (_ast.Call, _ast.Attribute):
            return
        for target in node.targets:
            if type(target) not in (_ast.Tuple, _ast.List) or any(type(e) is _ast.Starred for e in target.elts):
                continue
            want = len(target.elts)
            if known.startswith("tuple[") and "..." not in known:
                have = len(self.members(known))
                if have != want:
                    self.tell("unpack-count", target, f"{have} values are unpacked into {want} names")
            elif known.partition("[")[0] in ("str", "None", "int", "bool", "float") or known in self.api:
                self.tell("unpack-count", target, f"a {known} is unpacked into {want} names")

    @staticmethod
    def members(known: str) -> list[str]:
        out, depth, text = [], 0, ""
        for c in known.partition("[")[2][:-1]:
            depth += (c == "[") - (c == "]")
            if c == "," and not depth:
                out.append(text.strip())
                text = ""
            else:
                text += c
        return [*out, text.strip()]

    def visit_BinOp(self, node: Any) -> None:
        left, right = self.type_of(node.left), self.type_of(node.right)
        if not left or not right:
            return
        if type(node.op) is _ast.Add:
            kinds = {left.partition("[")[0], right.partition("[")[0]}
            if kinds <= {"str", "int", "float", "bytes", "tuple", "None"} and len(kinds) == 2 and kinds != {"int", "float"}:
                self.tell("operand-type", node, f"{left} + {right} is not possible")
        elif type(node.op) is _ast.Mod and type(node.left) is _ast.Constant and left == "str" and right == "str":
            wanted = node.left.value.replace("%%", "").count("%")
            if wanted != 1:
                self.tell("format-string", node, f"the format takes {wanted} values, and gets one str")

    def visit_Compare(self, node: Any) -> None:
        if len(node.ops) != 1 or type(node.ops[0]) not in (_ast.Lt, _ast.LtE, _ast.Gt, _ast.GtE):
            return
        kinds = {(self.type_of(n) or "?").partition("[")[0] for n in (node.left, node.comparators[0])}
        if "str" in kinds and kinds & {"int", "float", "tuple", "None"}:
            self.tell("operand-type", node, f"{' and '.join(sorted(kinds))} have no order")

    def visit_Expr(self, node: Any) -> None:
        value = node.value
        if type(value) is _ast.Attribute and callable(self.function(value)):
            self.tell("useless-statement", value, f"{value.attr} is not called: write {value.attr}()")
        elif type(value) is _ast.Call and type(value.func) is _ast.Name and self.function(value.func) is self.api["subtest"]:
            self.tell("useless-statement", value, 'nothing is run in this subtest: write with subtest("…"):')

    def visit_Call(self, node: Any) -> None:
        function = self.function(node.func)
        code = getattr(function, "__code__", None)
        if code is None or any(type(a) is _ast.Starred for a in node.args) or any(k.arg is None for k in node.keywords):
            return
        count = len(self.found)
        method = type(node.func) is _ast.Attribute and code.co_argcount and code.co_varnames[0] == "self"
        positional = list(code.co_varnames[method : code.co_argcount])
        named = list(code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount])
        many = code.co_varnames[len(positional) + len(named) + method] if code.co_flags & 4 else None
        if len(node.args) > len(positional) and not many:
            extra = node.args[len(positional)]
            self.tell("surplus-argument", extra, f"{function.__name__} takes {len(positional)} arguments by position, got {len(node.args)}")
        given = dict(zip(positional, node.args))
        for keyword in node.keywords:
            if keyword.arg not in positional[max(code.co_posonlyargcount - method, 0) :] + named:
                if code.co_flags & 8:
                    continue
                message = f"{function.__name__} has no parameter {keyword.arg}"
                self.tell("unknown-argument", keyword, message, positional + named)
            elif keyword.arg in given:
                self.tell("repeated-argument", keyword, f"{function.__name__} got several values for {keyword.arg}")
            given[keyword.arg] = keyword.value
        required = positional[: len(positional) - len(function.__defaults__ or ())]
        required += [name for name in named if name not in (function.__kwdefaults__ or {})]
        missing = [name for name in required if name not in given]
        if missing:
            self.tell("missing-argument", node.func, f"{function.__name__} lacks {', '.join(missing)}")
        arguments = list(given.items()) + [(many, value) for value in node.args[len(positional) :] if many]
        for name, value in arguments:
            self.argument(function, name, value)
        if len(self.found) == count:
            self.attempt(node)

    def attempt(self, node: Any) -> None:
        """Calls a function without effects with the script's literals, to see whether Python accepts their types."""
        if type(node.func) is not _ast.Attribute or node.keywords or not node.args or any(type(a) is not _ast.Constant for a in node.args):
            return
        known = self.type_of(node.func.value) or ""
        values = [a.value for a in node.args]
        if known != "str" and (known[7:], node.func.attr) not in PURE or any(type(v) is int and v > 1000 for v in values):
            return
        try:
            getattr("" if known == "str" else sys.modules[known[7:]], node.func.attr)(*values)
        except TypeError as error:
            self.tell("argument-type", node.args[0], f"{node.func.attr} does not take that: {error}")
        except Exception:
            pass  # it depends on the values

    def argument(self, function: Any, name: Any, value: Any) -> None:
        wanted = str(function.__annotations__.get(name, "Any"))
        known = self.type_of(value)
        if name in REGEX_PARAMETERS and wanted == "Any":
            self.regex(value)
        elif known and not self.fits(known, value, wanted):
            self.tell("argument-type", value, f"{name} must be {self.plain(wanted)}, not {known.lstrip('_')}")
        elif type(value) is not _ast.Constant or not isinstance(value.value, str):
            return
        elif wanted.startswith("Regex") or "| Regex" in wanted:
            self.tell("regex", value, value.value)
        elif wanted == "Key":
            self.tell("key", value, value.value)
        elif wanted.startswith("GuestName"):
            self.tell("guest", value, value.value)

    def regex(self, node: Any) -> None:
        if type(node) is _ast.Constant and isinstance(node.value, (str, bytes)):
            import re

            try:
                re.compile(node.value)
            except re.error as error:
                self.tell("invalid-regex", node, f"the regular expression is not valid: {error}")

    def plain(self, wanted: str) -> str:
        return " | ".join(self.api["_TYPES"].get(part, part) for part in wanted.split(" | "))

    def fits(self, known: str, value: Any, wanted: str) -> bool:
        """Whether a type may fit a parameter. An unknown type fits."""
        bare = known.partition("[")[0]
        if bare not in BUILTIN_TYPES and known not in self.api:
            return True
        for part in self.plain(wanted).split(" | "):
            part = part.partition("[")[0]
            if part not in ("str", "int", "float", "bool", "None", "timedelta", "PathLike", "bytes", "Machine", "tuple", "dict"):
                return True
            if part == bare or part == "float" and bare == "int" or part == "tuple" and bare == "list":
                return True
            if part == "Machine" and self.is_machine(known):
                return True
        return False


def modules(tree: Any, filename: str, known: dict[str, tuple[Any, ...] | None]) -> None:
    """Adds the files of the script's own modules that a file imports, directly or not, and their errors."""
    for node in _bridge.walk(tree):
        names = []
        directory = _bridge.root.rstrip("/")
        if type(node) is _ast.Import:
            names = [alias.name for alias in node.names]
        elif type(node) is _ast.ImportFrom:
            if node.level:  # relative to the file's own directory, or one above it
                directory = "/".join(filename.split("/")[: -node.level])
            base = node.module or ""
            names = [base, *(f"{base}.{alias.name}" if base else alias.name for alias in node.names)]
        for name in names:
            parts = [part for part in name.split(".") if part]
            for count in range(1, len(parts) + 1):
                stem = "/".join([directory, *parts[:count]])
                for path in (f"{stem}.py", f"{stem}/__init__.py"):
                    if path in known:
                        continue
                    try:
                        if posix.stat(path).st_mode & 0o170000 != 0o100000:
                            continue  # no regular file
                        with open(path, "rb") as file:
                            inner = compile(file.read(), path, "exec", _ast.PyCF_ONLY_AST, dont_inherit=True)
                    except OSError:
                        continue  # it is not the script's own
                    except (SyntaxError, ValueError) as error:
                        at = getattr(error, "lineno", None) or 1, getattr(error, "offset", None) or 1
                        known[path] = (path, *at, getattr(error, "msg", None) or str(error))
                        continue
                    known[path] = None
                    modules(inner, path, known)


def findings(source: bytes, filename: str, given: dict[str, str], whole: bool) -> tuple[list[Any], ...]:
    """The errors, the files of the script's own modules, and those of them that can't be compiled.

    given are the classes of machines and networks, by name; whole when there are no others.
    """
    errors = sys.stderr
    setattr(sys, "stderr", None)  # the compiler's warnings are already reported
    try:
        checker = Checker(source, filename, given, whole)
        files: dict[str, tuple[Any, ...] | None] = {}
        modules(checker.tree, filename, files)
        return checker.check(), list(files), [broken for broken in files.values() if broken]
    finally:
        sys.stderr = errors

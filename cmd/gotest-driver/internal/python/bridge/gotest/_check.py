"""A quick check of a script before anything boots: names, and calls of the driver.

It finds what is certain to fail: what a value is, is known of the driver's own names, and of names that are bound once.
A finding is (code, line, column, end column, message, words that may have been meant). What only the driver can judge
(regular expressions, keys, layouts, guests, times, ports, buttons) is handed to it as a finding whose code is the type's
name.
"""

from __future__ import annotations

import _ast
import _bisect
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
MODULES = {"base64", "datetime", "json", "math", "random", "re", "shlex", "textwrap", "time"}
REGEX_PARAMETERS = {"pattern", "expected_regex", "unexpected_regex"}
# Functions that can be called with the script's literals, besides the methods of str.
# Functions of Python's modules that take texts: which of their arguments.
TEXTS = {"json": {"loads": 0}, "shlex": {"quote": 0, "split": 0}, "re": {"search": 1, "match": 1, "fullmatch": 1, "findall": 1, "finditer": 1, "split": 1, "sub": 2}, "textwrap": {"dedent": 0}}
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
STR_RESULTS.update(dict.fromkeys("startswith endswith isalnum isalpha isdigit islower isspace isupper".split(), "bool"))
# What other methods return, by the type of their owner.
RESULTS = {
    "list": dict.fromkeys("append extend insert remove sort reverse clear".split(), "None") | {"count": "int", "index": "int"},
    "dict": dict.fromkeys("clear update".split(), "None"),
    "set": dict.fromkeys("add discard remove update clear".split(), "None"),
    "module:json": {"loads": "JSON", "dumps": "str"},
    "module:re": {"findall": "list", "sub": "str", "escape": "str", "split": "list"},
    "module:shlex": {"quote": "str", "join": "str", "split": "list[str]"},
    "module:time": {"time": "float", "monotonic": "float"},
    "module:textwrap": {"dedent": "str", "indent": "str"},
    "module:random": {"randint": "int", "randrange": "int", "random": "float", "uniform": "float", "choices": "list"},
}
# What Python's own functions return, where that does not depend on their arguments.
BUILTIN_RESULTS = {
    name: kind
    for kind, functions in {
        "int": "len int ord hash id",
        "str": "str repr chr ascii hex oct bin format input",
        "float": "float",
        "bool": "bool any all isinstance issubclass callable hasattr",
        "list": "list sorted",
        "dict": "dict",
        "set": "set",
        "None": "print",
    }.items()
    for name in functions.split()
}
ITERATING = set("enumerate sorted list tuple set frozenset any all sum zip reversed iter".split())
SIGNED = {"len", "sorted", "any", "all", "sum", "abs", "ord", "chr", "repr", "hex", "isinstance"}
# The members of values that come out of JSON.
IN_JSON = {member for kind in (str, list, dict, int, float, bool) for member in dir(kind)}
COMPARED = {"assertEqual": "==", "assertNotEqual": "!=", "assertIs": "==", "assertIsNot": "!=", "assertIn": "in", "assertNotIn": "not in"}
ORDERED = {"assertGreater": ">", "assertGreaterEqual": ">=", "assertLess": "<", "assertLessEqual": "<="}
OPERATORS = {"Eq": "==", "NotEq": "!=", "Is": "==", "IsNot": "!=", "In": "in", "NotIn": "not in"}


WARNED = " warning"
CERTAIN = -1  # of a name that is set on every way
MOST_GUESSES = 20_000  # words that may have been meant, in all findings


def article(kind: str) -> str:
    return ("an " if kind[0] in "aeiou" else "a ") + kind


class Anything:
    """A value that every format can show."""

    def __getattr__(self, name: str) -> Anything:
        return self

    def __getitem__(self, key: object) -> Anything:
        return self

    def __format__(self, spec: str) -> str:
        return ""

    def __int__(self) -> int:
        return 0

    __index__ = __int__

    def __float__(self) -> float:
        return 0.0


def machine_call(stmt: Any) -> tuple[Any, str, str]:
    """A statement's call of a method of a name."""
    call = getattr(stmt, "value", None) if type(stmt) in (_ast.Expr, _ast.Assign) else None
    func = getattr(call, "func", None)
    if type(call) is not _ast.Call or type(func) is not _ast.Attribute or type(func.value) is not _ast.Name:
        return None, "", ""
    return call, func.value.id, func.attr


def denies(node: Any) -> bool:
    """Whether this asserts that something is not, or is as before."""
    if type(node) is _ast.Compare:
        return any(type(op) in (_ast.NotEq, _ast.NotIn, _ast.IsNot, _ast.Eq, _ast.Lt, _ast.LtE) for op in node.ops)
    if type(node) is _ast.Call:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return name.startswith(("fail", "assertNot", "assertIsNot", "assertLess", "assertFalse", "assertIsNone", "assertEqual"))
    return type(node) is _ast.UnaryOp and type(node.op) is _ast.Not


class Ranges:
    """Lines of a script, from first ones to last ones, which may lie in each other."""

    def __init__(self, ranges: list[tuple[int, int]]) -> None:
        self.starts, self.ends = [], []
        last = 0
        for start, end in sorted(ranges):
            last = max(last, end)
            self.starts.append(start)
            self.ends.append(last)

    def __contains__(self, line: int) -> bool:
        at = _bisect.bisect_right(self.starts, line)
        return at > 0 and line <= self.ends[at - 1]


class Flow:
    """Follows the statements of a scope, and tells of names that are not set on every way to their use.

    Only branches of conditions count: a loop is assumed to run, and what a try begins to succeed. A use below another
    condition is left alone, because both may hold together.
    """

    def __init__(self, checker: Checker, known: tuple[set[str], ...], home: int, own: set[str]) -> None:
        self.checker = checker
        self.home = home  # the scope's number
        self.own = own  # the names that it binds
        self.later: set[str] = set()  # those that an earlier round of a loop may have set
        self.known = known  # names of others, which are left alone
        self.now: dict[str, int] = {}  # by name: CERTAIN, or the number of conditions around the one that may have set it
        self.log: list[tuple[str, int | None]] = []  # what was changed in now, with the values before
        self.depth = 0
        self.start = 0  # of the log in the innermost loop
        self.breaks: list[dict[str, int]] = []  # the ways out of that loop: what they changed

    def block(self, body: list[Any]) -> bool:
        """Follows statements; whether the end is reached."""
        return all(self.statement(stmt) for stmt in body)

    def statement(self, node: Any) -> bool:
        kind = type(node)
        if kind in (_ast.FunctionDef, _ast.AsyncFunctionDef, _ast.ClassDef):
            self.set(node.name)
        elif kind is _ast.If:
            return self.branch(node)
        elif kind in (_ast.For, _ast.AsyncFor, _ast.While):
            return self.loop(node)
        elif kind.__name__ in ("Try", "TryStar"):
            reached = self.block(node.body) and self.block(node.orelse)
            for handler in node.handlers:
                if handler.name:
                    self.set(handler.name)
                reached |= self.block(handler.body)
            return self.block(node.finalbody) and reached
        elif kind in (_ast.With, _ast.AsyncWith):
            for item in node.items:
                self.expression(item)
            self.block(node.body)  # the context may catch what ends it
        elif kind.__name__ == "Match":
            for n in _bridge.walk(node):
                self.bind(n)
        elif kind is _ast.Break:
            self.breaks.append(self.changes(self.start))
            return False
        else:
            self.expression(node)
            call = getattr(node, "value", None)
            name = getattr(getattr(call, "func", None), "attr", getattr(getattr(call, "func", None), "id", ""))
            ends = kind is _ast.Expr and name in ("exit", "_exit", "fail", "skipTest", "abort", "error")
            false = kind is _ast.Assert and type(node.test) is _ast.Constant and not node.test.value
            return not (ends or false or kind in (_ast.Return, _ast.Raise, _ast.Continue))
        return True

    def branch(self, node: Any) -> bool:
        self.expression(node.test)
        optional = Checker.depends(node.test)
        start = len(self.log)
        self.depth += 1
        ways = []
        bodies = [node.body]
        while len(node.orelse) == 1 and type(node.orelse[0]) is _ast.If:  # elif
            node = node.orelse[0]
            bodies.append(node.body)
        for body in (*bodies, node.orelse):
            if self.block(body):
                ways.append(self.changes(start))
            self.undo(start)
        self.depth -= 1
        if optional:
            for way in ways:
                for name, how in way.items():
                    if how == CERTAIN:
                        self.put(name, CERTAIN)
        else:
            self.join(ways)
        return bool(ways)

    def loop(self, node: Any) -> bool:
        endless = type(node) is _ast.While and type(node.test) is _ast.Constant and bool(node.test.value)
        self.expression(node.test if type(node) is _ast.While else node.iter)
        if type(node) is not _ast.While:
            self.expression(node.target)
        outer, self.breaks, around, self.start = self.breaks, [], self.start, len(self.log)
        later, self.later = self.later, self.later | self.checker.stored(node)
        self.block(node.body)
        self.later = later
        start, self.start = self.start, around
        ways, self.breaks = self.breaks, outer
        if not endless and self.block(node.orelse):
            if not ways:
                return True
            ways.append(self.changes(start))
        self.undo(start)
        self.join(ways)
        return bool(ways)

    def changes(self, start: int) -> dict[str, int]:
        """What was changed since the log had a length."""
        return {name: self.now[name] for name, _ in self.log[start:]}

    def undo(self, start: int) -> None:
        while len(self.log) > start:
            name, before = self.log.pop()
            if before is None:
                del self.now[name]
            else:
                self.now[name] = before

    def put(self, name: str, how: int) -> None:
        before = self.now.get(name)
        if before != how:
            self.log.append((name, before))
            self.now[name] = how

    def join(self, ways: list[dict[str, int]]) -> None:
        """Continues where several ways meet."""
        certain: dict[str, int] = {}  # in how many ways
        for way in ways:
            for name, how in way.items():
                certain[name] = certain.get(name, 0) + (how == CERTAIN)
        for name, count in certain.items():
            self.put(name, CERTAIN if count == len(ways) else self.now.get(name, self.depth))

    def set(self, name: str) -> None:
        self.put(name, CERTAIN)

    def bind(self, node: Any) -> None:
        name = getattr(node, "id", None) if type(getattr(node, "ctx", None)) is _ast.Store else None
        if type(node) is _ast.alias:
            name = node.asname or node.name.partition(".")[0]
        elif type(node).__name__ in ("MatchAs", "MatchStar", "MatchMapping"):
            name = getattr(node, "rest", None) or getattr(node, "name", None)
        if name:
            self.set(name)

    def expression(self, node: Any) -> None:
        """Looks at the names that are used for certain, then at those that are set."""
        todo = [node]
        while todo:
            n = todo.pop()
            kind = type(n)
            if kind is _ast.Name and type(n.ctx) is _ast.Load and not any(n.id in names for names in self.known) and self.checker.scopes.home.get(id(n)) == self.home:
                if self.now.get(n.id) == self.depth:
                    self.checker.tell("maybe-unset", n, f"{n.id} has no value here when a condition above does not hold")
                    self.set(n.id)
                elif n.id in self.own and n.id not in self.now and n.id not in self.later:
                    self.checker.tell("used-before-set", n, f"{n.id} is used before it is set")
                    self.set(n.id)
            if kind is _ast.BoolOp:
                todo.append(n.values[0])
            elif kind is _ast.IfExp:
                todo.append(n.test)
            elif kind in (_ast.ListComp, _ast.SetComp, _ast.DictComp, _ast.GeneratorExp):
                todo.append(n.generators[0].iter)
            elif kind is not _ast.Lambda:
                todo += _bridge.children(n)
        for n in _bridge.walk(node):
            self.bind(n)


class Names:
    """Finds for each name of a script the scope that binds it, as Python does."""

    def __init__(self, tree: Any) -> None:
        self.home: dict[int, int] = {}  # by node: the number of the scope, 0 for the script's top level and for unbound names
        self.methods: set[int] = set()  # the functions directly in a class
        self.inner: set[int] = set()  # the scopes of comprehensions
        self.within: dict[int, int] = {}  # by function: the number of its own scope
        outer, bound, shared, classes = [-1], [set[str]()], [set[str]()], set[int]()
        stands: list[tuple[Any, str, int]] = []
        todo = [(tree, 0)]

        def enter(scope: int) -> int:
            outer.append(scope)
            bound.append(set())
            shared.append(set())
            return len(outer) - 1

        def bind(node: Any, name: str, scope: int) -> None:
            bound[scope].add(name)
            stands.append((node, name, scope))

        while todo:
            node, scope = todo.pop()
            kind = type(node)
            if kind in (_ast.FunctionDef, _ast.AsyncFunctionDef, _ast.Lambda):
                if kind is not _ast.Lambda:
                    bind(node, node.name, scope)
                    if scope in classes:
                        self.methods.add(id(node))
                within = self.within[id(node)] = enter(scope)
                parameters = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg)
                for arg in parameters:
                    if arg:
                        bind(arg, arg.arg, within)
                        todo += [(n, scope) for n in _bridge.children(arg)]
                body = node.body if kind is not _ast.Lambda else [node.body]
                todo += [(n, within) for n in body]
                todo += [(n, scope) for n in (*getattr(node, "decorator_list", ()), getattr(node, "returns", None)) if n]
                todo += [(n, scope) for n in (*node.args.defaults, *node.args.kw_defaults) if n]
            elif kind is _ast.ClassDef:
                bind(node, node.name, scope)
                within = enter(scope)
                classes.add(within)
                todo += [(n, within) for n in node.body]
                todo += [(n, scope) for n in (*node.bases, *node.keywords, *node.decorator_list)]
            elif kind in (_ast.ListComp, _ast.SetComp, _ast.DictComp, _ast.GeneratorExp):
                within = enter(scope)
                self.inner.add(within)
                todo.append((node.generators[0].iter, scope))
                first = node.generators[0]
                todo += [(n, within) for n in (first.target, *first.ifs, *node.generators[1:])]
                todo += [(n, within) for n in _bridge.children(node) if type(n) is not _ast.comprehension]
            elif kind is _ast.NamedExpr:
                around = scope
                while around in self.inner and around:
                    around = outer[around]
                bind(node.target, node.target.id, around)
                todo.append((node.value, scope))
            elif kind in (_ast.Global, _ast.Nonlocal):
                shared[scope].update(node.names)
            else:
                if kind is _ast.Name:
                    if type(node.ctx) is _ast.Load:
                        stands.append((node, node.id, scope))
                    else:
                        bind(node, node.id, scope)
                elif kind is _ast.alias and node.name != "*":
                    bind(node, node.asname or node.name.partition(".")[0], scope)
                elif kind is _ast.ExceptHandler and node.name:
                    bind(node, node.name, scope)
                elif getattr(node, "rest", None) or kind.__name__ in ("MatchAs", "MatchStar") and node.name:
                    bind(node, getattr(node, "rest", None) or node.name, scope)
                todo += [(n, scope) for n in _bridge.children(node)]
        for node, name, scope in stands:
            at = scope
            while at > 0 and (name not in bound[at] or name in shared[at] or at in classes and at != scope):
                at = outer[at]
            self.home[id(node)] = max(at, 0)

    def key(self, node: Any, name: str) -> str:
        """The name, with the number of the scope that binds it unless that is the top level."""
        home = self.home.get(id(node), 0)
        return f"{name} {home}" if home else name


class Checker:
    def __init__(self, source: bytes, filename: str, given: dict[str, str], whole: bool) -> None:
        self.api = dict(vars(sys.modules["gotest"]))
        self.lines = _bridge.text_lines(source)
        self.tree = compile(source, filename, "exec", _ast.PyCF_ONLY_AST, dont_inherit=True)
        self.table = _symtable.symtable(source, filename, "exec")
        self.nodes = list(_bridge.walk(self.tree))
        self.scopes = Names(self.tree)
        self.whole = whole
        self.found: list[tuple[Any, ...]] = []
        self.types = {name: str(kind) for name, kind in sys.modules["gotest"].__annotations__.items()}
        self.types.update({"log": "_log", "debug": "_debug", **given})
        self.names = {*self.types, *self.api["__all__"], *dir(builtins), *PYTHON_NAMES}
        self.classes: dict[str, list[Any]] = {}
        for node in self.nodes:
            if type(node) is _ast.ClassDef:
                self.classes.setdefault(node.name, []).append(node)
        self.guarded = self.guards()
        self.asserted = {id(node.test) for node in self.nodes if type(node) is _ast.Assert}
        self.optional = self.asked()
        self.assumed: set[str] = set()
        self.alone = {id(node.value) for node in self.nodes if type(node) is _ast.Expr}
        self.made: dict[int, Any] = {}
        self.local: dict[str, Ranges] | None = None  # by name: the functions that bind it
        self.kinds: dict[int, str | None] | None = None  # by node: its type, once the types of names are known
        self.guesses = 0
        self.signed: dict[str, Any] = {}
        dates = [n for n in self.nodes if type(n) is _ast.ImportFrom and n.module == "datetime" and not n.level]
        self.timedeltas = {a.asname or a.name for n in dates for a in n.names if a.name == "timedelta" and not _bridge.has_module("datetime")}
        self.learn()
        self.add_testing()
        self.kinds = {}

    def guards(self) -> Ranges:
        """The lines that may fail, because a handler or a context manager catches their exceptions."""
        ranges = []
        for node in self.nodes:
            body = []
            if type(node).__name__ in ("Try", "TryStar") and any(handler.type is None or not self.is_own_error(handler.type) for handler in node.handlers):
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
        return Ranges(ranges)

    def is_own_error(self, node: Any) -> bool:
        """Whether this names exceptions that only the script itself raises."""
        if type(node) is _ast.Tuple:
            return all(self.is_own_error(element) for element in node.elts)
        classes = self.classes.get(getattr(node, "id", ""), ())
        return bool(classes) and all(getattr(base, "id", "") == "Exception" for n in classes for base in n.bases)

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
        """The members that the script tests for before it uses them, or sets itself."""
        names = {node.attr for node in self.nodes if type(node) is _ast.Attribute and type(node.ctx) is not _ast.Load}
        for node in self.nodes:
            if type(node) is _ast.Call and type(node.func) is _ast.Name and node.func.id in ("hasattr", "getattr", "setattr"):
                names |= {arg.value for arg in node.args if type(arg) is _ast.Constant and isinstance(arg.value, str)}
        return names

    # Known types of values

    def learn(self) -> None:
        """Removes names that the script binds from the known names, and adds those that it binds to values of one type."""
        bound: dict[str, list[Any]] = {}
        own: dict[str, list[Any]] = {}  # by the key of the name
        known: set[int] = set()  # the names whose values are

        def add(node: Any, name: str, how: Any) -> None:
            bound.setdefault(name, []).append(how)
            own.setdefault(self.scopes.key(node, name), []).append(how)

        def bind(target: Any, how: str, value: Any) -> None:
            if type(target) is _ast.Name:
                known.add(id(target))
                add(target, target.id, (how, value))
            elif type(target) in (_ast.Tuple, _ast.List) and how in ("value", "element") and not any(type(e) is _ast.Starred for e in target.elts):
                for at, element in enumerate(target.elts):
                    bind(element, "item" if how == "value" else "item of element", (value, at, len(target.elts)))

        for node in self.nodes:
            kind = type(node)
            if kind is _ast.Assign:
                for target in node.targets:
                    bind(target, "value", node.value)
            elif kind is _ast.AnnAssign:
                bind(node.target, "annotation", node.annotation)
            elif kind is _ast.AugAssign and type(node.target) is _ast.Name:
                known.add(id(node.target))
                add(node.target, node.target.id, ("changed", node))
            elif kind in (_ast.For, _ast.comprehension):
                bind(node.target, "element", node.iter)
        functions = [node for node in self.nodes if type(node) is _ast.FunctionDef]
        parameters = {id(arg): (node, arg) for node in functions for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
        many = {id(arg) for node in self.nodes if type(node) is _ast.arguments for arg in (node.vararg, node.kwarg)}
        for node in self.nodes:
            kind = type(node)
            how: Any = None
            if kind is _ast.Name and type(node.ctx) is not _ast.Load and id(node) not in known:
                name = node.id
            elif kind is _ast.arg:
                name, how = node.arg, node.annotation and id(node) not in many and ("annotation", node.annotation)
                if not node.annotation and id(node) in parameters:
                    how = ("parameter", parameters[id(node)])
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
            add(node, name, how)
        imported = {id(alias) for node in self.nodes if type(node) is _ast.ImportFrom for alias in node.names}
        for node in self.nodes:
            if id(node) in imported:  # names of a module, not modules
                add(node, node.asname or node.name, None)
        if any(type(n) is _ast.ImportFrom and n.names[0].name == "*" and n.module != "gotest" for n in self.nodes):
            for name in self.api["__all__"]:  # it may be another there
                bound.setdefault(name, []).append(None)
                own.setdefault(name, []).append(None)
        self.bound, self.own_names = bound, own
        items = [node for node in self.nodes if type(node) is _ast.Subscript and type(node.ctx) is _ast.Store]
        self.filled = {getattr(node.value, "id", "") for node in items}  # names of containers that get more
        for name in own:
            self.types.pop(name, None)
        self.find_functions(own)
        before: Any = None
        for _ in range(6):  # names whose values use such names
            for name, values in own.items():
                kinds: set[str | None] = {value and self.of_binding(*value) for value in values if not value or value[0] != "changed"} or {None}
                if len(kinds) > 1 and all(kind and self.is_machine(kind) for kind in kinds):
                    kinds = {"Machine"}
                found, *others = kinds
                changes = {self.of_binding(*value) for value in values if value and value[0] == "changed"}
                if found and not others and changes <= {found}:
                    self.types[name] = str(found)
            if before == self.types:
                break
            before = dict(self.types)
        if not self.whole:
            self.assume_machines()

    def find_functions(self, own: dict[str, list[Any]]) -> None:
        """Notes the script's functions that are bound once, and the calls of those that are only called."""
        self.defs: dict[str, Any] = {}
        for name, values in own.items():
            if len(values) == 1 and values[0] and values[0][0] == "function" and not values[0][1].decorator_list and id(values[0][1]) not in self.scopes.methods:
                self.defs[name] = values[0][1]
        called = {id(node.func): node for node in self.nodes if type(node) is _ast.Call}
        # A helper may be ready for values of types that this script does not give it.
        self.open = {self.scopes.key(arg, arg.arg) for arg in self.nodes if type(arg) is _ast.arg and not arg.annotation}
        tests = [node.args[0] for node in called.values() if getattr(node.func, "id", "") in ("isinstance", "type", "hasattr", "callable", "getattr") and node.args]
        self.examined = {self.scopes.key(node, node.id) for node in tests if type(node) is _ast.Name}
        self.calls: dict[int, list[Any]] = {id(node): [] for node in self.defs.values()}
        self.escaping: set[int] = set()
        for node in self.nodes:
            if type(node) is not _ast.Name or type(node.ctx) is not _ast.Load:
                continue
            function = self.defs.get(self.scopes.key(node, node.id))
            call = called.get(id(node))
            if function is None:
                continue
            self.calls[id(function)].append(call)
            if call is None or any(type(a) is _ast.Starred for a in call.args) or any(k.arg is None for k in call.keywords):
                self.escaping.add(id(function))

    def passed(self, function: Any, arg: Any) -> str | None:
        """The type of all values that the calls of a function give to a parameter."""
        if id(function) in self.escaping or not self.calls.get(id(function)) or self.scopes.key(arg, arg.arg) in self.examined:
            return None
        positional = [*function.args.posonlyargs, *function.args.args]
        values: list[Any] = []
        at = next((n for n, a in enumerate(positional) if a is arg), None)
        for call in self.calls[id(function)]:
            named = [k.value for k in call.keywords if k.arg == arg.arg]
            if at is not None and at < len(call.args):
                named = [call.args[at]]
            if named:
                values += named
        defaults = dict(zip([id(a) for a in reversed(positional)], reversed(function.args.defaults)))
        defaults.update((id(a), d) for a, d in zip(function.args.kwonlyargs, function.args.kw_defaults) if d)
        if id(arg) in defaults:
            values.append(defaults[id(arg)])
        kinds = {self.type_of(value) for value in values}
        if kinds and all(kind and self.is_machine(kind) for kind in kinds):
            return kinds.pop() if len(kinds) == 1 else "Machine"
        found = kinds.pop() if len(kinds) == 1 else None
        return found if found not in ("None", "list") and self.is_value(found) else None

    def is_value(self, known: str | None) -> bool:
        return bool(known) and (known in BUILTIN_TYPES or known in self.api or known == "JSON" or str(known).startswith("list["))

    def result(self, function: Any) -> str | None:
        """The type of all values that a function returns; "" if they are not known."""
        returned = self.returned(function)
        if not any(node.value for node in returned):
            return "None"
        if not self.ends(function.body):
            return None
        kinds = {node.value and self.type_of(node.value) for node in returned}
        found = kinds.pop() if len(kinds) == 1 else None
        return found if found != "None" and (self.is_value(found) or found and found.startswith("tuple[") and all(self.is_status(n.value) for n in returned)) else None

    def returned(self, function: Any) -> list[Any]:
        """The return statements of a function itself."""
        return [node for node in self.within(function.body) if type(node) is _ast.Return]

    @staticmethod
    def within(body: list[Any]) -> list[Any]:
        """The nodes of a body, without those of functions and classes in it."""
        todo, out = list(body), []
        while todo:
            node = todo.pop()
            out.append(node)
            if type(node) not in (_ast.FunctionDef, _ast.AsyncFunctionDef, _ast.ClassDef, _ast.Lambda):
                todo += _bridge.children(node)
        return out

    def ends(self, body: list[Any]) -> bool:
        """Whether the end of a body is certainly not reached."""
        last = body[-1]
        if type(last) is _ast.If:
            return bool(last.orelse) and self.ends(last.body) and self.ends(last.orelse)
        return type(last) in (_ast.Return, _ast.Raise)

    def own(self, node: Any) -> Any:
        """The script's function that a name stands for."""
        return self.defs.get(self.scopes.key(node, node.id)) if type(node) is _ast.Name else None

    def of_binding(self, how: str, value: Any) -> str | None:
        if how == "annotation":
            return self.annotated(value)
        if how == "function":
            plain = not value.decorator_list and not any(type(n) in (_ast.Yield, _ast.YieldFrom) for n in _bridge.walk(value))
            kind = None
            if plain:
                kind = self.annotated(value.returns) if value.returns else self.result(value)
            return f"function:{kind or ''}" if plain else None
        if how == "import":
            return f"module:{value}" if value in MODULES and not _bridge.has_module(value) and _bridge.standard(value) else None
        if how == "parameter":
            return self.passed(*value)
        if how == "changed":
            kind, other = self.type_of(value.target), self.type_of(value.value)
            return kind if kind == other or kind and kind.startswith("list") and other else None
        if how == "item of element":
            value, at, count = value
            if type(value) in (_ast.List, _ast.Tuple):
                rows = [e.elts if type(e) in (_ast.Tuple, _ast.List) and not any(type(x) is _ast.Starred for x in e.elts) else [] for e in value.elts]
                found = {self.type_of(row[at]) if len(row) == count else None for row in rows}
                kind = found.pop() if len(found) == 1 else None
                return kind if kind != "None" and self.is_value(kind) else None
            if type(value) is _ast.Call and getattr(value.func, "id", "") == "enumerate" and "enumerate" not in self.bound and count == 2 and value.args:
                return "int" if at == 0 else self.element(value.args[0])
            if type(value) is _ast.Call and getattr(value.func, "id", "") == "zip" and "zip" not in self.bound and count == len(value.args):
                return self.element(value.args[at])
            if type(value) is _ast.Call and type(value.func) is _ast.Attribute and value.func.attr == "items" and count == 2 and at == 1:
                return self.machines_in(value.func.value)
            return None
        if how == "item":
            value, at, count = value
            kinds = self.members(self.type_of(value) or "")
            return kinds[at] if len(kinds) == count and kinds[at] in ("int", "str") else None
        if how == "element":
            return self.element(value)
        known = self.type_of(value) if type(value) not in (_ast.List, _ast.ListComp) else "list"  # it may get others
        if type(value) is _ast.List and value.elts and self.is_machine(self.element(value) or "") or isinstance(value, _ast.ListComp) and self.is_machine(self.type_of(value.elt) or ""):
            known = self.type_of(value)
        if known == "None":  # only a function that returns nothing is certain to: the name may get a value later
            return known if type(value) is _ast.Call else None
        return known if self.is_value(known) or self.is_status(value) else None

    def element(self, node: Any) -> str | None:
        """The type of the elements of what a loop goes over."""
        if type(node) in (_ast.List, _ast.Tuple):
            elements = {self.type_of(element) for element in node.elts}
            if elements and all(kind and self.is_machine(kind) for kind in elements):
                return elements.pop() if len(elements) == 1 else "Machine"
            kind = elements.pop() if len(elements) == 1 else None
            return kind if kind != "None" else None
        if type(node) is _ast.Call and type(node.func) is _ast.Name and node.func.id in ("range", "sorted", "reversed", "list", "set") and node.func.id not in self.bound and node.args:
            return "int" if node.func.id == "range" else self.element(node.args[0])
        if type(node) is _ast.Call and type(node.func) is _ast.Attribute and node.func.attr == "values":
            return self.machines_in(node.func.value)
        known = self.type_of(node) or ""
        return known[5:-1] if known.startswith("list[") else known if known in ("str", "JSON") else None

    def machines_in(self, node: Any) -> str | None:
        """The class of a dict's values, if all are machines and the script puts no others into it."""
        if type(node) is _ast.Name:
            bindings = self.own_names.get(self.scopes.key(node, node.id), [])
            if len(bindings) != 1 or not bindings[0] or bindings[0][0] != "value" or node.id in self.filled:
                return None
            node = bindings[0][1]
        if type(node) is not _ast.Dict or not node.values:
            return None
        kinds = {self.type_of(value) for value in node.values}
        if not all(kind and self.is_machine(kind) for kind in kinds):
            return None
        return kinds.pop() if len(kinds) == 1 else "Machine"

    def is_status(self, node: Any) -> bool:
        """Whether this calls a function like execute, which returns the status and the output."""
        return type(node) is _ast.Call and self.type_of(node) == "tuple[int, str]"

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
        return name if (name in ("str", "Vlan") or self.is_machine(name)) and name not in self.classes else None

    def is_machine(self, name: str) -> bool:
        """Whether this is the class of all machines, or that of a backend's."""
        value = self.api.get(name)
        return isinstance(value, type) and value.__name__ == name and issubclass(value, self.api["Machine"])

    def assume_machines(self) -> None:
        """Without a configuration, an unbound name is a machine if it is used as one."""
        machine = self.api["Machine"]
        used, passed = ["machine"], []
        for node in self.nodes:
            if type(node) is _ast.Attribute and type(node.value) is _ast.Name and hasattr(machine, node.attr):
                used.append(node.value.id)
            elif type(node) in (_ast.List, _ast.Tuple, _ast.Dict):
                values = node.values if type(node) is _ast.Dict else node.elts
                used += [item.id for item in values if type(item) is _ast.Name and type(item.ctx) is _ast.Load]
        for name in used:
            if name not in self.names:
                self.assumed.add(name)
                if name not in self.bound:
                    self.types[name] = "Machine"
        for node in self.nodes:  # what is handed on may be a machine, or anything else
            if type(node) is _ast.Call and (type(node.func) is not _ast.Name or node.func.id in self.bound) and not self.function(node.func):
                passed += [item.id for item in node.args if type(item) is _ast.Name]
            elif type(node) is _ast.Assign and type(node.value) is _ast.Name:
                passed.append(node.value.id)
        self.assumed.update(name for name in passed if name not in self.names)

    def add_testing(self) -> None:
        """Makes `t` known where the script uses it."""
        uses = [node for node in self.nodes if type(node) is _ast.Attribute and type(node.value) is _ast.Name and node.value.id == "t"]
        if uses and "t" not in self.bound and all(type(node.ctx) is _ast.Load for node in uses):
            self.api["TestCase"] = _bridge.standard("unittest").TestCase
            self.types["t"] = "TestCase"

    def function(self, node: Any) -> Any:
        """The called function as a Python function: one of the driver, of `t`, of a str, or of Python's MODULES."""
        if type(node) is _ast.Name:
            if node.id in self.bound:
                return None
            if node.id not in self.api["__all__"]:
                return self.of_python(node.id) if node.id in SIGNED else None
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

    def of_python(self, name: str) -> Any:
        """One of Python's own functions, with its signature."""
        if name not in self.signed:
            self.signed[name] = self.in_python(getattr(builtins, name))
        return self.signed[name]

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
        if self.kinds is None:
            return self.inferred(node)
        if id(node) not in self.kinds:
            try:
                self.kinds[id(node)] = self.inferred(node)
            except RecursionError:  # a chain without end
                return None
        return self.kinds[id(node)]

    def inferred(self, node: Any) -> str | None:
        kind = type(node)
        if kind is _ast.Constant:
            return type(node.value).__name__ if node.value is not None else "None"
        if kind is _ast.JoinedStr:
            return "str"
        if kind is _ast.List and node.elts:
            elements = {self.type_of(element) for element in node.elts}
            element = elements.pop()
            return f"list[{element}]" if element and not elements and "[" not in element else "list"
        if kind in (_ast.List, _ast.Tuple, _ast.Dict, _ast.Set):
            return kind.__name__.lower()
        if kind is _ast.Name:
            return self.types.get(self.scopes.key(node, node.id))
        if kind is _ast.NamedExpr:
            return self.type_of(node.value)
        if kind is _ast.Compare:
            return "bool"
        if kind in (_ast.DictComp, _ast.SetComp):
            return "dict" if kind is _ast.DictComp else "set"
        if kind is _ast.UnaryOp:
            known = self.type_of(node.operand)
            return "bool" if type(node.op) is _ast.Not else known if known in ("int", "float") else None
        if kind in (_ast.IfExp, _ast.BoolOp):
            kinds = {self.type_of(value) for value in ((node.body, node.orelse) if kind is _ast.IfExp else node.values)}
            return kinds.pop() if len(kinds) == 1 else None
        if kind is _ast.BinOp:
            return self.computed(node)
        if kind is _ast.Call:
            if self.is_timedelta(node.func):
                return "timedelta"
            if type(node.func) is _ast.Name:
                known = self.types.get(self.scopes.key(node.func, node.func.id), "")
                if known.startswith("function:"):
                    return known[9:] or None
                if node.func.id in BUILTIN_RESULTS and node.func.id not in self.bound:
                    result = BUILTIN_RESULTS[node.func.id]
                    element = self.element(node.args[0]) if result == "list" and node.args else None
                    return f"list[{element}]" if element else result
            if type(node.func) is _ast.Attribute:
                owner = self.type_of(node.func.value) or ""
                if owner == "str":
                    return STR_RESULTS.get(node.func.attr)
                if owner == "JSON" and node.func.attr == "get":
                    return "JSON" if len(node.args) == 1 else None
                found = RESULTS.get(owner.partition("[")[0], {}).get(node.func.attr)
                if found:
                    return found
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
            if known in ("str", "JSON"):
                return known
            if known and known.startswith("list["):
                return known[5:-1]
            if known and known.startswith("tuple[") and type(node.slice) is _ast.Constant:
                members = self.members(known)
                return members[node.slice.value] if node.slice.value in range(len(members)) and "..." not in members else None
        return None

    def computed(self, node: Any) -> str | None:
        """The type of what an operator gives."""
        op, chain = type(node.op), node
        while op is _ast.Add and type(chain.left) is _ast.BinOp and type(chain.left.op) is _ast.Add:
            chain = chain.left  # a long sum
        left = self.type_of(chain.left)
        right = self.type_of(node.right)
        if left == "str" and (op is _ast.Mod or op is _ast.Add and right == "str" and self.type_of(chain.right) == "str"):
            return "str"
        if chain is not node:
            return None
        if left in ("int", "float") and right in ("int", "float") and op in (_ast.Add, _ast.Sub, _ast.Mult, _ast.Div, _ast.FloorDiv, _ast.Mod):
            return "int" if left == right == "int" and op is not _ast.Div else "float"
        return left if left == "str" and right == "int" and op is _ast.Mult else None

    def is_timedelta(self, node: Any) -> bool:
        """Whether a called name is datetime.timedelta."""
        if type(node) is _ast.Attribute:
            found = node.attr == "timedelta" and self.type_of(node.value) == "module:datetime"
        else:
            found = getattr(node, "id", "") in self.timedeltas and self.bound[node.id] == [("import", "timedelta"), None]
        if found:
            BUILTIN_TYPES["timedelta"] = _bridge.standard("datetime").timedelta
        return found

    # Findings

    def column(self, line: int, offset: int) -> int:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return len(text.encode()[:offset].decode("utf-8", "replace")) + 1

    def tell(self, code: str, node: Any, message: str, meant: Any = (), fails: bool = True) -> None:
        """Adds a finding, as a warning if it does not fail when it runs: such a script passes with the Python driver."""
        if not fails:
            code += WARNED
        if node.lineno in self.guarded:
            return
        start = self.column(node.lineno, node.col_offset)
        end = self.column(node.lineno, node.end_col_offset) if node.end_lineno == node.lineno else start + 1
        if type(node) is _ast.Attribute and node.end_lineno == node.lineno:
            start = end - len(node.attr)  # the member, not its owner
        self.guesses += len(meant) if code != "sleep" else 0
        words = sorted(meant) if self.guesses < MOST_GUESSES else []
        self.found.append((code, node.lineno, start, end, message, list(meant) if code == "sleep" else words))

    def check(self) -> list[tuple[Any, ...]]:
        self.undefined()
        self.sleeps()
        self.unset()
        self.never_called()
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
        said = self.not_evaluated()
        uses: dict[str, list[Any]] = {}
        for node in self.nodes:
            if type(node) is _ast.Name and type(node.ctx) is _ast.Load and id(node) not in said and node.id not in names:
                uses.setdefault(node.id, []).append(node)
        renamed: dict[int, set[str]] = {}
        for node in self.nodes:
            if type(node) is _ast.Assign and self.assumed:
                for n in _bridge.walk(node.value):
                    renamed[id(n)] = {getattr(target, "id", "") for target in node.targets}
        machine = self.api["Machine"]
        asked = {id(n.value) for n in self.nodes if type(n) is _ast.Attribute and hasattr(machine, n.attr)}
        for name, line in sorted(missing):
            found = [(n.lineno, n.col_offset, n) for n in uses.get(name, ()) if n.lineno >= line]
            if not found:
                continue
            use = min(found, key=lambda place: place[:2])[2]
            if name in self.assumed:
                self.tell("assumed-machine", use, name, self.bound.keys() - renamed.get(id(use), set()))
            elif id(use) in asked:
                self.tell("unknown-machine", use, f"there is no machine {name}", names - PYTHON_NAMES)
            else:
                self.tell("undefined-name", use, f"there is no name {name}", names - PYTHON_NAMES)

    def not_evaluated(self) -> set[int]:
        """The names in annotations that Python does not evaluate: those of locals, and all where that is put off."""
        later = sys.version_info >= (3, 14) or any(
            type(n) is _ast.ImportFrom and n.module == "__future__" and any(a.name == "annotations" for a in n.names) for n in self.nodes
        )
        inner = set()
        for node in self.nodes:
            if type(node) in (_ast.FunctionDef, _ast.AsyncFunctionDef):
                inner |= {id(n) for n in self.within(node.body)}
        said = set()
        for node in self.nodes:
            for name in ("annotation", "returns"):
                annotation = getattr(node, name, None)
                if annotation and (later or type(node) is _ast.AnnAssign and id(node) in inner):
                    said |= {id(n) for n in _bridge.walk(annotation)}
        return said

    def sleeps(self) -> None:
        """Hands a sleep to the driver together with the call of the same machine after it, and with the texts in what follows."""
        for node in self.nodes:
            for name in ("body", "orelse", "finalbody"):
                block: Any = getattr(node, name, None)
                for at in range(1, len(block) if type(block) is list else 0):
                    (sleep, machine, method), (call, same, then) = machine_call(block[at - 1]), machine_call(block[at])
                    if method != "sleep" or same != machine or not self.is_machine(self.types.get(machine, "")):
                        continue
                    after = [n for stmt in block[at : at + 4] for n in _bridge.walk(stmt)]
                    if any(denies(n) for n in after):
                        continue
                    first = call.args[0] if call.args else None
                    command = self.beginning(first)
                    texts = [n.value for n in after if type(n) is _ast.Constant and isinstance(n.value, str)]
                    self.tell("sleep", sleep, then, [command, *texts])

    def beginning(self, node: Any) -> str:
        """The known beginning of a text that is put together."""
        if type(node) is _ast.JoinedStr and node.values:
            return self.beginning(node.values[0])
        if type(node) is _ast.BinOp:
            return self.beginning(node.left)
        if type(node) is _ast.Call and type(node.func) is _ast.Attribute and node.func.attr == "format":
            return self.beginning(node.func.value)
        return node.value if type(node) is _ast.Constant and isinstance(node.value, str) else ""

    def unset(self) -> None:
        """Finds uses of names that only one branch of a condition sets."""
        if any(getattr(node, "id", getattr(node, "attr", "")) in DYNAMIC for node in self.nodes):
            return
        shared = {name for node in self.nodes if type(node) in (_ast.Global, _ast.Nonlocal) for name in node.names}
        stars = any(type(node) is _ast.ImportFrom and node.names[0].name == "*" for node in self.nodes)
        removed = {node.id for node in self.nodes if type(node) is _ast.Name and type(node.ctx) is _ast.Del}
        shared |= removed
        own: dict[int, set[str]] = {}
        for node in self.nodes:
            if type(node) is _ast.Name and type(node.ctx) is _ast.Store:
                own.setdefault(self.scopes.home[id(node)], set()).add(node.id)
        Flow(self, (shared, self.names, self.assumed), 0, set() if stars else own.get(0, set())).block(self.tree.body)
        for node in self.nodes:
            if type(node) in (_ast.FunctionDef, _ast.AsyncFunctionDef):
                arguments = {arg.arg for arg in _bridge.walk(node.args) if type(arg) is _ast.arg}
                home = self.scopes.within[id(node)]
                Flow(self, (shared, arguments), home, set() if stars else own.get(home, set())).block(node.body)

    @staticmethod
    def stored(node: Any) -> set[str]:
        """The names that something in a statement binds."""
        return {n.id for n in _bridge.walk(node) if type(n) is _ast.Name and type(n.ctx) is not _ast.Load}

    def visit_Attribute(self, node: Any) -> None:
        known = self.type_of(node.value)
        if known == "JSON" and type(node.ctx) is _ast.Load:
            if node.attr not in IN_JSON and node.attr not in self.optional:
                self.tell("unknown-attribute", node, f'a value of JSON has no attribute {node.attr}: write ["{node.attr}"]')
            return
        if self.own(node.value) is not None and node.attr not in self.optional and not hasattr(Names.key, node.attr):
            self.not_called(node.value, "a function has no such attribute")
        if type(node.value) is _ast.Attribute and self.names_function(node.value) and not node.attr.startswith("_") and node.attr not in self.optional:
            self.not_called(node.value, "a function has no such attribute")
        if not known or type(node.ctx) is not _ast.Load or known.startswith("function:"):
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
        if self.returns_nothing(node.value) and type(node.targets[0]) is _ast.Name and not node.targets[0].id.startswith("_"):
            self.tell("no-return-value", node.value, "this returns nothing: the value is always None")
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

    def never_called(self) -> None:
        """Finds names for methods that are used as if they stood for their results."""
        uses: dict[str, list[Any]] = {}
        for node in self.nodes:
            if type(node) is _ast.Name and type(node.ctx) is _ast.Load:
                uses.setdefault(self.scopes.key(node, node.id), []).append(node)
        around = {id(n): node for node in self.nodes for n in _bridge.children(node)} if uses else {}
        for node in self.nodes:
            if type(node) is not _ast.Assign or type(node.targets[0]) is not _ast.Name or type(node.value) is not _ast.Attribute or not self.names_function(node.value):
                continue
            function = self.function(node.value)
            name = self.scopes.key(node.targets[0], node.targets[0].id)
            if len(self.own_names.get(name, ())) != 1 or function.__code__.co_argcount - 1 > len(function.__defaults__ or ()):
                continue
            if uses.get(name) and all(self.takes_result(use, around.get(id(use))) for use in uses[name]):
                self.not_called(node.value, "the name stands for the function, not for its result")

    def takes_result(self, use: Any, node: Any) -> bool:
        """Whether what is around a name can't do anything with a function."""
        if type(node) is _ast.Call and use in node.args:
            called = node.func
            if type(called) is _ast.Name:
                return called.id in ("len", "print", "int", "str", "sorted", "float") and called.id not in self.bound
            return type(called) is _ast.Attribute and (self.type_of(called.value) == "str" or self.type_of(called.value) == "TestCase" and not called.attr.startswith("assertRaises"))
        return type(node) in (_ast.Compare, _ast.Subscript, _ast.Attribute, _ast.For, _ast.BinOp, _ast.FormattedValue)

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
        for side in (node.left, node.right):
            if self.names_function(side) and type(node.op) is _ast.Add:
                self.not_called(side, "it is no operand")
        if type(node.op) is _ast.Mod and type(node.left) is _ast.Constant and left == "str":
            self.percent(node)
        if not left or not right:
            return
        if type(node.op) is _ast.Add:
            kinds = {left.partition("[")[0], right.partition("[")[0]}
            if kinds <= {"str", "int", "float", "bytes", "tuple", "None", "list", "dict", "bool"} and len(kinds) == 2 and not kinds <= {"int", "float", "bool"}:
                self.tell("operand-type", node, f"{left} + {right} is not possible")
        elif type(node.op) in (_ast.Sub, _ast.Div, _ast.FloorDiv) and "str" in (left, right) and {left, right} <= {"str", "int", "float", "bool"}:
            self.tell("operand-type", node, f"{left} and {right} can't be subtracted or divided")

    def percent(self, node: Any) -> None:
        values = node.right.elts if type(node.right) is _ast.Tuple else [node.right]
        if "*" in node.left.value or any(type(value) is _ast.Starred for value in values):
            return
        for value in values:
            self.shown(value)
        kinds = [self.type_of(value) for value in values]
        if type(node.right) is not _ast.Tuple and kinds[0] not in ("str", "int", "float", "bool"):
            return  # it may be a tuple or a dict
        samples = {"str": "x", "int": 1, "float": 1.0, "bool": True}
        self.formats(node, lambda: node.left.value % tuple(samples.get(kind or "", Anything()) for kind in kinds))

    def visit_Compare(self, node: Any) -> None:
        left = node.left
        for op, right in zip(node.ops, node.comparators):
            sign = OPERATORS.get(type(op).__name__)
            if sign:
                self.compared(node, sign, left, right)
            elif len(node.ops) == 1:
                self.ordered(node, left, right)
            left = right

    def ordered(self, node: Any, left: Any, right: Any) -> None:
        kinds = {(self.type_of(n) or "?").partition("[")[0] for n in (left, right)}
        if "str" in kinds and kinds & {"int", "float", "tuple", "None"}:
            self.tell("operand-type", node, f"{' and '.join(sorted(kinds))} have no order")

    def compared(self, node: Any, sign: str, left: Any, right: Any) -> None:
        """Finds a comparison of values that have no value in common."""
        for side, other in ((left, right), (right, left)):
            if self.names_function(side) and self.type_of(other) in BUILTIN_TYPES.keys() - {"None"} and (sign in ("==", "!=") or side is right):
                self.not_called(side, "it equals no other value", self.is_needed(node, sign))
                return
        one, two = self.type_of(left), self.type_of(right)
        if sign in ("in", "not in") and two in ("int", "float", "bool", "None") and type(right) is not _ast.Name:
            self.tell("operand-type", node, f"nothing can be searched in {article(two)}")
            return
        if not one or not two or one == "None" or two == "None":
            return
        if type(node) is _ast.Compare and any(type(side) is _ast.Name and self.scopes.key(side, side.id) in self.open for side in (left, right)):
            return
        where = f"{two.lstrip('_')}" if sign in ("in", "not in") else one.lstrip("_")
        if sign in ("==", "!="):
            possible = self.overlap(one, two)
        elif two == "tuple[int, str]":
            possible = one != "str"
        elif two.startswith("list["):
            possible = self.overlap(one, two[5:-1])
        elif two == "str":
            possible = one == "str" or one not in BUILTIN_TYPES and one not in self.api and not one.startswith(("tuple[", "list["))
        else:
            possible = two not in ("int", "float", "bool")
        if not possible:
            what = "contains" if sign in ("in", "not in") else "equals"
            other = one if what == "contains" else two
            hint = ""
            if "tuple[int, str]" in (one, two):
                hint = ": [0] is the status, [1] the output"
            elif {one, two} == {"str", "int"}:
                hint = ": convert with int(…), or compare with a str"
            elif "str" in (one, two) and (self.is_machine(one) or self.is_machine(two)):
                hint = ": compare its name"
            self.tell("impossible-comparison", node, f"{article(where)} never {what} {article(other.lstrip('_'))}{hint}", fails=self.is_needed(node, sign))

    def is_needed(self, node: Any, sign: str) -> bool:
        """Whether the script fails if a comparison is false, which it is."""
        return sign in ("==", "in") and (type(node) is _ast.Call or id(node) in self.asserted)

    def overlap(self, one: str, two: str) -> bool:
        """Whether values of two types can be equal; True in doubt."""
        names = set()
        for known in (one, two):
            bare = known.partition("[")[0]
            if bare in ("int", "float", "bool"):
                bare = "number"
            elif self.is_machine(known):
                bare = "Machine"
            elif bare not in BUILTIN_TYPES:
                return True
            names.add(bare)
        if names == {"list"} and one.startswith("list[") and two.startswith("list["):
            return self.overlap(one[5:-1], two[5:-1])
        return len(names) == 1

    def names_function(self, node: Any) -> bool:
        """Whether this names a function of the driver or of the script, and does not call it."""
        if type(node) is _ast.Name:
            return self.types.get(self.scopes.key(node, node.id), "").startswith("function:") or callable(self.function(node))
        return type(node) is _ast.Attribute and callable(self.function(node))

    def not_called(self, node: Any, why: str, fails: bool = True) -> None:
        name = node.attr if type(node) is _ast.Attribute else node.id
        self.tell("not-called", node, f"{name} is not called: {why}; write {name}()", fails=fails)

    def returns_nothing(self, node: Any) -> bool:
        return type(node) is _ast.Call and self.type_of(node) == "None"

    def tested(self, node: Any, needed: bool = False) -> None:
        """Checks an expression of which the script wants to know only whether it is true; needed if it must be."""
        if type(node) is _ast.BoolOp:
            for value in node.values:
                self.tested(value)
        elif self.names_function(node):
            self.not_called(node, "a function is always true", False)
        elif self.returns_nothing(node):
            self.tell("none-value", node, "this returns nothing, which counts as false", fails=needed)

    def visit_If(self, node: Any) -> None:
        self.tested(node.test)

    visit_While = visit_IfExp = visit_If

    def visit_Assert(self, node: Any) -> None:
        self.tested(node.test, True)

    def visit_UnaryOp(self, node: Any) -> None:
        if type(node.op) is _ast.Not:
            self.tested(node.operand)

    def unpacked(self, target: Any, iterable: Any) -> None:
        """Checks what a loop unpacks into several names."""
        known = self.element(iterable) or ""
        if type(target) in (_ast.Tuple, _ast.List) and (known in ("int", "float", "bool") or self.is_machine(known)):
            self.tell("unpack-count", target, f"{article(known)} is unpacked into {len(target.elts)} names")

    def visit_comprehension(self, node: Any) -> None:
        self.unpacked(node.target, node.iter)
        for test in node.ifs:
            self.tested(test)
        self.looped(node.iter)

    def visit_With(self, node: Any) -> None:
        for item in node.items:
            if self.names_function(item.context_expr):
                self.not_called(item.context_expr, "a function can't be entered")

    def visit_FunctionDef(self, node: Any) -> None:
        returned = self.returned(node)
        values = [r for r in returned if r.value and not (type(r.value) is _ast.Constant and r.value.value is None)]
        used = [call for call in self.calls.get(id(node), ()) if call and id(call) not in self.alone]
        if values and used and id(node) not in self.escaping:
            for r in returned:
                if not r.value:
                    self.tell("return-without-value", r, f"this returns None, but line {values[0].lineno} returns a value")
        wanted = self.alternatives(node.returns) if node.returns else set()
        for r in values if wanted else ():
            known = (self.type_of(r.value) or "").partition("[")[0]
            if known in BUILTIN_TYPES and known not in wanted and not (known in ("int", "bool") and wanted & {"float", "int"}):
                self.tell("return-type", r.value, f"{node.name} is declared to return {' or '.join(sorted(wanted))}, not {known}", fails=False)

    def alternatives(self, node: Any) -> set[str]:
        """The types that an annotation names; none if one of them is no built-in type."""
        if type(node) is _ast.BinOp and type(node.op) is _ast.BitOr:
            left, right = self.alternatives(node.left), self.alternatives(node.right)
            return left | right if left and right else set()
        if type(node) is _ast.Subscript:
            node = node.value
        name = "None" if type(node) is _ast.Constant and node.value is None else getattr(node, "id", "")
        return {name} if name in BUILTIN_TYPES and name not in self.bound else set()

    def visit_For(self, node: Any) -> None:
        self.unpacked(node.target, node.iter)
        self.looped(node.iter)

    def looped(self, node: Any) -> None:
        known = self.type_of(node)
        if self.names_function(node):
            self.not_called(node, "it has no elements")
        elif known in ("int", "float", "bool", "None") or known and self.is_machine(known):
            self.tell("not-iterable", node, f"{article(known)} can't be looped over")

    def visit_FormattedValue(self, node: Any) -> None:
        self.shown(node.value)
        known, parts = self.type_of(node.value), getattr(node.format_spec, "values", ())
        if known in ("str", "int") and node.conversion == -1 and all(type(part) is _ast.Constant for part in parts):
            spec = "".join(str(getattr(part, "value")) for part in parts)
            self.formats(node.value, lambda: format("" if known == "str" else 0, spec))

    def shown(self, node: Any) -> None:
        if type(node) is _ast.Attribute and self.names_function(node):
            self.not_called(node, "its name would be shown, not its result", False)
        elif self.returns_nothing(node):
            self.tell("no-return-value", node, "this returns nothing: the value is always None")

    def formats(self, node: Any, attempt: Any) -> None:
        try:
            attempt()
        except (TypeError, ValueError, IndexError, KeyError) as error:
            self.tell("format-string", node, f"the format does not fit: {error}")

    def visit_Subscript(self, node: Any) -> None:
        known, index = self.type_of(node.value), node.slice
        if not known or type(node.ctx) is not _ast.Load or type(index) is _ast.Slice:
            return
        bare = known.partition("[")[0]
        if known == "JSON" and self.type_of(index) in ("float", "None"):
            self.tell("subscript-type", index, "the index of a value of JSON must be a str or an int")
        elif bare in ("int", "float", "bool", "None") or self.is_machine(known):
            self.tell("subscript-type", node.value, f"{article(known)} can't be subscripted")
        elif bare in ("str", "list", "tuple", "bytes") and self.type_of(index) in ("str", "float", "None"):
            self.tell("subscript-type", index, f"the index of a {bare} must be an int")
        elif known.startswith("tuple[") and "..." not in known and type(index) is _ast.Constant and type(index.value) is int and index.value >= len(self.members(known)):
            self.tell("subscript-type", index, f"a {known} has no element {index.value}")

    def visit_Expr(self, node: Any) -> None:
        value = node.value
        if self.names_function(value):
            self.not_called(value, "this does nothing", False)
        elif type(value) is _ast.Compare:
            self.tell("useless-statement", value, "the result of this comparison is not used: write assert")
        elif type(value) is _ast.Attribute and self.type_of(value):
            self.tell("useless-statement", value, "this value is not used")
        elif type(value) is not _ast.Call:
            return
        elif type(value.func) is _ast.Name and self.function(value.func) is self.api["subtest"]:
            self.tell("useless-statement", value, 'nothing is run in this subtest: write with subtest("…"):')
        elif type(value.func) is _ast.Attribute:
            owner, name = self.type_of(value.func.value) or "", value.func.attr
            if name in STR_RESULTS and name not in ("index", "rindex") and owner == "str" or owner == "module:re" and name in ("search", "match", "fullmatch", "findall", "sub"):
                self.tell("useless-statement", value, f"the result of {name} is not used, and it does nothing else")
            elif name == "is_up" and self.is_machine(owner):
                self.tell("useless-statement", value, f"the result of {name} is not used")

    def visit_Call(self, node: Any) -> None:
        known = self.type_of(node.func)
        if known and (known in ("str", "int", "float", "bool", "None", "JSON", "dict", "set", "tuple") or known.partition("[")[0] in ("list", "tuple")):
            shown = "value of JSON" if known == "JSON" else known
            self.tell("not-callable", node.func, f"{article(shown)} can't be called")
        if type(node.func) is _ast.Name and node.func.id not in self.bound and hasattr(builtins, node.func.id):
            for arg in node.args if node.func.id in ("print", "zip", "range") else node.args[:1]:
                if len(node.args) > 1 or node.func.id not in ("min", "max"):
                    self.builtin(node.func.id, arg)
                else:
                    self.looped(arg)
            if node.func.id in ("min", "max"):
                for keyword in node.keywords:
                    if keyword.arg not in ("key", "default", None):
                        self.tell("unknown-argument", keyword, f"{node.func.id} has no parameter {keyword.arg}", ["key", "default"])
        self.format_call(node)
        function = self.function(node.func)
        if function is None and self.own(node.func) is not None:
            function = self.as_function(self.own(node.func))
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
        module = self.type_of(node.func.value) or "" if type(node.func) is _ast.Attribute else ""
        at = TEXTS.get(module[7:], {}).get(function.__name__, len(node.args)) if module.startswith("module:") else len(node.args)
        if at < len(node.args):
            known = self.type_of(node.args[at]) or ""
            if known in ("int", "float", "bool", "None", "dict", "set") or known.partition("[")[0] in ("tuple", "list"):
                self.tell("argument-type", node.args[at], f"{function.__name__} takes a text, not {article(known)}")
        arguments = list(given.items()) + [(many, value) for value in node.args[len(positional) :] if many]
        for name, value in arguments:
            self.argument(function, name, value)
        if type(node.func) is _ast.Attribute and self.type_of(node.func.value) == "TestCase":
            self.assertion(node, function)
        if len(self.found) == count:
            self.attempt(node)

    def as_function(self, node: Any) -> Any:
        """A function with the parameters of one of the script's."""
        if id(node) not in self.made:
            args, parts = node.args, []
            positional = [*args.posonlyargs, *args.args]
            for at, arg in enumerate(positional):
                parts.append(arg.arg + ("=None" if at >= len(positional) - len(args.defaults) else ""))
                if at + 1 == len(args.posonlyargs):
                    parts.append("/")
            if args.vararg or args.kwonlyargs:
                parts.append("*" + (args.vararg.arg if args.vararg else ""))
            parts += [arg.arg + ("=None" if default else "") for arg, default in zip(args.kwonlyargs, args.kw_defaults)]
            if args.kwarg:
                parts.append("**" + args.kwarg.arg)
            names: dict[str, Any] = {}
            exec(f"def {node.name}({', '.join(parts)}): pass", names)
            self.made[id(node)] = names[node.name]
        return self.made[id(node)]

    def builtin(self, name: str, arg: Any) -> None:
        known = self.type_of(arg)
        if name in ITERATING:
            self.looped(arg)
            return
        if name in ("int", "float", "range"):
            bare = (known or "").partition("[")[0]
            if bare in ("list", "dict", "set") or name == "range" and bare in ("str", "float"):
                self.tell("argument-type", arg, f"{name} does not take {article(bare)}")
                return
        elif name not in ("print", "str", "len", "bool"):
            return
        if name == "bool":
            self.tested(arg)
        elif name in ("print", "str"):
            self.shown(arg)
        elif self.names_function(arg):
            self.not_called(arg, f"{name} wants its result")
        elif known == "None" or name == "len" and known in ("int", "float", "bool") or known and known.startswith("tuple[") and name != "len":
            self.tell("none-value" if known == "None" else "argument-type", arg, f"{name} does not take {article(known)}")

    def format_call(self, node: Any) -> None:
        """Checks a call of "…".format(…)."""
        func = node.func
        if type(func) is not _ast.Attribute or func.attr != "format" or type(func.value) is not _ast.Constant or not isinstance(func.value.value, str):
            return
        for arg in node.args:
            self.shown(arg)
        if not any(type(a) is _ast.Starred for a in node.args) and not any(k.arg is None for k in node.keywords):
            text, values = func.value.value, [Anything() for _ in node.args]
            self.formats(node, lambda: text.format(*values, **{k.arg: Anything() for k in node.keywords}))

    def assertion(self, node: Any, function: Any) -> None:
        """Checks what an assertion of `t` compares or tests."""
        name = function.__name__
        if len(node.args) < (1 if name in ("assertTrue", "assertFalse") else 2):
            return
        if name in COMPARED:
            self.compared(node, COMPARED[name], node.args[0], node.args[1])
        elif name in ORDERED:
            self.ordered(node, node.args[0], node.args[1])
        elif name in ("assertTrue", "assertFalse"):
            self.tested(node.args[0])

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
        if wanted.partition(" ")[0] in ("str", "ShellCommand", "UnitName", "GuestPath"):
            self.lost_prefix(value)
        known = self.type_of(value)
        if name in REGEX_PARAMETERS and wanted == "Any":
            self.regex(value)
        elif known and not self.fits(known, value, wanted):
            code = "none-value" if known == "None" and type(value) is _ast.Call else "argument-type"
            self.tell(code, value, f"{name} must be {self.plain(wanted)}, not {known.lstrip('_')}")
        elif self.names_function(value) and set(wanted.split(" | ")) <= {"str", "Regex", "ShellCommand", "UnitName", "GuestPath", "int", "Port", "Key", "bool", "float"}:
            self.not_called(value, f"{name} wants its result")
        elif type(value) is _ast.Lambda and function is self.api["retry"]:
            self.tested(value.body)
        elif function is self.api["retry"] and type(value) is _ast.Name and self.type_of(value) == "function:None":
            self.tell("none-value", value, f"{value.id} returns nothing, and retry calls it until it returns a true value")
        elif wanted.startswith(("Duration", "Port")) and self.number(value) is not None:
            self.tell(wanted.partition(" ")[0].lower(), value, f"{name} {self.number(value)}")
        elif type(value) is not _ast.Constant or not isinstance(value.value, str):
            return
        elif wanted == "ShellCommand":
            self.tell("command", value, f"{function.__name__} {value.value}")
        elif wanted.startswith("Regex") or "| Regex" in wanted:
            self.tell("regex", value, value.value)
        elif wanted == "Port" and not value.value.isdecimal():
            self.tell("argument-type", value, f"{name} must be a port's number, not {value.value!r}")
        elif wanted == "Key":
            self.tell("key", value, value.value)
        elif wanted.startswith("KeyboardLayout"):
            self.tell("layout", value, value.value)
        elif wanted.startswith("ArchName"):
            self.tell("arch", value, value.value)
        elif wanted.startswith("GuestName"):
            self.tell("guest", value, value.value)
        elif wanted == "MouseButton":
            self.tell("button", value, f"{name} {value.value}")

    def lost_prefix(self, node: Any) -> None:
        """Finds {name} in a text that is no format, where the script has that name."""
        if type(node) is _ast.BinOp:
            self.lost_prefix(node.left)
            self.lost_prefix(node.right)
        if type(node) is not _ast.Constant or not isinstance(node.value, str) or "{" not in node.value:
            return
        import re

        for name, rest in re.findall(r"""(?<![$%{\\])\{([A-Za-z_]\w*)((?:\[[^{}\]]*\]|[.(!:])[^{}"']*)?\}""", node.value):
            known = self.types.get(name, "")
            if (self.in_scope(name, node.lineno) or self.is_machine(known)) and not known.startswith("function:"):
                self.tell("lost-format", node, f"{{{name}{rest}}} stands in the text as it is: write f before the text")
                return

    def in_scope(self, name: str, line: int) -> bool:
        """Whether the script binds a name at its top level, or in a function around a line."""
        if self.table.symbols.get(name, 0) & BOUND:
            return True
        if self.local is None:
            places: dict[str, list[tuple[int, int]]] = {}
            for node in self.nodes:
                if type(node) in (_ast.FunctionDef, _ast.AsyncFunctionDef):
                    for n in _bridge.walk(node):
                        bound = getattr(n, "arg", None) or type(n) is _ast.Name and type(n.ctx) is _ast.Store and n.id
                        if bound:
                            places.setdefault(bound, []).append((node.lineno, node.end_lineno))
            self.local = {bound: Ranges(list(ranges)) for bound, ranges in places.items()}
        return name in self.local and line in self.local[name]

    def number(self, node: Any) -> float | None:
        """The value of a number that is written as one."""
        if type(node) is _ast.Constant and type(node.value) in (int, float):
            return float(node.value)
        if type(node) is _ast.UnaryOp and type(node.op) is _ast.USub:
            value = self.number(node.operand)
            return None if value is None else -value
        if type(node) is _ast.BinOp and type(node.op) is _ast.Mult:
            left, right = self.number(node.left), self.number(node.right)
            return None if left is None or right is None else left * right
        return None

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
        for whole in self.plain(wanted).split(" | "):
            part = whole.partition("[")[0]
            if part not in ("str", "int", "float", "bool", "None", "timedelta", "PathLike", "bytes", "Machine", "tuple", "dict", "list", "Callable", "Iterable", "Mapping"):
                return True
            if part == bare or part == "float" and bare == "int" or part == "tuple" and bare == "list" or part == "Mapping" and bare == "dict":
                return True
            if part == "Iterable" and bare in ("list", "tuple", "dict", "set") or whole == "Iterable[str]" and bare == "str":
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

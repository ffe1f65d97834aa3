"""What a function of the script does, as a text that changes with it: its code, that of the functions that it uses, and the values
of the variables that it uses."""

from __future__ import annotations

import sys
import types
from typing import Any

from gotest._bridge import Proxy, of_script


def fingerprint(function: Any) -> str:
    """The text; empty when it is not known, as of a function in C."""
    out: list[str] = [str(sys.version_info[:3])]
    return "\n".join(out) if _value(function, out, set()) else ""


def _value(value: Any, out: list[str], seen: set[int], names: tuple[str, ...] = ()) -> bool:
    """Adds the text of a value, and reports whether that is known. names are those that the code which uses it has."""
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes)) and type(value).__module__ == "builtins":
        out.append(repr(value))
        return True
    if isinstance(value, Proxy):
        out.append(str(value))
        return True
    if isinstance(value, types.BuiltinFunctionType):
        out.append(f"{value.__module__}.{value.__qualname__}")
        return True
    if id(value) in seen:
        out.append("again")
        return True
    seen.add(id(value))
    if isinstance(value, types.CodeType):
        out.append(f"{value.co_code.hex()} {value.co_names} {value.co_varnames} {value.co_freevars}")
        return all(_value(part, out, seen) for part in value.co_consts)
    if isinstance(value, types.FunctionType):
        return _function(value, out, seen)
    if isinstance(value, types.MethodType):
        return _value(value.__func__, out, seen) and _value(value.__self__, out, seen)
    if isinstance(value, types.ModuleType):
        out.append(value.__name__)
        if not of_script(getattr(value, "__file__", None) or ""):
            return True
        return all(_value(getattr(value, name), out, seen, names) for name in names if hasattr(value, name))
    if isinstance(value, type):
        out.append(f"{value.__module__}.{value.__qualname__}")
        if not of_script(getattr(sys.modules.get(value.__module__), "__file__", None) or ""):
            return True
        return all(_value(part, out, seen) for name, part in sorted(vars(value).items()) if isinstance(part, types.FunctionType) or not name.startswith("__"))
    if isinstance(value, (list, tuple)):
        out.append(type(value).__name__)
        return all([_value(part, out, seen) for part in value])
    if isinstance(value, (set, frozenset)):
        out.append(repr(sorted(map(repr, value))))
        return True
    if isinstance(value, dict):
        out.append("dict")
        return all([_value(part, out, seen) for item in value.items() for part in item])
    # The default text of an object has its address, so that it is another one in each run.
    out.append(repr(value))
    return True


def _function(function: types.FunctionType, out: list[str], seen: set[int]) -> bool:
    code = function.__code__
    if not of_script(code.co_filename):  # a library's
        out.append(f"{function.__module__}.{function.__qualname__}")
        return True
    known = _value(code, out, seen) and _value(function.__defaults__, out, seen) and _value(function.__kwdefaults__, out, seen)
    for cell in function.__closure__ or ():
        try:
            known = _value(cell.cell_contents, out, seen) and known
        except ValueError:  # it is empty
            out.append("empty")
    names = _names(code)
    for name in names:
        if name in function.__globals__:
            out.append(f"{name} is")
            known = _value(function.__globals__[name], out, seen, names) and known
    return known


def _names(code: types.CodeType) -> tuple[str, ...]:
    """The names of a function and of those within it."""
    names = list(code.co_names)
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            names.extend(_names(part))
    return tuple(dict.fromkeys(names))

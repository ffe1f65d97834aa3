import math
import os
import sys
import time

values = [1, 2, 3]
flags = [True, False]
print(values is flags)  # finds: identity
print(1 < len(machine.succeed("id")) < 3)  # finds: comparison
print(1 in flags)  # finds: comparison
print(3j, 2 ** 0.5, 3 // 0.1)  # finds: complex-number operator operator
print(any(machine.succeed(c) for c in ["a"]))  # finds: generator
lazy = (machine.succeed(c) for c in ["a"])  # finds: generator
print(values[0] if (n := len(values)) and (k := n) else 0)  # finds: walrus walrus
print(sum(values), round(2.5))  # finds: builtin builtin
machine.succeed(f"echo {values}")  # finds: text-form
machine.succeed(f"echo {machine.name!r}")  # finds: text-form
machine.succeed(f"echo {5:>3}", "%5d" % 3, "{:x}".format(3))  # finds: format-spec format-spec format-spec
print(f"{0.5:.1%}")  # finds: format-spec
print(type(values).__name__, machine.__class__)  # finds: introspection introspection
print(os.path.exists("/x"), time.strftime("%H"), math.comb(3, 2))  # finds: import import import
print("a".zfill(3), values.copy(), "a".encode("latin-1"))  # finds: method method
name = "é"
print(len(name), name[0])  # finds: letters letters
machine.shell.send("x")  # finds: machine-attribute
sys.exit(0)  # finds: import
print(oct(8), pow(2, 3), type("A", (), {}))  # finds: builtin builtin class
print(divmod(7, 2), True & False)  # finds: builtin operator
print(*values, 1, max(*values, *flags), dict(**{}, a=1))  # finds: star-expression star-expression star-expression
bad = '\N{BULLET}'  # finds: string-escape
print(lambda: (yield))  # finds: generator
print(map, filter)  # finds: builtin builtin

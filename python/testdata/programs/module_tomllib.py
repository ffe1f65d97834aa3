import tomllib

text = '''
title = "TOML \\u00e9 \\"q\\""  # a comment
empty = ""
lit = 'C:\\path'
multi = """
first
second \\
   joined "quoted" """
raw = \'\'\'
no \\escape
\'\'\'
n = [ +1_000, -17, 0xff, 0o17, 0b101 ]
f = [3.14, -0.5, 5e+22, 1e06, inf, -inf]
yes = true
no = false
day = 1979-05-27
moment = 1979-05-27T07:32:00Z
local = 1979-05-27T07:32:00.5
clock = 07:32:00
nested = [ [1, 2], ["a", "b"], ] # trailing
inline = { x = 1, "y z" = { deep = "v" } }
a.b.c = 1
a."d.e" = 2

[owner]
name = "Tom"

[owner.address]
city = "X"

[[products]]
name = "Hammer"

[[products]]

[[products]]
name = "Nail"
[products.size]
mm = 30

[ x . 'y' ]
k = "v"
'''
data = tomllib.loads(text)
for k, v in data.items():
    print(k, "=", repr(v))
print(tomllib.loads("")["x"] if False else tomllib.loads(""))
for bad in ["a = ", "a = 1\na = 2", "[t]\n[t]", "x", "a = [1", 'a = "x', "a = 1 b = 2", "[a", "a = {b = 1}\n[a.c]", "= 1", "a = 'x"]:
    try:
        print(tomllib.loads(bad))
    except tomllib.TOMLDecodeError as e:
        print("error:", isinstance(e, ValueError))

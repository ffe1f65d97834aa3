import io
from io import StringIO

buffer = io.StringIO()
buffer.write("one\n")
print("two", 2, file=buffer)
print("three", end="", file=buffer)
print(buffer.getvalue().splitlines())
lines = io.StringIO("a\nb\n")
for line in lines:
    print(repr(line))
print(StringIO("x\ny").read(), repr(StringIO("x\ny").readline()), StringIO("x\ny\n").readlines())
with StringIO("text") as f:
    print(f.read(2), f.read(), repr(f.read()))

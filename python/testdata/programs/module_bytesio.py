import io

b = io.BytesIO(b"hello world")
print(b.read(5), b.tell(), b.read(), b.getvalue(), b.seek(0), b.readline())
b.seek(6)
b.write(b"there")
b.write(b"!")
print(b.getvalue(), b.tell())
s = io.StringIO("line 1\nline 2\nlast")
print(s.readline(), [l for l in s], s.read() == "")
s.seek(0)
print(s.readlines(), s.getvalue())
w = io.StringIO()
w.write("abc")
print("printed", 1, file=w)
w.writelines(["x\n", "y"])
print(repr(w.getvalue()), w.tell(), w.closed)
with io.BytesIO() as f:
    f.write(b"\x00\x01")
    print(f.getvalue())
    f.truncate(1)
    print(f.getvalue())
print(f.closed)
try:
    f.read()
except ValueError as e:
    print(e)
try:
    io.BytesIO("text")
except TypeError as e:
    print(e)
try:
    w.write(b"bytes")
except TypeError as e:
    print("TypeError")
s = io.StringIO("é\nb")
s.seek(1)
print(repr(s.read()), s.seek(0, 2), s.tell())

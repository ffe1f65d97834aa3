import tempfile
import os
with tempfile.TemporaryDirectory() as d:
    path = os.path.join(d, "f.txt")
    with open(path, "w") as f:
        f.write("line1\nline2\n")
        print("x", file=f)
    with open(path) as f:
        print(f.read())
    with open(path) as f:
        for line in f:
            print(line.strip())
    with open(path, "a") as f:
        f.writelines(["m\n"])
    print(open(path).readlines(), os.listdir(d), os.path.isfile(path))
print(os.path.exists(d))
try:
    open("/nonexistent/file")
except FileNotFoundError as e:
    print("not found", e)

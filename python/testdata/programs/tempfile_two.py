import tempfile
with tempfile.NamedTemporaryFile("w+") as f, tempfile.TemporaryDirectory() as d:
    f.write("hello")
    f.flush()
    f.seek(0)
    print(f.read(), len(d) > 0)

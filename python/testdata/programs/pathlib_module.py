from pathlib import Path
import tempfile
with tempfile.TemporaryDirectory() as t:
    p = Path(t) / "sub" / "file.txt"
    p.parent.mkdir(parents=True)
    p.write_text("content é")
    print(p.read_text(), p.name, p.stem, p.suffix, p.exists(), p.is_dir(), p.parent.name, str(p).endswith("sub/file.txt"), p.read_bytes())
    print([x.name for x in Path(t).iterdir()], f"{Path('a/b')}", Path("a//b/./c"), Path("x.tar.gz").with_suffix(".zip"), Path("/a") / "b", repr(Path("q")))
    p.unlink()
    print(p.exists())

import os
import os.path
print(os.path.join("a", "b", "c"), os.path.join("/a/", "b"), os.path.join("a", "/b"), os.path.basename("/x/y.txt"), os.path.dirname("/x/y.txt"), os.path.splitext("f.tar.gz"), os.path.exists("/definitely/not"), os.sep)
os.environ["GOTEST_VAR"] = "1"
print(os.environ["GOTEST_VAR"], os.environ.get("NOPE_X", "d"), os.getenv("NOPE_X"), "GOTEST_VAR" in os.environ)

import os
import glob
import subprocess
import tempfile

with tempfile.TemporaryDirectory() as d:
    os.makedirs(os.path.join(d, "a/b"))
    os.makedirs(os.path.join(d, "a/c"))
    for name in ("a/x.txt", "a/b/y.txt", "a/b/.hidden", "z.log"):
        with open(os.path.join(d, name), "w") as f:
            f.write(name)
    os.symlink("z.log", os.path.join(d, "link"))
    for root, dirs, files in os.walk(d):
        dirs.sort()
        print(os.path.relpath(root, d), dirs, sorted(files))
    print(sorted([os.path.relpath(r, d) for r, _, _ in os.walk(d, topdown=False)]))
    for root, dirs, files in os.walk(d):
        dirs.clear()
        print(root == d, sorted(files))
    print(sorted(e.name for e in os.scandir(d)), os.readlink(os.path.join(d, "link")), os.path.lexists(d + "/nope"))
    print(os.access(d, os.R_OK | os.W_OK), os.access(d + "/nope", os.F_OK), os.path.samefile(d + "/link", d + "/z.log"))
    os.utime(d + "/z.log", (1000, 2000))
    print(os.path.getmtime(d + "/z.log"), os.path.ismount(d), os.path.ismount("/"))
    print(sorted(p[len(d):] for p in glob.glob(d + "/a/*")), glob.glob("*.log", root_dir=d), sorted(p[len(d):] for p in glob.glob(d + "/**/*.txt", recursive=True)))
    print(sorted(p[len(d):] for p in glob.glob(d + "/*/b")), glob.glob(d + "/nope"), len(list(glob.iglob(d + "/**", recursive=True))))
    os.link(d + "/z.log", d + "/hard")
    print(os.stat(d + "/hard").st_size)
    os.environ["PYMODS_TEST"] = "seen"
    print(subprocess.run("echo $PYMODS_TEST", shell=True, capture_output=True, text=True).stdout, os.path.expandvars("$PYMODS_NOPE/x"))
print(os.path.commonpath(["/a/b/c", "/a/b/d"]), os.path.commonprefix(["abc", "abd"]), os.path.relpath("/a/b", "/a/c/d"), os.path.relpath("/a", "/a"))
print(os.devnull, os.pathsep, os.curdir, os.path.pardir, os.geteuid() == os.getuid())
try:
    os.path.commonpath(["/a", "b"])
except ValueError as e:
    print(e)

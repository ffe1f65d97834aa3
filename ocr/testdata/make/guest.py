"""A scratch guest for console screens: Debian's kernel, busybox, and kbd's setfont, driven over ttyS0.

Used by fonts.py and consoles.py. Needs: qemu-system-x86_64, busybox-static, cpio, dpkg, apt-get.
"""

import base64
import json
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

MODULES = ["drm", "drm_kms_helper", "ttm", "drm_ttm_helper", "drm_vram_helper", "bochs"]
INIT = """#!/bin/busybox sh
export PATH=/bin:/usr/bin TERM=linux
mount -t devtmpfs dev /dev; mount -t proc proc /proc; mount -t sysfs sys /sys
echo 1 > /proc/sys/kernel/printk
for w in $(cat /proc/cmdline); do
  case $w in module=*) for m in $(echo ${w#module=} | tr , ' '); do insmod /mod/$m.ko; done;; esac
done
setsid sh -c 'stty raw -echo; echo READY; while IFS= read -r l; do eval "$l"; done' < /dev/ttyS0 > /dev/ttyS0 2>&1
poweroff -f
"""


def packages(cache: Path) -> Path:
    """The kernel, the console fonts and kbd of Debian, unpacked below cache."""
    root = cache / "root"
    if (root / "done").exists():
        return root
    deb = cache / "deb"
    deb.mkdir(parents=True, exist_ok=True)
    deps = subprocess.run(["apt-cache", "depends", "linux-image-amd64"], check=True, capture_output=True, text=True)
    kernel = next(l.split()[-1] for l in deps.stdout.splitlines() if "Depends: linux-image" in l)
    names = [kernel, "console-setup-linux", "kbd"]
    list(deb.glob("*.deb")) or subprocess.run(["apt-get", "download", *names], cwd=deb, check=True)
    for f in deb.glob("*.deb"):
        subprocess.run(["dpkg", "-x", f, root], check=True)
    (root / "done").touch()
    return root


def initramfs(root: Path, out: Path) -> None:
    with tempfile.TemporaryDirectory() as tmp:
        r = Path(tmp)
        for d in ["bin", "proc", "sys", "dev", "mod", "usr/bin", "fonts"]:
            (r / d).mkdir(parents=True)
        subprocess.run(["cp", "/bin/busybox", r / "bin/busybox"], check=True)
        for a in subprocess.run(["/bin/busybox", "--list"], capture_output=True, text=True, check=True).stdout.split():
            (r / "bin" / a).is_symlink() or a == "busybox" or (r / "bin" / a).symlink_to("busybox")
        setfont = root / "bin/setfont"
        subprocess.run(["cp", setfont, r / "usr/bin/ksetfont"], check=True)
        ldd = subprocess.run(["ldd", setfont], capture_output=True, text=True, check=True).stdout
        for w in ldd.split():
            if w.startswith("/"):
                (r / w[1:]).parent.mkdir(parents=True, exist_ok=True)
                subprocess.run(["cp", "-L", w, r / w[1:]], check=True)
        for m in MODULES:
            ko = list((root / "lib/modules").rglob(m + ".ko"))
            subprocess.run(["cp", ko[0], r / "mod"], check=True)
        for f in (root / "usr/share/consolefonts").glob("Uni2-*16.psf.gz"):
            subprocess.run(["cp", f, r / "fonts"], check=True)
        for f in (root / "usr/share/consolefonts").glob("Lat2-*16.psf.gz"):
            subprocess.run(["cp", f, r / "fonts"], check=True)
        for f in (root / "usr/share/consolefonts").glob("*TerminusBold*x1*.psf.gz"):
            subprocess.run(["cp", f, r / "fonts"], check=True)
        (r / "init").write_text(INIT)
        (r / "init").chmod(0o755)
        find = subprocess.run(["find", "."], cwd=r, capture_output=True, check=True).stdout
        with out.open("wb") as f:
            subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=r, input=find, stdout=f, check=True)


class Guest:
    """One booted guest. run() gives a command's output, screendump() a PNG of its display."""

    def __init__(self, root: Path, initrd: Path, cmdline: str, args: list[str] = []):
        self.dir = tempfile.TemporaryDirectory()
        ser, qmp = f"{self.dir.name}/ser", f"{self.dir.name}/qmp"
        kernel = next((root / "boot").glob("vmlinuz-*"))
        self.proc = subprocess.Popen(
            [os.environ.get("GOTEST_QEMU", "qemu-system-x86_64"), "-m", "512", "-display", "none", "-kernel", kernel,
             "-initrd", initrd, "-append", f"console=tty0 quiet mitigations=off tsc=reliable panic=-1 {cmdline}", "-no-reboot",
             "-chardev", f"socket,id=ser,path={ser},server=on,wait=off", "-serial", "chardev:ser", "-nic", "none",
             "-qmp", f"unix:{qmp},server=on,wait=off", *args])
        self.ser, self.qmp = self._connect(ser), self._connect(qmp)
        self.qf = self.qmp.makefile("rw")
        self.qf.readline()
        self._qmp("qmp_capabilities")
        self._until(b"READY")

    def _connect(self, path):
        for _ in range(200):
            s = socket.socket(socket.AF_UNIX)
            try:
                s.connect(path)
                return s
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"QEMU did not open {path}")

    def _until(self, mark: bytes) -> bytes:
        got = b""
        self.ser.settimeout(120)
        while mark not in got:
            d = self.ser.recv(65536)
            if not d:
                raise RuntimeError("the guest went away")
            got += d
        return got.split(mark)[0]

    def run(self, cmd: str) -> str:
        self.ser.sendall((cmd + "\necho DO''NE\n").encode())
        out = self._until(b"DONE\n").decode("utf-8", "replace")
        return out

    def write(self, data: bytes, path: str = "/dev/tty1") -> None:
        """Write data to a file or terminal of the guest."""
        b = base64.b64encode(data).decode()
        self.run(": > /t")
        for i in range(0, len(b), 512):
            self.run(f"echo {b[i:i+512]} >> /t")
        self.run(f"base64 -d /t > {path}")

    def _qmp(self, cmd, **args):
        self.qf.write(json.dumps({"execute": cmd, "arguments": args}) + "\n")
        self.qf.flush()
        while True:
            r = json.loads(self.qf.readline())
            if "error" in r:
                raise RuntimeError(r["error"])
            if "return" in r:
                return r["return"]

    def screendump(self, path: Path) -> None:
        time.sleep(0.3)  # the console's deferred drawing
        self._qmp("screendump", filename=str(path), format="png")

    def close(self) -> None:
        self.proc.kill()
        self.proc.wait()
        self.dir.cleanup()

#!/usr/bin/env python3
"""Make testdata/x: screens of a real X server, NAME.png with their true text in NAME.txt.

usage: x.py OUT_DIR

Needs Debian's xvfb, imagemagick (import), python3-tk, python3-gi with gir1.2-gtk-3.0, python3-pyqt5, xterm,
x11-utils, fonts-dejavu, fonts-liberation, xfonts-base. The text of a screen is known because the clients
(clients.py) and this script wrote it.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from clients import SCENES
from consoles import CODE, ESC, LISTING, LOGIN

XTERMS = {
    "xterm-fixed": (["-fn", "fixed"], LISTING), "xterm-fixed-reverse": (["-rv", "-fn", "9x15"], CODE),
    "xterm-mono-12": (["-fa", "DejaVu Sans Mono", "-fs", "12"], LOGIN),
    "xterm-mono-10-dark": (["-fa", "Liberation Mono", "-fs", "10", "-bg", "#300a24", "-fg", "#eeeeec"], LISTING),
}
SIZES = {"tk-tiles": (1024, 768)}


def shot(display: str, out: Path) -> None:
    subprocess.run(["import", "-display", display, "-window", "root", "-strip", "-define", "png:compression-level=9", out], check=True)


def main(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for i, name in enumerate([*SCENES, *XTERMS]):
        display = f":{70 + i}"
        w, h = SIZES.get(name, (1280, 800))
        x = subprocess.Popen(["Xvfb", display, "-screen", "0", f"{w}x{h}x24", "-dpi", "96"], stderr=subprocess.DEVNULL)
        env = dict(os.environ, DISPLAY=display, NO_AT_BRIDGE="1", GTK_CSD="1", HOME="/nonexistent", XDG_CURRENT_DESKTOP="")
        for _ in range(100):
            if Path(f"/tmp/.X11-unix/X{display[1:]}").exists():
                break
            time.sleep(0.1)
        try:
            if name in SCENES:
                c = subprocess.Popen(["/usr/bin/python3", Path(__file__).with_name("clients.py"), name], env=env,
                                     stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
                shown = c.stdout.readline().rstrip("\n").split("\x00")
            else:
                args, page = XTERMS[name]
                c = subprocess.Popen(["xterm", "-geometry", "96x32+40+40", "-u8", "+sb", *args, "-e", "sh", "-c",
                                      "printf %s \"$PAGE\"; sleep 60"], env=dict(env, PAGE=page))
                shown = [line.rstrip() for line in ESC.sub("", page).split("\n")]
                time.sleep(3)
            shot(display, out / f"{name}.png")
            (out / f"{name}.txt").write_text("\n".join(shown).strip() + "\n")
            print(name)
            c.kill()
            c.wait()
        finally:
            x.terminate()
            x.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))

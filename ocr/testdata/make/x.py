#!/usr/bin/env python3
"""Make testdata/x: screens of a real X server, NAME.png with their true text in NAME.txt.

usage: x.py OUT_DIR [NAME…]

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
# The Athena widgets: a text and buttons with round corners in a window each.
ATHENA = {
    "athena-buttons": [
        ("9x15", "+120+80", "Delete all files?", ["Proceed", "Abort"]),
        ("fixed", "+120+260", "The printer is out of paper.\nLoad some and press Continue.", ["Continue", "Cancel job", "Help"]),
        ("10x20", "+520+120", "Restart the computer now?", ["Restart", "Later"]),
        ("-misc-fixed-bold-r-normal--13-*-iso8859-1", "+520+320", "User name or password is wrong.", ["Try again", "OK"]),
    ],
}
SIZES = {"tk-tiles": (1024, 768)}


def shot(display: str, out: Path) -> None:
    subprocess.run(["import", "-display", display, "-window", "root", "-strip", "-define", "png:compression-level=9", out], check=True)


def main(out: Path, only: list[str]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for i, name in enumerate([*SCENES, *XTERMS, *ATHENA]):
        if only and name not in only:
            continue
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
                clients = [c]
                shown = c.stdout.readline().rstrip("\n").split("\x00")
            elif name in ATHENA:
                clients = [subprocess.Popen(["xmessage", "-fn", font, "-geometry", place, "-buttons", ",".join(buttons), text], env=env)
                           for font, place, text, buttons in ATHENA[name]]
                shown = [t for _, _, text, buttons in ATHENA[name] for t in [text, *buttons]]
                time.sleep(3)
            else:
                args, page = XTERMS[name]
                c = subprocess.Popen(["xterm", "-geometry", "96x32+40+40", "-u8", "+sb", *args, "-e", "sh", "-c",
                                      "printf %s \"$PAGE\"; sleep 60"], env=dict(env, PAGE=page))
                clients = [c]
                shown = [line.rstrip() for line in ESC.sub("", page).split("\n")]
                time.sleep(3)
            shot(display, out / f"{name}.png")
            (out / f"{name}.txt").write_text("\n".join(shown).strip() + "\n")
            print(name)
            for c in clients:
                c.kill()
                c.wait()
        finally:
            x.terminate()
            x.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

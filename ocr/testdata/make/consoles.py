#!/usr/bin/env python3
"""Make testdata/console: text consoles of a real guest, NAME.png with their true text in NAME.txt.

usage: consoles.py CACHE_DIR OUT_DIR

What is on a screen is known because this script wrote it there: the text of a page is what is left of it
without the escape sequences. QEMU draws the screen.
"""

import re
import sys
from pathlib import Path

from guest import Guest, initramfs, packages

ESC = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
OK = "[\x1b[0;32m  OK  \x1b[0m] "
FAILED = "[\x1b[0;1;31mFAILED\x1b[0m] "

LOGIN = f"""[    0.000000] Linux version 6.12.41 (builder@localhost) #1-NixOS SMP PREEMPT_DYNAMIC
[    0.512044] pci 0000:00:02.0: [1234:1111] type 00 class 0x030000
[    1.204817] EXT4-fs (vda1): mounted filesystem 3e5f0a2c-71b8-4d19-9c42-8f6d2b7e0a15 r/w
{OK}Reached target Local File Systems.
{OK}Started Network Time Synchronization.
         Starting Create System Files and Directories...
{FAILED}Failed to start web-server.service.
See 'systemctl status web-server.service' for details.
{OK}Listening on OpenSSH Server Socket.

<<< Welcome to machine (x86_64) - tty1 >>>

Run 'help' for the manual, or press <Alt+F8>.

machine login: root
Password:

Last login: Sat Mar 14 15:09:26 UTC 2026 on tty1
[root@machine:~]# echo $HOME; id -u
/root
0
[root@machine:~]# """

LISTING = """[alice@server:/etc]$ ls -l --color
total 184
drwxr-xr-x 2 root  root    4096 Jan 17 09:31 \x1b[01;34mssh\x1b[0m
lrwxrwxrwx 1 root  root      21 Jan 17 09:31 \x1b[01;36mlocaltime\x1b[0m -> /zoneinfo/Europe/Oslo
-rw-r----- 1 root  shadow   842 Feb 28 23:59 shadow
-rwxr-xr-x 1 alice users  15360 Dec 31 00:01 \x1b[01;32mbackup-2025.sh\x1b[0m
-rw-r--r-- 1 alice users  10O01 Nov 11 11:11 Il1|O0o.txt
[alice@server:/etc]$ df -h | grep '^/dev'
/dev/vda1        49G   17G   30G  37% /
/dev/vdb         9.8G  24K  9.3G   1% /srv
[alice@server:/etc]$ ip -br addr show dev eth1
eth1             UP             192.168.1.23/24 fe80::5054:ff:fe12:123/64
[alice@server:/etc]$ curl -sS https://example.org:8443/a/b?x=1&y=2#top
curl: (7) Failed to connect to example.org port 8443 after 3 ms: Could not connect
[alice@server:/etc]$ awk -F: '{ n[$7]++ } END { for (s in n) print s, n[s] }' passwd
/bin/false 12
/run/current-system/sw/bin/bash 3
[alice@server:/etc]$ echo "~!@#$%^&*()_+{}|:<>?`-=[]\\;',./"
~!@#$%^&*()_+{}|:<>?`-=[]\\;',./
"""

CODE = """static int probe(struct device *dev, const char *name)
{
        unsigned long flags = 0x7ffe;   /* keep in step with attach() */
        for (int i = 0; i < ARRAY_SIZE(table); i++) {
                if (!strcmp(table[i].name, name) && (flags & BIT(i)))
                        return table[i].probe(dev) ?: -ENODEV;
        }
        pr_err("%s: no such device (%lu)\\n", name, flags);
        return -EINVAL;
}
~
~
"src/probe.c" 10L, 482B written                                 1,1           All"""

DIALOG = """
    \x1b[37;44m┌──────────────────┤ Package configuration ├──────────────────┐\x1b[0m
    \x1b[37;44m│                                                             │\x1b[0m
    \x1b[37;44m│  Please choose the partition to install the boot loader on. │\x1b[0m
    \x1b[37;44m│                                                             │\x1b[0m
    \x1b[37;44m│         \x1b[30;47m(*) /dev/sda1   512 MiB   vfat   EFI System\x1b[37;44m         │\x1b[0m
    \x1b[37;44m│         ( ) /dev/sda2    31 GiB   ext4   Linux root         │\x1b[0m
    \x1b[37;44m│         ( ) /dev/sdb1     2 TiB   xfs    Daten Übergröße    │\x1b[0m
    \x1b[37;44m│                                                             │\x1b[0m
    \x1b[37;44m│              \x1b[1;33;41m<Continue>\x1b[0;37;44m            <Go Back>              │\x1b[0m
    \x1b[37;44m│                                                             │\x1b[0m
    \x1b[37;44m└─────────────────────────────────────────────────────────────┘\x1b[0m

  \x1b[31mred\x1b[0m \x1b[32mgreen\x1b[0m \x1b[33mbrown\x1b[0m \x1b[34mblue\x1b[0m \x1b[35mmagenta\x1b[0m \x1b[36mcyan\x1b[0m \x1b[1;37mwhite\x1b[0m \x1b[7mreverse\x1b[0m \x1b[1;30;42mblack on green\x1b[0m
  <Tab>/<Alt-Tab> between elements   |  <Space> selects   |  <F12> next screen
"""

PAGES = {"login": LOGIN, "listing": LISTING, "code": CODE, "dialog": DIALOG}
DARK = "\x1b[0m\x1b[H\x1b[2J\x1b[3J"
LIGHT = "\x1b[30;47m\x1b[H\x1b[2J\x1b[3J"

# name, kernel words, QEMU options, [(page, light, font, cursor)]
SCREENS = [
    ("720x400", "", [], [("login", 0, "", 1), ("listing", 0, "", 0), ("code", 1, "", 0), ("dialog", 0, "", 1),
                         ("listing", 1, "", 1), ("login", 0, "Uni2-Fixed16", 1)]),
    ("640x480", "vga=786", [], [("login", 1, "", 1), ("listing", 0, "", 1), ("dialog", 0, "", 0),
                                ("code", 0, "Lat2-Terminus16", 0)]),
    ("1024x768", "vga=792", [], [("login", 0, "", 1), ("listing", 1, "", 0), ("code", 0, "", 1),
                                 ("dialog", 0, "Uni2-TerminusBold16", 0)]),
    ("1280x800", "module=" + "drm,drm_kms_helper,ttm,drm_ttm_helper,drm_vram_helper,bochs", [],
     [("login", 0, "", 1), ("listing", 0, "", 1), ("code", 1, "", 0), ("dialog", 1, "", 1),
      ("login", 0, "Uni2-TerminusBold28x14", 1)]),
]


def truth(page: str, cols: int) -> str:
    """The page as a terminal of so many columns shows it: long lines go on in the next row."""
    rows = []
    for line in ESC.sub("", page).split("\n"):
        rows += [line[i:i + cols].rstrip() for i in range(0, max(len(line), 1), cols)]
    return "\n".join(rows).rstrip() + "\n"


def main(cache: Path, out: Path) -> None:
    root = packages(cache)
    initrd = cache / "initrd.cpio"
    initramfs(root, initrd)
    out.mkdir(parents=True, exist_ok=True)
    for mode, cmdline, args, shots in SCREENS:
        g = Guest(root, initrd, cmdline, args)
        try:
            g.run("echo 0 > /sys/class/graphics/fbcon/cursor_blink")
            for page, light, font, cursor in shots:
                g.run(f"ksetfont -C /dev/tty1 /fonts/{font}.psf.gz" if font else ":")
                cols = int(g.run("stty -F /dev/tty1 size").split()[1])
                text = PAGES[page]
                if light:
                    text = text.replace("\x1b[0m", "\x1b[0;30;47m")
                body = (LIGHT if light else DARK) + ("\x1b[?25h" if cursor else "\x1b[?25l") + text
                g.write(body.replace("\n", "\r\n").encode())
                name = "-".join([mode, page, "light" if light else "dark"] + ([font.lower()] if font else []))
                g.screendump(out.absolute() / f"{name}.png")
                (out / f"{name}.txt").write_text(truth(text, cols))
                print(name)
        finally:
            g.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

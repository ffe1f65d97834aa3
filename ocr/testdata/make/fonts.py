#!/usr/bin/env python3
"""Make console/glyphs.txt.gz: the fingerprints by which the characters of a text console are known.

usage: fonts.py CACHE_DIR OUT

The fonts: QEMU's VGA BIOS font and the kernel's own two (read back in a booted guest by setfont -O, with
the kernel's Unicode map), and those of Debian's package console-setup-linux that installers load. A line
of the table is: font, cell width, cell height, fingerprint, Unicode code points. No bitmap is kept: the
fingerprint is the 64-bit FNV-1a of the glyph's rows, a second one leaves out the lowest sixth and two rows
more, where an underline cursor can be.
"""

import base64
import gzip
import struct
import sys
from pathlib import Path

from guest import Guest, initramfs, packages

LOADED = ["Uni2-Fixed16", "Uni2-VGA16", "Uni2-Terminus16", "Uni2-TerminusBold16", "Uni2-TerminusBoldVGA16",
          "Uni2-Terminus24x12", "Uni2-TerminusBold24x12", "Uni2-Terminus28x14", "Uni2-TerminusBold28x14",
          "Uni2-Terminus32x16", "Uni2-TerminusBold32x16", "Uni2-VGA32x16", "Uni2-Terminus20x10",
          "Uni2-TerminusBold20x10", "Uni2-Fixed14", "Uni2-Terminus14", "Uni2-VGA14", "Uni2-VGA8"]


def psf(data: bytes):
    """(width, height, [(glyph rows as ints, [code points])]) of a PSF1 or PSF2 font with a Unicode table."""
    if data[:2] == b"\x36\x04":
        mode, h = data[2], data[3]
        n, w, size, at = 512 if mode & 1 else 256, 8, h, 4
        table = data[at + n * size:]
        chars, i = [], 0
        for _ in range(n):
            cps, seq = [], False
            while True:
                (u,) = struct.unpack_from("<H", table, i)
                i += 2
                if u == 0xFFFF:
                    break
                if u == 0xFFFE:
                    seq = True
                if not seq:
                    cps.append(u)
            chars.append(cps)
    else:
        assert data[:4] == b"\x72\xb5\x4a\x86", "not a PSF font"
        _, at, _, n, size, h, w = struct.unpack_from("<7I", data, 4)
        table = data[at + n * size:]
        chars = [[ord(c) for c in e.split(b"\xfe")[0].decode()] for e in table.split(b"\xff")[:n]]
    stride = (w + 7) // 8
    for g, cps in enumerate(chars):
        raw = data[at + g * size: at + (g + 1) * size]
        rows = [int.from_bytes(raw[y * stride:(y + 1) * stride], "big") >> (stride * 8 - w) for y in range(h)]
        yield w, h, rows, cps


def fnv(rows) -> int:
    x = 0xCBF29CE484222325
    for r in rows:
        for b in (r >> 8, r & 255):
            x = ((x ^ b) * 0x100000001B3) & (1 << 64) - 1
    return x


def main(cache: Path, out: Path) -> None:
    root = packages(cache)
    initrd = cache / "initrd.cpio"
    initramfs(root, initrd)
    fonts = {}
    for name, cmdline in [("vgabios", ""), ("kernel-8x16", "vga=792"), ("kernel-16x32", "vga=792 fbcon=font:TER16x32")]:
        g = Guest(root, initrd, cmdline)
        try:
            b64 = g.run("ksetfont -C /dev/tty1 -O /f && base64 /f")
            fonts[name] = base64.b64decode(b64)
        finally:
            g.close()
    for name in LOADED:
        fonts[name] = gzip.decompress((root / f"usr/share/consolefonts/{name}.psf.gz").read_bytes())
    lines = []
    for name, data in fonts.items():
        for w, h, rows, cps in psf(data):
            if cps:
                cut = h - h // 6 - 2
                lines.append(f"{name} {w} {h} {fnv(rows):016x} {fnv(rows[:cut]):016x} {','.join(f'{c:x}' for c in cps)}\n")
    with out.open("wb") as f:
        f.write(gzip.compress("".join(lines).encode(), mtime=0))
    print(f"{out}: {len(fonts)} fonts, {len(lines)} glyphs, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

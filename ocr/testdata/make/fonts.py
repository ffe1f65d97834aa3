#!/usr/bin/env python3
"""Make console/glyphs.txt.gz: the fingerprints by which the characters of a text console are known.

usage: fonts.py CACHE_DIR OUT

The fonts: QEMU's VGA BIOS font and the kernel's own two (read back in a booted guest by setfont -O, with
the kernel's Unicode map), those of Debian's package console-setup-linux that installers load, and the X server's fixed fonts of xfonts-base,
which xterm uses. A line
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

XFONTS = ["5x7", "5x8", "6x9", "6x10", "6x12", "6x13", "6x13B", "7x13", "7x13B", "7x14", "7x14B", "8x13", "8x13B",
          "9x15", "9x15B", "9x18", "9x18B", "10x20"]
# Of the X fonts' thousands of characters, those of Latin text and of line drawing.
COMMON = {*range(0x20, 0x180), *range(0x2010, 0x2027), 0x20AC, *range(0x2190, 0x2194), *range(0x2500, 0x25A1)}


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


def pcf(data: bytes):
    """As psf, for a font of fixed width in the X server's compiled format."""
    (n,) = struct.unpack_from("<I", data, 4)
    tables = {t: (f, at) for t, f, _, at in struct.iter_unpack("<4I", data[8:8 + 16 * n])}

    def open_table(kind):
        fmt, at = tables[kind]
        return fmt, "<>"[fmt >> 2 & 1], at + 4

    fmt, e, at = open_table(2)  # accelerators: the font's ascent and descent
    ascent, descent = struct.unpack_from(e + "2i", data, at + 8)
    fmt, e, at = open_table(4)  # metrics
    metrics = []
    if fmt & 0x100:
        (k,) = struct.unpack_from(e + "h", data, at)
        for i in range(k):
            metrics.append([b - 0x80 for b in data[at + 2 + 5 * i:at + 7 + 5 * i]])
    else:
        (k,) = struct.unpack_from(e + "i", data, at)
        for i in range(k):
            metrics.append(struct.unpack_from(e + "5h", data, at + 4 + 12 * i))
    fmt, e, at = open_table(8)  # bitmaps
    (k,) = struct.unpack_from(e + "i", data, at)
    offsets = struct.unpack_from(f"{e}{k}i", data, at + 4)
    bits = at + 4 + 4 * k + 16
    padding, unit, msb = 1 << (fmt & 3), 1 << (fmt >> 4 & 3), fmt >> 3 & 1
    fmt, e, at = open_table(32)  # encodings
    lo, hi, row0, row1, _ = struct.unpack_from(e + "5h", data, at)
    w = metrics[0][2]
    for i in range((hi - lo + 1) * (row1 - row0 + 1)):
        (g,) = struct.unpack_from(e + "H", data, at + 10 + 2 * i)
        if g == 0xFFFF:
            continue
        code = (row0 + i // (hi - lo + 1)) << 8 | lo + i % (hi - lo + 1)
        left, right, width, up, down = metrics[g]
        stride = (right - left + 8 * padding - 1) // (8 * padding) * padding
        rows = [0] * (ascent + descent)
        for y in range(up + down):
            raw = data[bits + offsets[g] + y * stride:][:stride]
            if (e == ">") != bool(msb) and unit > 1:
                raw = b"".join(raw[j:j + unit][::-1] for j in range(0, stride, unit))
            if not msb:
                raw = bytes(int(f"{b:08b}"[::-1], 2) for b in raw)
            line = int.from_bytes(raw, "big") >> (stride * 8 - (right - left)) if right > left else 0
            shift = w - right
            rows[ascent - up + y] = (line << shift if shift >= 0 else line >> -shift) & (1 << w) - 1
        if width == w:
            yield w, ascent + descent, rows, [code]


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
    glyphs = [(name, g) for name, data in fonts.items() for g in psf(data)]
    for name in XFONTS:
        data = gzip.decompress(Path(f"/usr/share/fonts/X11/misc/{name}.pcf.gz").read_bytes())
        glyphs += [("X-" + name, g) for g in pcf(data) if g[3][0] in COMMON]
    for name, (w, h, rows, cps) in glyphs:
        if cps:
            cut = h - h // 6 - 2
            lines.append(f"{name} {w} {h} {fnv(rows):016x} {fnv(rows[:cut]):016x} {','.join(f'{c:x}' for c in cps)}\n")
    with out.open("wb") as f:
        f.write(gzip.compress("".join(lines).encode(), mtime=0))
    print(f"{out}: {len(fonts) + len(XFONTS)} fonts, {len(lines)} glyphs, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

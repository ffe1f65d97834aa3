#!/usr/bin/env python3
"""Makes internal/keys/layouts.txt and composed.txt from the keyboard layouts of xkeyboard-config on this machine (Debian: xkb-data,
libxkbcommon0), which libxkbcommon compiles.

Each line is a layout, a level (1, 2: with Shift, 3: with AltGr, 4: with both) and what the keys type, in the order of KEYS,
which internal/keys/layout.go has in QEMU's names. dead-0301 is a dead key, by its combining character;
the line 0301 of composed.txt has the characters that follow it, each with the one that the two make."""
import ctypes
import pathlib
import unicodedata

LAYOUTS = """us us:intl us:dvorak=dvorak us:colemak=colemak gb ie ca at ch ch:fr de de:nodeadkeys fr be nl es latam it pt br
dk no se fi is pl cz sk hu si hr ro tr ee lv lt ru ua bg gr il jp"""
KEYS = """TLDE AE01 AE02 AE03 AE04 AE05 AE06 AE07 AE08 AE09 AE10 AE11 AE12 AE13 AD01 AD02 AD03 AD04 AD05 AD06 AD07 AD08 AD09
AD10 AD11 AD12 AC01 AC02 AC03 AC04 AC05 AC06 AC07 AC08 AC09 AC10 AC11 BKSL LSGT AB01 AB02 AB03 AB04 AB05 AB06 AB07 AB08
AB09 AB10 AB11""".split()
# The combining characters of dead keys.
DEAD = dict(grave=0x300, acute=0x301, circumflex=0x302, tilde=0x303, macron=0x304, breve=0x306, abovedot=0x307,
            diaeresis=0x308, abovering=0x30a, doubleacute=0x30b, caron=0x30c, cedilla=0x327, ogonek=0x328)

lib = ctypes.CDLL("libxkbcommon.so.0")
pointer, u32 = ctypes.c_void_p, ctypes.c_uint32


class Names(ctypes.Structure):
    _fields_ = [(n, ctypes.c_char_p) for n in ("rules", "model", "layout", "variant", "options")]


for name, result, args in [
        ("xkb_context_new", pointer, [ctypes.c_int]),
        ("xkb_keymap_new_from_names", pointer, [pointer, ctypes.POINTER(Names), ctypes.c_int]),
        ("xkb_keymap_key_by_name", u32, [pointer, ctypes.c_char_p]),
        ("xkb_keymap_key_get_syms_by_level", ctypes.c_int, [pointer, u32, u32, u32, ctypes.POINTER(ctypes.POINTER(u32))]),
        ("xkb_keysym_to_utf32", u32, [u32]),
        ("xkb_keysym_get_name", ctypes.c_int, [u32, ctypes.c_char_p, ctypes.c_size_t])]:
    function = getattr(lib, name)
    function.restype, function.argtypes = result, args


def keysym(keymap, key, level):
    syms = ctypes.POINTER(u32)()
    return syms[0] if lib.xkb_keymap_key_get_syms_by_level(keymap, key, 0, level, ctypes.byref(syms)) == 1 else 0


def symbol_name(keymap, key, level):
    buffer = ctypes.create_string_buffer(64)
    lib.xkb_keysym_get_name(keysym(keymap, key, level), buffer, len(buffer))
    return buffer.value.decode()


def symbol(keymap, key, level):
    name = symbol_name(keymap, key, level)
    if name.startswith("dead_"):
        mark = DEAD.get(name[5:])
        return f"dead-{mark:04x}" if mark else "none"
    c = chr(lib.xkb_keysym_to_utf32(keysym(keymap, key, level)))
    return c if c > " " and unicodedata.category(c)[0] in "LNPS" else "none"


context = lib.xkb_context_new(0)
lines = []
for layout in LAYOUTS.split():
    xkb, _, name = layout.partition("=")
    base, _, variant = xkb.partition(":")
    names = Names(b"evdev", b"pc105", base.encode(), variant.encode(), b"")
    keymap = lib.xkb_keymap_new_from_names(context, ctypes.byref(names), 0)
    if not keymap:
        raise SystemExit(f"there is no layout {layout}")
    altgr = symbol_name(keymap, lib.xkb_keymap_key_by_name(keymap, b"RALT"), 0) == "ISO_Level3_Shift"
    for level in range(4 if altgr else 2):
        row = [symbol(keymap, lib.xkb_keymap_key_by_name(keymap, k.encode()), level) for k in KEYS]
        if set(row) != {"none"}:
            lines.append(f"{name or xkb.replace(':', '-')} {level + 1} {' '.join(row)}\n")
bases = sorted({c for line in lines for c in line.split()[2:] if len(c) == 1})
marks = []
for mark in sorted(DEAD.values()):
    pairs = [c + unicodedata.normalize("NFC", c + chr(mark)) for c in bases]
    marks.append(f"{mark:04x} {' '.join(p for p in pairs if len(p) == 2 and ord(p[1]) < 0x180)}\n")
out = pathlib.Path(__file__).parent.parent / "internal/keys"
(out / "layouts.txt").write_text("".join(lines))
(out / "composed.txt").write_text("".join(marks))

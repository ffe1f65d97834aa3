#: fstring_width
for n in [0, 7, -42, 1234567]:
    print(f"[{n:5}][{n:<8}][{n:>8}][{n:^8}][{n:08}][{n:+}][{n:,}][{n:_}]")
#: fstring_hex
n = 255
print(f"{n:x} {n:X} {n:#x} {n:#010x} {n:b} {n:#b} {n:o} {n:#o} {n:c}" if n < 256 else "")
#: fstring_float
x = 3.14159265
print(f"{x:.2f}|{x:8.3f}|{x:<8.1f}|{x:+.1f}|{x:e}|{x:.3e}|{x:g}|{x:.3g}|{x:%}|{x:.1%}")
#: fstring_nested
width, prec = 10, 3
value = 2.718281828
print(f"{value:{width}.{prec}f}|{value:>{width}}|{'x':*^{width}}")
#: fstring_conv
s = "it's \"x\"\n"
print(f"{s!r} {s!s} {s!a} {'é'!a} {[s]!r:>30}")
#: fstring_expr
d = {"k": [1, 2, 3]}
print(f"{d['k'][1]} {len(d['k'])} {sum(x for x in d['k'])} {'yes' if d else 'no'} {{literal}} {(lambda v: v * 2)(4)}")
#: fstring_multiline
name = "web"
cmd = (f"systemctl "
       f"status {name} "
       "--no-pager")
print(cmd)
print(f"""a
  {name}
b""")
#: fstring_bool_fmt
print(f"{True:d} {False:5d} {True!r:>6}")
#: format_spec_str
print("{:>10}|{:<10}|{:^10}|{:*^10}|{:.3}".format("abc", "abc", "abc", "abc", "abcdef"))
#: format_auto
print("{} {} {!r} {:>4}".format(1, "a", "b", 3))
#: percent
print("%d %5d %-5d| %05d %+d %x %X %o %e %.2f %s %r %c %%" % (1, 2, 3, 4, 5, 255, 255, 8, 12345.678, 3.14159, "s", "r", "c"))
#: percent_dict
print("%(a)s-%(b)03d" % {"a": "x", "b": 5})
print("%s" % [1, 2], "%s" % (("t",),), "%r" % {"a": 1})
#: str_split
s = "  a  b c  "
print(s.split(), s.split(" "), s.strip().split(" ", 1), s.rsplit(None, 1), s.split(maxsplit=1))
print("a,b,,c".split(","), "a,b,c".rsplit(",", 1), "".split(), "".split(","))
#: str_partition
print("k=v=w".partition("="), "k=v=w".rpartition("="), "kv".partition("="), "kv".rpartition("="))
#: str_lines
print("a\nb\r\nc\rd\n".splitlines(), "a\nb\n".splitlines(True), "".splitlines(), "\n".splitlines(), "a\n\nb".split("\n"))
#: str_strip
print("xxabcxx".strip("x"), "  abc ".lstrip() + "|", "  abc ".rstrip() + "|", "abcab".strip("ab"), "\t\n a \n".strip())
#: str_find
s = "hello hello"
print(s.find("l"), s.rfind("l"), s.find("z"), s.index("h", 1), s.count("l"), s.count("lo", 5), s.find("h", 1, 4))
try:
    s.index("z")
except ValueError as e:
    print(e)
#: str_replace
print("aaa".replace("a", "b", 2), "abc".replace("", "-"), "aaa".replace("aa", "b"), "x".replace("y", "z"))
#: str_just
print("a".ljust(5, ".") + "|" + "a".rjust(5) + "|" + "ab".center(7, "*") + "|" + "abc".center(6, "*") + "|" + "-5".zfill(5) + "|" + "+5".zfill(4))
#: str_prefix
s = "test_case.py"
print(s.removeprefix("test_"), s.removesuffix(".py"), s.removeprefix("x"), s.startswith(("a", "test")), s.endswith((".py", ".c")), s.startswith("case", 5))
#: str_mul
print("ab" * 3, "ab" * 0, "ab" * -1, 3 * "x", [0] * 3, (1,) * 2)
#: str_slices
s = "abcdef"
print(s[1:3], s[-3:], s[:-1], s[::2], s[::-1], s[10:], s[-100:2], s[4:1], s[4:1:-1], s[-1], s[0])
#: str_unicode
s = "héllo wörld ✓ 🎉"
print(len(s), s[1], s[-1], s[::-1], s.upper(), s.encode("utf-8"), len(s.encode()))
#: str_index_error
try:
    "abc"[5]
except IndexError as e:
    print(type(e).__name__, e)
#: str_compare
print("a" < "b", "B" < "a", "abc" < "abd", "" < "a", "10" < "9", max("b", "a"), sorted("hello"))
#: str_in
print("ell" in "hello", "" in "abc", "z" not in "abc", "a" in ["abc"], "x" in "")
#: str_iter
for i, c in enumerate("añb"):
    print(i, c, ord(c), chr(ord(c) + 1))
#: str_repr
for s in ["a", "it's", 'say "x"', "both ' and \"", "new\nline", "tab\t", "nul\0", "é", "\x7f", "\u200b", "back\\slash", "\x1b[0m", "🎉", "\xad"]:
    print(repr(s))
#: str_adjacent
x = ("a" "b"
     'c')
print(x, "x" "y" * 2)
#: str_translate
print("hello".translate(str.maketrans("el", "ip")), "hello".translate(str.maketrans("", "", "l")), "a-b".translate({45: "_"}))
#: str_expandtabs
print("a\tb\tc".expandtabs(4), "01\t012".expandtabs())
#: str_of
print(str(1), str(1.0), str(None), str(True), str([1, "a"]), str(("x",)), str({"a": None}), str({1}), str(b"x"), str(1e100), str(-0.0))
#: str_bytes_decode
print(str(b"abc", "utf-8"), b"abc".decode(), bytes("é", "utf-8"), "é".encode("latin-1"))
#: str_format_map
print("{a}-{b}".format_map({"a": 1, "b": 2}), format(3.14159, ".2f"), format(42, "x"), format("s", ">4"), format(5))
#: str_isidentifier
print("abc".isidentifier(), "1a".isidentifier(), "a b".isidentifier(), "é".isascii(), "a\n".isprintable(), "ab".isprintable())
#: str_int_roundtrip
for s in ["42", " 42 ", "-7", "+7", "1_000", "0042", "3\n"]:
    print(int(s))
for s in ["", "a", "1.5", "1 2", "0x10", "--1", "_1"]:
    try:
        print(int(s))
    except ValueError as e:
        print("ValueError:", e)
#: str_int_base
print(int("ff", 16), int("0xff", 16), int("0b101", 2), int("101", 2), int("z", 36), int("0o17", 0), int("0x1f", 0), int("-10", 8))
#: str_textwrap_dedent
import textwrap
s = textwrap.dedent("""
    a
      b
    c
""").strip()
print(s)
print(textwrap.indent("a\nb\n\nc", "> "))
#: str_concat_loop
out = ""
for i in range(5):
    out += f"{i},"
print(out[:-1], out.rstrip(","))
#: str_multi_assign_format
rows = [("nginx", 80, True), ("sshd", 22, False)]
for name, port, up in rows:
    print(f"{name:<10} {port:>5} {'up' if up else 'down':>5}")
#: str_fstring_dict_quotes
d = {"a": {"b": 1}}
print(f"{d['a']['b']:>3}|{d.get('x', 'none')!r}")
#: str_fstring_date
import datetime
d = datetime.datetime(2024, 2, 29, 13, 5, 9)
print(f"{d:%Y-%m-%d %H:%M:%S} {d.date()} {d:%j}")
#: str_center_odd
for w in range(3, 9):
    print("ab".center(w, "-"), f"{'ab':-^{w}}")
#: str_number_separators
print(f"{1234567.891:,.2f} {0x_ff:_x} {1_000_000:,} {12345678:_b}")
#: str_pred
for s in ["", "abc", "a1", "12", " ", "Ab", "AB", "٣", "a b"]:
    print(repr(s), s.isalpha(), s.isdigit(), s.isalnum(), s.isspace(), s.isupper(), s.islower(), s.istitle(), s.isdecimal(), s.isnumeric())
#: fstring_debug
a, b = 1, "two"
print(f"{a=} {b=} {a + 1 = } {a=:>4}")
#: fstring_types
print(f"{True} {None} {[1, 'a']} {(1,)} {{'a': 1}} {b'x'} { {'a': 1} }")
print(f"{True:5} {1.0:5} {'s':5}|")
#: str_bytes_mix
try:
    "a" + b"b"
except TypeError as e:
    print("TypeError")
try:
    "a" + 1
except TypeError as e:
    print(e)
try:
    1 + "a"
except TypeError as e:
    print(e)

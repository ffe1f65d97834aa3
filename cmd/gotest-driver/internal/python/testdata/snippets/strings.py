#: fstring_multiline
name = "web"
cmd = (f"systemctl "
       f"status {name} "
       "--no-pager")
print(cmd)
print(f"""a
  {name}
b""")
#: str_split
s = "  a  b c  "
print(s.split(), s.split(" "), s.strip().split(" ", 1), s.rsplit(None, 1), s.split(maxsplit=1))
print("a,b,,c".split(","), "a,b,c".rsplit(",", 1), "".split(), "".split(","))
#: str_partition
print("k=v=w".partition("="), "k=v=w".rpartition("="), "kv".partition("="), "kv".rpartition("="))
#: str_strip
print("xxabcxx".strip("x"), "  abc ".lstrip() + "|", "  abc ".rstrip() + "|", "abcab".strip("ab"), "\t\n a \n".strip())
#: str_replace
print("aaa".replace("a", "b", 2), "abc".replace("", "-"), "aaa".replace("aa", "b"), "x".replace("y", "z"))
#: str_prefix
s = "test_case.py"
print(s.removeprefix("test_"), s.removesuffix(".py"), s.removeprefix("x"), s.startswith(("a", "test")), s.endswith((".py", ".c")), s.startswith("case", 5))
#: str_mul
print("ab" * 3, "ab" * 0, "ab" * -1, 3 * "x", [0] * 3, (1,) * 2)
#: str_slices
s = "abcdef"
print(s[1:3], s[-3:], s[:-1], s[::2], s[::-1], s[10:], s[-100:2], s[4:1], s[4:1:-1], s[-1], s[0])
#: str_compare
print("a" < "b", "B" < "a", "abc" < "abd", "" < "a", "10" < "9", max("b", "a"), sorted("hello"))
#: str_in
print("ell" in "hello", "" in "abc", "z" not in "abc", "a" in ["abc"], "x" in "")
#: str_iter
for i, c in enumerate("añb"):
    print(i, c, ord(c), chr(ord(c) + 1))
#: str_adjacent
x = ("a" "b"
     'c')
print(x, "x" "y" * 2)
#: str_int_base
print(int("ff", 16), int("0xff", 16), int("0b101", 2), int("101", 2), int("z", 36), int("0o17", 0), int("0x1f", 0), int("-10", 8))
#: str_concat_loop
out = ""
for i in range(5):
    out += f"{i},"
print(out[:-1], out.rstrip(","))
#: str_pred
for s in ["", "abc", "a1", "12", " ", "Ab", "AB", "٣", "a b"]:
    print(repr(s), s.isalpha(), s.isdigit(), s.isalnum(), s.isspace(), s.isupper(), s.islower(), s.istitle(), s.isdecimal(), s.isnumeric())

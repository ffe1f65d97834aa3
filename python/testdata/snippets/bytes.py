#: bytes_basic
b = b"abc\x00\xff"
print(b, len(b), b[0], b[1:3], b.hex(), list(b[:2]), b + b"x", b * 2, b"b" in b, 97 in b, b.find(b"c"), b.startswith(b"ab"))
#: bytes_decode
print(b"caf\xc3\xa9".decode(), b"\xff".decode("latin-1"), b"ab\xff".decode("utf-8", "replace"), b"a\xff".decode(errors="ignore"), b"x".decode("ascii"))
try:
    b"\xff".decode()
except UnicodeDecodeError as e:
    print(type(e).__name__)
#: bytes_iter
for x in b"ab":
    print(x)
print(sorted(b"cab"), sum(b"ab"), max(b"az"), [hex(x) for x in b"\x01\x10"], b"ab" == b"ab", b"a" < b"b", b"a" == "a")
#: bytes_repr
print(repr(b"it's"), repr(b'"'), repr(b"\\"), repr(b"\t\n\r\x7f"), b"'\"")
#: base64_
import base64
print(base64.b64encode(b"hello"), base64.b64decode("aGVsbG8="), base64.b64encode("x".encode()).decode(), base64.urlsafe_b64encode(b"\xff\xfe"))
#: hashlib_
import hashlib
print(hashlib.sha256(b"x").hexdigest()[:16], hashlib.md5(b"").hexdigest(), hashlib.sha1("a".encode()).hexdigest())
#: struct_
import struct
print(struct.pack(">HI", 1, 2), struct.unpack("<I", b"\x01\x00\x00\x00"), struct.calcsize("<BHI"))
#: bytes_make
print(bytes(3), bytes([65, 66]), bytes("é", "utf-8"), bytes.fromhex("0aff"), b"a\nb".split(b"\n"), b" x ".strip(), b"a,b".replace(b",", b";"), b"".join([b"a", b"b"]))
#: bytes_format
print(b"%d-%s" % (5, b"x"), f"{b'x'}", str(b"x"), b"x".hex())
#: bytes_case
print(b"aBc".upper(), b"ABC".lower(), b"ab".isalpha(), b"12".isdigit(), b"a b".split(), b"abc".index(b"c"), b"aXa".count(b"a"))

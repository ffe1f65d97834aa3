import binascii
import gzip
import hashlib
import hmac
import zlib

data = b"hello " * 20
print(binascii.hexlify(b"\x00\xffab"), binascii.unhexlify("00ff"), binascii.b2a_base64(b"abc"), binascii.a2b_base64("YWJj"), binascii.crc32(data))
print(zlib.decompress(zlib.compress(data)) == data, zlib.crc32(b"abc"), zlib.crc32(b"c", zlib.crc32(b"ab")), zlib.adler32(b"abc"), len(zlib.compress(data, 9)) < len(data))
print(gzip.decompress(gzip.compress(data)) == data)
for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256"):
    h = hashlib.new(name, b"abc")
    h.update(b"def")
    print(name, h.hexdigest(), h.name, h.digest_size, h.block_size)
print(hashlib.sha384(b"x").hexdigest()[:16], hmac.new(b"k", b"m", "sha256").hexdigest(), hmac.new(b"k", b"m", hashlib.sha1).hexdigest(), hmac.compare_digest("a", "a"))
for f in (lambda: binascii.unhexlify("0"), lambda: binascii.unhexlify("zz"), lambda: zlib.decompress(b"nope"), lambda: gzip.decompress(b"no gzip here"), lambda: hashlib.sha256("text"), lambda: hashlib.new("nope")):
    try:
        f()
    except (ValueError, zlib.error, OSError, TypeError) as e:
        print(type(e).__name__ in ("Error", "error", "BadGzipFile", "TypeError", "ValueError", "BinasciiError", "ZlibError"))
print(b",".join([b"a", b"b"]), b"".join([]), b"-".join(x for x in (b"1", b"2")))
parts = [b"x", b"y"]
sep = "/".encode()
print(sep.join(parts))
try:
    b"".join(["text"])
except TypeError as e:
    print(e)

import struct
print(struct.pack("<IHb", 1, 2, -1), struct.unpack("<I", b"\x01\x00\x00\x00"), struct.unpack(">HH", b"\x00\x01\x00\x02"), struct.calcsize("<IQ"), struct.pack(">4s2x", b"ab"), struct.unpack_from("<H", b"\x00\x01\x02", 1), struct.pack("!d", 1.5), struct.unpack("<?Bq", struct.pack("<?Bq", True, 3, -4)), struct.calcsize("IQ"))

class AddressValueError(ValueError):
    pass


class NetmaskValueError(ValueError):
    pass


def _parse4(text):
    parts = text.split(".")
    if len(parts) != 4:
        raise AddressValueError("Expected 4 octets in " + repr(text))
    n = 0
    for p in parts:
        if not p:
            raise AddressValueError("Empty octet not permitted in " + repr(text))
        if not (p.isascii() and p.isdigit()):
            raise AddressValueError(f"Only decimal digits permitted in {p!r} in {text!r}")
        if len(p) > 3:
            raise AddressValueError(f"At most 3 characters permitted in {p!r} in {text!r}")
        if p != "0" and p[0] == "0":
            raise AddressValueError(f"Leading zeros are not permitted in {p!r} in {text!r}")
        if int(p) > 255:
            raise AddressValueError(f"Octet {int(p)} (> 255) not permitted in {text!r}")
        n = n * 256 + int(p)
    return n


def _parse6(text):
    parts = text.split(":")
    if len(parts) < 3:
        raise AddressValueError(f"At least 3 parts expected in {text!r}")
    if "." in parts[-1]:
        n = _parse4(parts.pop())
        parts.append("%x" % (n >> 16))
        parts.append("%x" % (n & 0xFFFF))
    if text.count("::") > 1 or ":::" in text:
        raise AddressValueError(f"At most one '::' permitted in {text!r}")
    if "::" in text:
        head, tail = [], []
        seen = False
        for i, p in enumerate(parts):
            if p == "" and 0 < i < len(parts) - 1:
                seen = True
            elif p != "":
                (tail if seen else head).append(p)
        if text.startswith("::"):
            head, tail = [], [p for p in parts if p]
        elif text.endswith("::"):
            head, tail = [p for p in parts if p], []
        if len(head) + len(tail) > 7:
            raise AddressValueError(f"Expected at most 7 other parts with '::' in {text!r}")
        parts = head + ["0"] * (8 - len(head) - len(tail)) + tail
    elif len(parts) != 8:
        raise AddressValueError(f"Exactly 8 parts expected without '::' in {text!r}")
    n = 0
    for p in parts:
        if p == "" or p.strip("0123456789abcdefABCDEF"):
            raise AddressValueError(f"Only hex digits permitted in {p!r} in {text!r}")
        if len(p) > 4:
            raise AddressValueError(f"At most 4 characters permitted in {p!r} in {text!r}")
        n = n * 65536 + int(p, 16)
    return n


def _text4(n):
    return ".".join([str(n >> s & 255) for s in (24, 16, 8, 0)])


def _groups(n):
    return [n >> (112 - 16 * i) & 0xFFFF for i in range(8)]


def _text6(n):
    groups = _groups(n)
    best, length = -1, 1
    start = -1
    for i, g in enumerate(groups + [1]):
        if g == 0 and start < 0:
            start = i
        if g != 0 and start >= 0:
            if i - start > length:
                best, length = start, i - start
            start = -1
    texts = ["%x" % g for g in groups]
    if best < 0:
        return ":".join(texts)
    return ":".join(texts[:best]) + "::" + ":".join(texts[best + length :])


def _parts(n, bits):
    return n >> bits & 255


def _bytes(n, length):
    return n.to_bytes(length, "big")


_private4 = [
    (0x00000000, 8), (0x0A000000, 8), (0x7F000000, 8), (0xA9FE0000, 16), (0xAC100000, 12), (0xC0000000, 29),
    (0xC00000AA, 31), (0xC0000200, 24), (0xC0A80000, 16), (0xC6120000, 15), (0xC6336400, 24), (0xCB007100, 24),
    (0xF0000000, 4), (0xFFFFFFFF, 32),
]


def _within(n, bits, table):
    for base, length in table:
        if n >> (bits - length) == base >> (bits - length):
            return True
    return False


class _Address:
    def __init__(self, address):
        self._scope = None
        if isinstance(address, int):
            if address < 0:
                raise AddressValueError(f"{address} (< 0) is not permitted as an IPv{self.version} address")
            if address >> self.max_prefixlen:
                raise AddressValueError(f"{address} (>= 2**{self.max_prefixlen}) is not permitted as an IPv{self.version} address")
            self._n = address
        elif isinstance(address, bytes):
            if len(address) != self.max_prefixlen // 8:
                raise AddressValueError(f"{address!r} (len {len(address)} != {self.max_prefixlen // 8}) is not permitted as an IPv{self.version} address")
            self._n = int.from_bytes(address, "big")
        else:
            text = str(address)
            if "/" in text:
                raise AddressValueError(f"Unexpected '/' in {text!r}")
            if self.version == 6 and "%" in text:
                text, _, scope = text.partition("%")
                self._scope = scope
            if not text:
                raise AddressValueError("Address cannot be empty")
            self._n = _parse4(text) if self.version == 4 else _parse6(text)

    def __str__(self):
        text = _text4(self._n) if self.version == 4 else _text6(self._n)
        return text + "%" + self._scope if self._scope else text

    def __repr__(self):
        return f"{type(self).__name__}({str(self)!r})"

    def __int__(self):
        return self._n

    def __hash__(self):
        return hash((self.version, self._n))

    def __eq__(self, other):
        return isinstance(other, _Address) and self.version == other.version and self._n == other._n and self._scope == other._scope

    def __lt__(self, other):
        return self._n < _same(self, other)._n

    def __le__(self, other):
        return self._n <= _same(self, other)._n

    def __gt__(self, other):
        return self._n > _same(self, other)._n

    def __ge__(self, other):
        return self._n >= _same(self, other)._n

    def __add__(self, n):
        return _plain(self.version)(self._n + n)

    def __sub__(self, n):
        return _plain(self.version)(self._n - n)

    @property
    def packed(self):
        return _bytes(self._n, self.max_prefixlen // 8)

    @property
    def compressed(self):
        return str(self)

    @property
    def exploded(self):
        if self.version == 4:
            return str(self)
        return ":".join(["%04x" % g for g in _groups(self._n)])

    @property
    def reverse_pointer(self):
        if self.version == 4:
            return ".".join(reversed(str(self).split("."))) + ".in-addr.arpa"
        return ".".join(reversed(list(self.exploded.replace(":", "")))) + ".ip6.arpa"

    @property
    def is_loopback(self):
        return self._n == 1 if self.version == 6 else self._n >> 24 == 127

    @property
    def is_unspecified(self):
        return self._n == 0

    @property
    def is_multicast(self):
        return self._n >> 120 == 255 if self.version == 6 else self._n >> 28 == 14

    @property
    def is_link_local(self):
        return self._n >> 118 == 0x3FA if self.version == 6 else self._n >> 16 == 0xA9FE

    @property
    def is_private(self):
        if self.version == 4:
            return _within(self._n, 32, _private4)
        n = self._n
        if n >> 32 == 0xFFFF:
            return _within(n & 0xFFFFFFFF, 32, _private4)
        return n <= 1 or n >> 121 == 0x7E or n >> 118 == 0x3FA or n >> 96 == 0x20010DB8 or n >> 64 == 1 << 56 or n >> 105 == 0x200100 << 1

    @property
    def is_global(self):
        if self.version == 4 and self._n >> 22 == 0x64400000 >> 22:
            return False
        return not self.is_private

    @property
    def is_reserved(self):
        return self._n >> 28 == 15 if self.version == 4 else False


class IPv4Address(_Address):
    version = 4
    max_prefixlen = 32


class IPv6Address(_Address):
    version = 6
    max_prefixlen = 128

    @property
    def ipv4_mapped(self):
        if self._n >> 32 != 0xFFFF:
            return None
        return IPv4Address(self._n & 0xFFFFFFFF)

    @property
    def scope_id(self):
        return self._scope


def _same(a, b):
    if a.version != b.version:
        raise TypeError(f"{a} and {b} are not of the same version")
    return b


def _plain(version):
    return IPv4Address if version == 4 else IPv6Address


def _split(address, bits, version):
    if isinstance(address, tuple):
        return address[0], address[1]
    if isinstance(address, (int, bytes)):
        return address, bits
    text = str(address)
    parts = text.split("/")
    if len(parts) > 2:
        raise AddressValueError(f"Only one '/' permitted in {text!r}")
    return parts[0], (parts[1] if len(parts) == 2 else bits)


def _prefix(mask, bits, version):
    text = str(mask)
    if text.isascii() and text.isdigit():
        if int(text) > bits:
            raise NetmaskValueError(f"{text!r} is not a valid netmask")
        return int(text)
    if version == 6:
        raise NetmaskValueError(f"{text!r} is not a valid netmask")
    try:
        n = _parse4(text)
    except AddressValueError:
        raise NetmaskValueError(f"{text!r} is not a valid netmask")
    full = (1 << bits) - 1
    for length in range(bits + 1):
        if n == full ^ (full >> length):
            return length
    for length in range(bits + 1):
        if n == full >> length:
            return length
    raise NetmaskValueError(f"{text!r} is not a valid netmask")


class _Network:
    def __init__(self, address, strict=True):
        head, mask = _split(address, self.max_prefixlen, self.version)
        plain = _plain(self.version)
        self.prefixlen = _prefix(mask, self.max_prefixlen, self.version)
        n = int(plain(head))
        low = n & ~_hostmask(self)
        if strict and low != n:
            raise ValueError(f"{plain(n)}/{self.prefixlen} has host bits set")
        self.network_address = plain(low)
        self.netmask = plain(((1 << self.max_prefixlen) - 1) ^ _hostmask(self))
        self.hostmask = plain(_hostmask(self))
        self.broadcast_address = plain(low | _hostmask(self))

    def __str__(self):
        return f"{self.network_address}/{self.prefixlen}"

    def __repr__(self):
        return f"{type(self).__name__}({str(self)!r})"

    def __hash__(self):
        return hash((int(self.network_address), self.prefixlen))

    def __eq__(self, other):
        return isinstance(other, _Network) and self.version == other.version and self.network_address == other.network_address and self.prefixlen == other.prefixlen

    def __lt__(self, other):
        _same(self, other)
        return (int(self.network_address), self.prefixlen) < (int(other.network_address), other.prefixlen)

    def __contains__(self, address):
        if isinstance(address, _Network) or self.version != address.version:
            return False
        return int(self.network_address) <= int(address) <= int(self.broadcast_address)

    def __len__(self):
        return self.num_addresses

    def __iter__(self):
        n = int(self.network_address)
        while n <= int(self.broadcast_address):
            yield _plain(self.version)(n)
            n += 1

    def __getitem__(self, i):
        n = int(self.network_address) + i if i >= 0 else int(self.broadcast_address) + i + 1
        if not int(self.network_address) <= n <= int(self.broadcast_address):
            raise IndexError("address out of range")
        return _plain(self.version)(n)

    @property
    def num_addresses(self):
        return 1 << (self.max_prefixlen - self.prefixlen)

    @property
    def with_prefixlen(self):
        return str(self)

    @property
    def with_netmask(self):
        return f"{self.network_address}/{self.netmask}"

    @property
    def with_hostmask(self):
        return f"{self.network_address}/{self.hostmask}"

    @property
    def compressed(self):
        return str(self)

    @property
    def exploded(self):
        return f"{self.network_address.exploded}/{self.prefixlen}"

    @property
    def is_private(self):
        return self.network_address.is_private and self.broadcast_address.is_private

    @property
    def is_loopback(self):
        return self.network_address.is_loopback and self.broadcast_address.is_loopback

    @property
    def is_multicast(self):
        return self.network_address.is_multicast and self.broadcast_address.is_multicast

    @property
    def is_link_local(self):
        return self.network_address.is_link_local and self.broadcast_address.is_link_local

    @property
    def is_global(self):
        return not self.is_private

    def hosts(self):
        return _hosts(self)

    def subnets(self, prefixlen_diff=1, new_prefix=None):
        return _subnets(self, self.prefixlen + prefixlen_diff if new_prefix is None else new_prefix)

    def supernet(self, prefixlen_diff=1, new_prefix=None):
        if self.prefixlen == 0:
            return self
        length = self.prefixlen - prefixlen_diff if new_prefix is None else new_prefix
        if length > self.prefixlen:
            raise ValueError("new prefix must be shorter")
        if length < 0:
            raise ValueError(f"current prefixlen is {self.prefixlen}, cannot have a prefixlen_diff of {prefixlen_diff}")
        return type(self)((int(self.network_address), length), strict=False)

    def overlaps(self, other):
        return int(self.network_address) <= int(other.broadcast_address) and int(other.network_address) <= int(self.broadcast_address)

    def subnet_of(self, other):
        _same(self, other)
        return other.network_address <= self.network_address and self.broadcast_address <= other.broadcast_address

    def supernet_of(self, other):
        return other.subnet_of(self)


def _hosts(network):
    low, high = int(network.network_address), int(network.broadcast_address)
    if network.prefixlen < network.max_prefixlen - 1:
        low += 1
        if network.version == 4:
            high -= 1
    while low <= high:
        yield _plain(network.version)(low)
        low += 1


def _subnets(network, length):
    if length < network.prefixlen:
        raise ValueError("new prefix must be longer")
    if length > network.max_prefixlen:
        raise ValueError(f"prefix length diff {length - network.prefixlen} is invalid for netblock {network}")
    n = int(network.network_address)
    while n <= int(network.broadcast_address):
        yield type(network)((n, length))
        n += 1 << (network.max_prefixlen - length)


def _hostmask(network):
    return (1 << (network.max_prefixlen - network.prefixlen)) - 1


class IPv4Network(_Network):
    version = 4
    max_prefixlen = 32


class IPv6Network(_Network):
    version = 6
    max_prefixlen = 128


class _Interface(_Address):
    def __init__(self, address):
        head, mask = _split(address, self.max_prefixlen, self.version)
        super().__init__(head)
        self._length = _prefix(mask, self.max_prefixlen, self.version)
        self.ip = _plain(self.version)(self._n)
        self.network = (IPv4Network if self.version == 4 else IPv6Network)((self._n, self._length), strict=False)
        self.netmask = self.network.netmask
        self.hostmask = self.network.hostmask

    def __str__(self):
        return f"{self.ip}/{self._length}"

    def __repr__(self):
        return f"{type(self).__name__}({str(self)!r})"

    def __eq__(self, other):
        return isinstance(other, _Interface) and self.version == other.version and self._n == other._n and self._length == other._length

    def __hash__(self):
        return hash((self._n, self._length))

    @property
    def with_prefixlen(self):
        return str(self)

    @property
    def with_netmask(self):
        return f"{self.ip}/{self.netmask}"


class IPv4Interface(_Interface):
    version = 4
    max_prefixlen = 32


class IPv6Interface(_Interface):
    version = 6
    max_prefixlen = 128


def ip_address(address):
    for make in (IPv4Address, IPv6Address):
        if isinstance(address, int) and make is IPv4Address and address >> 32:
            continue
        try:
            return make(address)
        except (AddressValueError, NetmaskValueError):
            pass
    raise ValueError(f"{address!r} does not appear to be an IPv4 or IPv6 address")


def ip_network(address, strict=True):
    for make in (IPv4Network, IPv6Network):
        try:
            return make(address, strict)
        except (AddressValueError, NetmaskValueError):
            pass
    raise ValueError(f"{address!r} does not appear to be an IPv4 or IPv6 network")


def ip_interface(address):
    for make in (IPv4Interface, IPv6Interface):
        try:
            return make(address)
        except (AddressValueError, NetmaskValueError):
            pass
    raise ValueError(f"{address!r} does not appear to be an IPv4 or IPv6 interface")


def collapse_addresses(addresses):
    todo = sorted([n if isinstance(n, _Network) else ip_network(str(n)) for n in addresses])
    out = []
    for n in todo:
        if out and n.subnet_of(out[-1]):
            continue
        out.append(n)
        while len(out) > 1 and out[-1].prefixlen == out[-2].prefixlen and out[-1].supernet() == out[-2].supernet():
            out.pop()
            out[-1] = out[-1].supernet()
    return iter(out)

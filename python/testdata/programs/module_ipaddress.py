import ipaddress
from ipaddress import IPv4Address, ip_network

a = ipaddress.ip_address("192.168.1.10")
print(a, repr(a), int(a), a.version, a.is_private, a.is_loopback, a.packed, a + 5, a - 1)
net = ip_network("192.168.1.0/24")
print(net, repr(net), net.num_addresses, net.netmask, net.hostmask, net.broadcast_address, net.network_address, net.prefixlen)
print(a in net, IPv4Address("10.0.0.1") in net, net[1], net[-1], [str(h) for h in ip_network("10.0.0.0/29").hosts()])
print(list(net.subnets(new_prefix=26)), net.supernet(), net.supernet(new_prefix=16))
print(sorted([IPv4Address("10.0.0.10"), IPv4Address("10.0.0.9")]), a == IPv4Address("192.168.1.10"), len({a, IPv4Address("192.168.1.10")}))
print(net.overlaps(ip_network("192.168.0.0/16")), net.subnet_of(ip_network("192.168.0.0/16")), net == ip_network("192.168.1.0/255.255.255.0"))
for text in ["::", "::1", "fe80::1", "2001:db8::", "2001:0db8:0000:0000:0001:0000:0000:0001", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1::8", "fd00::ab", "ff02::1", "0:0:1::", "a::b:0:0:c"]:
    x = ipaddress.ip_address(text)
    print(x, x.exploded, x.version, x.is_link_local, x.is_loopback, x.is_private, x.is_multicast, x.is_unspecified)
print(ipaddress.ip_address("2001:db8::1").reverse_pointer, a.reverse_pointer)
print(ip_network("fd00:1::/64"), ip_network("fd00::/126").num_addresses, list(ip_network("fd00::/126")))
print(ipaddress.ip_network("10.1.2.3/8", strict=False), ipaddress.IPv4Network("172.16.0.0/12").with_netmask)
i = ipaddress.ip_interface("10.1.2.3/24")
print(i, repr(i), i.ip, i.network, i.with_netmask)
print(ipaddress.ip_address(0x7F000001), ipaddress.IPv4Address(b"\x01\x02\x03\x04"), ipaddress.ip_address("::ffff:10.0.0.1").ipv4_mapped)
print(list(ipaddress.collapse_addresses([ip_network("10.0.0.0/25"), ip_network("10.0.0.128/25"), ip_network("10.0.2.0/24")])))
for bad in ["1.2.3", "1.2.3.256", "1.2.3.04", "a.b.c.d", "1:2", "::1::", "", "1.2.3.4/8", "12345::"]:
    try:
        print(ipaddress.ip_address(bad))
    except ValueError as e:
        print("error:", e)
for bad in ["10.0.0.1/8", "10.0.0.0/33", "nope"]:
    try:
        print(ip_network(bad))
    except ValueError as e:
        print("error:", e)
for bad in ["1.2.3.256", "1.2.3", "1.2..4", "1.2.3.x"]:
    try:
        IPv4Address(bad)
    except ipaddress.AddressValueError as e:
        print("error:", e)
print(f"{a} {a!s:>15}", isinstance(a, ipaddress.IPv4Address), isinstance(net, ipaddress.IPv6Network))
for n in (IPv4Address("100.64.0.1"), IPv4Address("8.8.8.8"), IPv4Address("169.254.1.1"), IPv4Address("224.0.0.1")):
    print(n, n.is_global, n.is_private, n.is_link_local, n.is_multicast, n.is_reserved)

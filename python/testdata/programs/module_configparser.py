import configparser
import io
import sys

c = configparser.ConfigParser()
c.read_string("""
[DEFAULT]
base = /srv
[server]
Port = 8080
path = %(base)s/www
on = yes
list =
    one
    two
# comment
; other
empty =
ratio: 1.5

[client]
name = x = y
""")
print(c.sections(), c.has_section("server"), "client" in c, c.options("server"))
print(c["server"]["port"], c["server"]["PATH"], c.getint("server", "port"), c["server"].getboolean("on"), c.getfloat("server", "ratio"))
print(repr(c["server"]["list"]), repr(c["server"]["empty"]), c["client"]["name"])
print(c.get("server", "nope", fallback="none"), c["server"].get("nope"), c.getint("x", "y", fallback=3))
print(dict(c["client"]), c.get("server", "path", raw=True), list(c))
for section, option in (("nope", "x"), ("server", "nope")):
    try:
        c.get(section, option)
    except (configparser.NoSectionError, configparser.NoOptionError) as e:
        print(type(e).__name__, e)
try:
    c["server"]["nope"]
except KeyError as e:
    print("KeyError", e)
c["new"] = {"a": 1, "b": "two"}
c.set("new", "c", "3")
c.remove_section("client")
out = io.StringIO()
c.write(out)
print(out.getvalue())
d = configparser.ConfigParser()
d.read_dict({"s": {"k": "v"}})
print(d.items("s"), d.remove_option("s", "k"), d.items("s"))
try:
    configparser.ConfigParser().read_string("k = v")
except configparser.MissingSectionHeaderError:
    print("no header")

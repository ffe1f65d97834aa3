cache: Machine
origin: Machine

def header(url: str, name: str) -> str | None:
    for line in cache.succeed("curl --silent --head " + url).splitlines():
        key, sep, value = line.partition(":")
        if sep and key.lower() == name.lower():
            return value.strip()
    return None

start_all()
origin.wait_for_unit("nginx.service")
cache.wait_for_unit("varnish.service")
cache.wait_for_open_port(6081)

url = "http://localhost:6081/"
first = header(url, "Age")
t.assertIsNotNone(first)
age = header(url, "Age")
if age != None:
    t.assertGreaterEqual(int(age), 0)
origin.crash()
cache.succeed("curl --fail " + url)

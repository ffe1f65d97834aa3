# A web server and its client.
import json
from typing import Optional

start_all()
server.wait_for_unit("nginx.service")


def get(path: str, host: Optional[str] = None) -> str:
    """Fetch a page."""
    host = host or server.name
    return client.succeed(f"curl --fail http://{host}/{path}")


with subtest("the page is there"):
    page = get("")
    assert "Welcome" in page, f"the page is {page!r}"

with subtest("a missing page"), log.nested("asked for"):
    client.fail("curl --fail http://server/none")

for i in range(3):
    with subtest(f"round {i}"):
        status, out = client.execute(f"ping -c 1 server")
        if status != 0:
            break  # no more rounds
        info = json.loads(client.succeed("ip -j addr"))
        print(f"{len(info)} links, took {1.5:.2f} s", out.splitlines())

if __name__ == "__main__":
    server.shutdown()

# nginx with two virtual hosts: pages, headers, a reload under load.
import json
import re
import textwrap

start_all()
machine.wait_for_unit("nginx.service")
machine.wait_for_open_port(80)

HOSTS = {"one.test": "the first host", "two.test": "the second host"}


def curl(host: str, path: str = "/", *options: str) -> str:
    """Fetches a page of a virtual host."""
    words = " ".join(options)
    return machine.succeed(f"curl --silent --fail --max-time 60 {words} --resolve {host}:80:127.0.0.1 http://{host}{path}")


def reload() -> None:
    """Reloads the configuration. Workers with the old one take requests for a moment longer: waits for their end."""
    workers = machine.succeed("pgrep --parent $(cat /run/nginx.pid)").split()
    machine.succeed("systemctl reload nginx.service")
    machine.wait_until_fails("ps --pid " + ",".join(workers))


with subtest("virtual hosts are configured"):
    for host, text in HOSTS.items():
        config = textwrap.dedent(f"""\
            server {{
              listen 80;
              server_name {host};
              root /srv/{host};
              location = /status {{
                default_type application/json;
                return 200 '{{"host": "{host}", "uptime": [1, 2.5, null]}}';
              }}
            }}
        """)
        machine.succeed(f"mkdir -p /srv/{host}")
        machine.succeed(f"echo '{text}' > /srv/{host}/index.html")
        machine.succeed(f"cat > /etc/nginx/conf.d/{host}.conf <<'EOF'\n{config}EOF\n")
    machine.succeed("nginx -t")
    reload()

with subtest("each host has its own page"):
    for host, text in sorted(HOSTS.items()):
        page = curl(host).strip()
        print(f"{host:>10}: {page!r}")
        assert page == text, f"{host} has {page!r}"

with subtest("the status page is JSON"):
    status = json.loads(curl("two.test", "/status"))
    assert status["host"] == "two.test"
    assert status["uptime"] == [1, 2.5, None], "the uptime is wrong"
    print(json.dumps(status, sort_keys=True, indent=2))

with subtest("headers and errors"):
    head = curl("one.test", "/", "--head")
    headers = {
        k.lower(): v.strip()
        for k, v in (line.split(":", 1) for line in head.splitlines() if ":" in line)
    }
    assert headers["content-type"].startswith("text/html")
    assert int(headers["content-length"]) == len(HOSTS["one.test"]) + 1
    match = re.match(r"HTTP/(?P<version>[\d.]+) (\d{3})", head)
    assert match is not None
    print("version", match.group("version"), "status", match[2])
    code, out = machine.execute("curl --silent --fail --resolve one.test:80:127.0.0.1 http://one.test/missing")
    print("a missing page ends curl with", code, repr(out))
    assert code == 22

machine.succeed("rm /etc/nginx/conf.d/*.test.conf")
reload()

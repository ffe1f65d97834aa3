webserver: Machine
url = "http://localhost/example.html"
webserver.wait_for_unit("caddy")
webserver.wait_for_open_port(80)

def check_etag(url: str) -> str:
    etag = webserver.succeed("curl --fail -v '{}' 2>&1 | sed -n -e \"s/^< [Ee][Tt][Aa][Gg]: *//p\"".format(url)).rstrip()
    http_code = webserver.succeed("curl --fail --silent --show-error -o /dev/null -w \"%{{http_code}}\" --head -H 'If-None-Match: {}' {}".format(etag, url))
    assert int(http_code) == 304, "HTTP code is {}".format(http_code)
    return etag

with subtest("check ETag if serving Nix store paths"):
    old_etag = check_etag(url)
    webserver.succeed("/run/current-system/specialisation/etag/bin/switch-to-configuration test >&2")
    webserver.wait_for_unit("caddy")
    new_etag = check_etag(url)
    assert old_etag != new_etag, "Old ETag {} is the same as {}".format(old_etag, new_etag)

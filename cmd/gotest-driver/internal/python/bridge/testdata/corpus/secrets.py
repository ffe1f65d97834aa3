import json
import base64
server: Machine

token = base64.b64encode("user:pass")
decoded = base64.b64decode(token)
t.assertEqual(decoded, b"user:pass")
server.wait_for_unit("vault.service")
server.wait_for_open_port(8200)
server.succeed("curl --fail -H 'Authorization: Basic %s' http://localhost:8200/v1/sys/health" % token)
seal = json.loads(server.succeed("vault status -format=json"))
if seal["sealed"]:
    for key in os.environ.get("UNSEAL_KEYS", "a,b,c").split(","):
        server.succeed("vault operator unseal " + key)
home = os.getenv("HOME")
if home:
    log.debug("home is " + home)
leaked = [line for line in server.get_console_log().splitlines() if token in line]
t.assertEqual(len(leaked), 0)

import json
import shlex
server: Machine
client: Machine

def register(user: str, password: str, admin: bool = False) -> dict[str, str]:
    flag = "--admin" if admin else "--no-admin"
    server.succeed("register_new_matrix_user -u {} -p {} {} -k secret http://localhost:8008".format(user, password, flag))
    return {"user": user, "password": password}

def login(account: dict[str, str]) -> str:
    payload = {"type": "m.login.password"}
    payload.update(account)
    answer = json.loads(client.succeed("curl --fail -s -XPOST -d " + shlex.quote(json.dumps(payload)) + " http://server:8008/_matrix/client/r0/login"))
    t.assertEqual(answer["user_id"], "@%s:server" % account["user"])
    return answer["access_token"]

server.wait_for_unit("matrix-synapse.service")
server.wait_until_succeeds("curl --fail -L http://localhost:8008/")
server.wait_until_succeeds("journalctl -eu matrix-synapse.service -o cat | grep -q 'Setting up server'")
tokens = [login(register(name, "alicealice", admin = name == "alice")) for name in ("alice", "bob")]
t.assertNotEqual(tokens[0], tokens[1])
client.fail("curl --fail -s http://server:8008/_matrix/client/r0/account/whoami")

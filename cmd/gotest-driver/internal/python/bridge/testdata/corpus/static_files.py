import json
import shlex
machine: Machine

files = {
    "index.html": "<h1>hello</h1>",
    "robots.txt": "User-agent: *\nDisallow: /",
    "data.json": json.dumps({"a": [1, 2, 3], "b": None}),
}

machine.wait_for_unit("caddy.service")
for name, content in files.items():
    machine.succeed("printf %s {} > /srv/{}".format(shlex.quote(content), name))

for name, content in sorted(files.items()):
    got = machine.succeed("curl --fail --silent http://localhost/" + name)
    t.assertMultiLineEqual(got, content)

data = json.loads(machine.succeed("curl --fail --silent http://localhost/data.json"))
total = 0
for n in data["a"]:
    total += n
t.assertEqual(total, 6)

import json
router: Machine
inside: Machine
outside: Machine

ALLOWED = [22, 80, 443]
DENIED = [21, 25, 3306]

def reachable(port: int) -> bool:
    status, _ = outside.execute("nc -z -w 2 router %d" % port)
    return status == 0

start_all()
router.wait_for_unit("nftables.service")
for port in ALLOWED:
    router.wait_for_open_port(port)
    t.assertTrue(reachable(port), "port %d is closed" % port)
for port in DENIED:
    t.assertFalse(reachable(port), "port %d is open" % port)
rules = router.succeed("nft -j list ruleset")
chains = [o["chain"] for o in json.loads(rules)["nftables"] if "chain" in o]
t.assertGreaterEqual(len(chains), 2)
inside.succeed("ping -c 1 outside")

import json
monA: Machine
osd0: Machine
osd1: Machine

fsid = "066ae264-2a5d-4729-8001-6ad265f50b03"
osds = [
    (osd0, "192.168.1.2", "AQBCEJNa3s8nHRAANvdsr93KqzBznuIWm2gOGg=="),
    (osd1, "192.168.1.3", "AQBEEJNac00kExAAXgy943BGyOpVH1LLlHafag=="),
]
for m in [monA, osd0, osd1]:
    m.start()
    m.wait_for_unit("network.target")
monA.succeed(
    "sudo -u ceph mkdir -p /var/lib/ceph/mgr/ceph-a",
    "ceph-authtool --create-keyring /tmp/ceph.mon.keyring --gen-key -n mon. --cap mon 'allow *'",
    "monmaptool --create --add a 192.168.1.1 --fsid %s /tmp/monmap" % fsid,
    "systemctl start ceph-mon-a",
)
monA.wait_for_unit("ceph-mon-a")
for i, (osd, ip, key) in enumerate(osds):
    osd.succeed("mkfs.xfs /dev/vdb")
    osd.succeed("ceph-authtool --create-keyring /var/lib/ceph/osd/ceph-{n}/keyring --name osd.{n} --add-key {key}".format(n = i, key = key))
    monA.succeed("ping -c 1 " + ip)
monA.wait_until_succeeds("ceph -s | grep 'quorum a'")
monA.wait_until_succeeds("ceph osd stat | grep -e '%d osds: %d up'" % (len(osds), len(osds)))
health = json.loads(monA.succeed("ceph health --format json"))
assert(health["status"] in ("HEALTH_OK", "HEALTH_WARN"))

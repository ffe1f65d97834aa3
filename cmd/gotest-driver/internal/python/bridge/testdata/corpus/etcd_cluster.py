node1: Machine
node2: Machine
node3: Machine

with subtest("should start etcd cluster"):
    node1.start()
    node2.start()
    node1.wait_for_unit("etcd.service")
    node2.wait_for_unit("etcd.service")
    node2.wait_until_succeeds("etcdctl endpoint status")
    node1.succeed("etcdctl put /foo/bar 'Hello world'")
    node2.succeed("etcdctl get /foo/bar | grep 'Hello world'")
with subtest("should add another member"):
    node1.wait_until_succeeds("etcdctl member add node3 --peer-urls=https://node3:2380")
    node3.start()
    node3.wait_for_unit("etcd.service")
    node3.wait_until_succeeds("etcdctl member list | grep 'node3'")
with subtest("should survive member crash"):
    node3.crash()
    node1.succeed("etcdctl endpoint status")
    node1.succeed("etcdctl put /foo/bar 'Hello degraded world'")
    value = node2.succeed("etcdctl get --print-value-only /foo/bar").strip()
    t.assertEqual(value, "Hello degraded world")

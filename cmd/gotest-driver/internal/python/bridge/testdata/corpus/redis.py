machine: Machine

for name in ["redis", "redis-test"]:
    machine.wait_for_unit(name)
    machine.wait_for_file("/run/{}/redis.sock".format(name))
with subtest("Replicate Redis functionality"):
    machine.succeed("redis-cli set key1 val1")
    got = machine.succeed("redis-cli get key1").strip("\n")
    t.assertEqual(got, "val1")
    numbers = [int(n) for n in machine.succeed("redis-cli lrange list 0 -1").split("\n") if n]
    t.assertListEqual(sorted(numbers, reverse = True), [3, 2, 1])
    ttl = int(machine.succeed("redis-cli ttl key1"))
    t.assertLess(ttl, 0, msg = "it expires in %d s" % ttl)

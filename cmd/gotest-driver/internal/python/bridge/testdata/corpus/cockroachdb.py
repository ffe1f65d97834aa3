node1: Machine
node2: Machine
node3: Machine

for node in node1, node2, node3:
    node.start()
    node.wait_for_unit("cockroachdb")
node1.succeed("cockroach init --host=192.168.1.1 --insecure 2>&1")
node1.succeed(
    "cockroach sql --host=192.168.1.1 --insecure -e 'SHOW ALL CLUSTER SETTINGS' 2>&1",
    "cockroach workload init bank 'postgresql://root@192.168.1.1:26257?sslmode=disable'",
)
rows = node2.succeed("cockroach sql --insecure --host=192.168.1.2 --format=tsv -e 'select count(*) from bank.bank'").splitlines()
t.assertEqual(rows[0], "count")
t.assertGreater(int(rows[1]), 0)

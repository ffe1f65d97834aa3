machine: Machine
machine.wait_for_unit("bind.service")
machine.wait_for_open_port(53)
machine.succeed("host 192.168.0.1 127.0.0.1 | grep -qF ns.example.org")
answers = machine.succeed("dig +short @127.0.0.1 ns.example.org").split()
t.assertIn("192.168.0.1", answers)
t.assertEqual(len(answers), 1)

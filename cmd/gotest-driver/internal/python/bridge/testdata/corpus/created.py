"""Machines that the script makes itself."""

def make(name: str, memory: int = 512) -> Machine:
    return create_machine(guest = "tiny", name = name, memory = memory, vlans = [1])

first = make("first")
second = make("second", memory = 1024)
start_all()
for m in [first, second]:
    m.connect()
results = parallel([lambda: first.succeed("uname -n"), lambda: second.succeed("uname -n")], timeout = 60)
t.assertEqual([r.strip() for r in results], ["first", "second"])
second.forward_port(8080, 80)
status = second.qmp("query-status")
t.assertEqual(status["status"], "running")
first.shutdown()
second.release()

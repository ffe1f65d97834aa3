machine: Machine

def check_count(statement: str, lines: int) -> str:
    return 'test $(sudo -u postgres psql postgres -tAc "{}"|wc -l) -eq {}'.format(statement, lines)

machine.start()
machine.wait_for_unit("postgresql.target")
with subtest("Postgresql is available just after unit start"):
    machine.succeed("cat /etc/init.sql | sudo -u postgres psql")
with subtest("Postgresql survives restart (bug #1735)"):
    machine.shutdown()
    machine.start()
    machine.wait_for_unit("postgresql.target")
machine.fail(check_count("SELECT * FROM sth;", 3))
machine.succeed(check_count("SELECT * FROM sth;", 5))
machine.succeed(check_count("SELECT xpath('/test/text()', doc) FROM xmltest;", 1))
with subtest("killing postgres process should trigger an automatic restart"):
    pid = machine.succeed("systemctl show postgresql -p MainPID --value").strip()
    machine.succeed("systemctl kill -s KILL postgresql.service")
    machine.wait_until_succeeds("systemctl is-active postgresql.service && test $(systemctl show postgresql -p MainPID --value) != " + pid)
machine.shutdown()

machine: Machine

machine.start()
machine.wait_for_unit("multi-user.target")
machine.succeed("sqlite3 /var/lib/a.db 'create table t (a int)'")
for i in range(20):
    machine.succeed("sqlite3 /var/lib/a.db 'insert into t values (%d)'" % i)
machine.succeed("sync")
machine.crash()
machine.start()
machine.wait_for_unit("multi-user.target")
check_result = machine.succeed("sqlite3 /var/lib/a.db 'pragma integrity_check'").strip()
t.assertEqual(check_result, "ok")
count = int(machine.succeed("sqlite3 /var/lib/a.db 'select count(*) from t'"))
t.assertAlmostEqual(float(count), 20.0, places = 3)

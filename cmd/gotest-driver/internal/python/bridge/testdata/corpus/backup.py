db: Machine
store: Machine

DUMP = "/var/backup/dump.sql"

def test_dump_is_made():
    """the timer makes a dump"""
    db.start_job("backup.service")
    db.wait_for_file(DUMP, timeout = 60)
    size = int(db.succeed("stat -c %s " + DUMP).strip())
    t.assertGreater(size, 100)

def test_dump_is_copied():
    """the dump is at the store"""
    store.wait_for_file("/backups/dump.sql")
    here = db.succeed("md5sum " + DUMP).split()[0]
    there = store.succeed("md5sum /backups/dump.sql").split()[0]
    t.assertEqual(here, there)

def test_restore():
    store.succeed("createdb restored", "psql restored < /backups/dump.sql")
    tables = store.succeed("psql -At -c '\\dt' restored").splitlines()
    t.assertTrue(len(tables) > 0, "nothing was restored")

start_all()
db.wait_for_unit("postgresql.service")
store.wait_for_unit("multi-user.target")

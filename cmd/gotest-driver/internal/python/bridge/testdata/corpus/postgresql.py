import shlex
db: Machine

def sql(query: str, user: str = "postgres") -> str:
    return db.succeed("su - %s -c %s" % (user, shlex.quote("psql -At -c " + shlex.quote(query)))).strip()

db.wait_for_unit("postgresql.service")
db.wait_for_open_port(5432)
db.wait_for_open_unix_socket("/run/postgresql/.s.PGSQL.5432")

with subtest("tables keep rows"):
    sql("create table t (id int, name text)")
    for i, name in enumerate(["ada", "grace", "alan"]):
        sql("insert into t values (%d, '%s')" % (i, name))
    t.assertEqual(int(sql("select count(*) from t")), 3)

with subtest("rows survive a restart"):
    db.succeed("systemctl restart postgresql.service")
    db.wait_for_unit("postgresql.service")
    rows = [row.split("|") for row in sql("select id, name from t order by id").splitlines()]
    t.assertEqual(rows[1][1], "grace")

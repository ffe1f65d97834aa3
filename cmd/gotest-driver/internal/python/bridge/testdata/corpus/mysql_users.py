import shlex
db: Machine

grants = {
    "reader": ["select"],
    "writer": ["select", "insert", "update"],
}

def mysql(statement: str, *, user: str = "root", expect: bool = True) -> str:
    command = "mysql -u {user} -N -e {sql}".format(user = user, sql = shlex.quote(statement))
    if expect:
        return db.succeed(command)
    return db.fail(command)

db.wait_for_unit("mysql.service", timeout = 600)
mysql("create database shop")
for user, rights in grants.items():
    mysql("create user '%s'@'localhost'" % user)
    mysql("grant %s on shop.* to '%s'@'localhost'" % (", ".join(rights), user))

with subtest("a reader can't write"):
    mysql("create table shop.t (a int)")
    mysql("insert into shop.t values (1)", user = "writer")
    mysql("insert into shop.t values (2)", user = "reader", expect = False)
    t.assertEqual(mysql("select count(*) from shop.t", user = "reader").strip(), "1")

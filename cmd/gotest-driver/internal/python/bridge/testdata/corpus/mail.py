import shlex
server: Machine
client: Machine

message = "\n".join([
    "From: alice@example.test",
    "To: bob@example.test",
    "Subject: hello",
    "",
    "How are you?",
])

start_all()
server.wait_for_unit("postfix.service")
server.wait_for_open_port(25)
client.succeed("printf %s " + shlex.quote(message) + " | sendmail -S server bob@example.test")
server.wait_until_succeeds("grep -rq 'How are you' /home/bob/Maildir/new", timeout = 60)
found = server.succeed("grep -rl 'Subject: hello' /home/bob/Maildir").splitlines()
t.assertEqual(len(found), 1)

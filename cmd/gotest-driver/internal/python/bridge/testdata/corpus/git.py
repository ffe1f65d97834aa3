import shlex
server: Machine
client: Machine

def git(*words: str, directory: str = "/root/repo") -> str:
    return client.succeed("git -C %s %s" % (shlex.quote(directory), shlex.join(words)))

start_all()
server.wait_for_unit("sshd.service")
server.succeed("git init --bare /srv/repo.git")
client.succeed("git clone root@server:/srv/repo.git /root/repo")
client.succeed("echo hello > /root/repo/a")
git("add", "a")
git("commit", "-m", "first commit")
git("push", "origin", "HEAD:main")
log_text = server.succeed("git -C /srv/repo.git log --format=%s main")
t.assertEqual(log_text.splitlines(), ["first commit"])
commits = int(git("rev-list", "--count", "HEAD").strip())
t.assertEqual(commits, 1)

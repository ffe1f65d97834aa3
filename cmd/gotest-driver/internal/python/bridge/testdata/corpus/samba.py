server: Machine
client: Machine

share = "//server/public"
start_all()
server.wait_for_unit("samba-smbd.service")
server.wait_for_open_port(445)
client.succeed("mkdir -p /mnt", "mount -t cifs -o guest %s /mnt" % share)
client.succeed("echo hello > /mnt/file")
content = server.succeed("cat /srv/public/file")
t.assertEqual(content, "hello\n")
names = [n for n in client.succeed("ls -1 /mnt").split("\n") if n]
t.assertCountEqual(names, ["file"])
client.succeed("umount /mnt")

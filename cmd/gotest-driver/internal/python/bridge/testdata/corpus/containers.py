host: Machine
guest1: NspawnMachine

host.start()
guest1.start()
guest1.wait_for_unit("multi-user.target")
t.assertEqual(guest1.succeed("systemd-detect-virt").strip(), "systemd-nspawn")
guest1.copy_from_host("fixtures/config.toml", "/etc/app/config.toml")
guest1.succeed("systemctl restart app.service")
guest1.wait_for_open_port(8000)
host.wait_until_succeeds("curl --fail http://guest1:8000/health")
for m in machines_nspawn:
    log.info(m.name + " is a container")
for m in machines_qemu:
    log.info("%s is a virtual machine with pid %s" % (m.name, m.pid))
guest1.shutdown()

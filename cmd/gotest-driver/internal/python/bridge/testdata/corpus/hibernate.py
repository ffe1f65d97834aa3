machine: Machine

machine.wait_for_unit("default.target")
machine.wait_for_open_port(4444)
machine.succeed("sudo setsid -w sh -c 'echo not persisted' > /run/test/suspended")
machine.succeed("systemctl hibernate >&2 &", timeout = 60)
machine.wait_for_shutdown()
resume = create_machine("$QEMU", name = "resume")
resume.start()
resume.wait_for_open_port(4444)
resume.succeed("grep 'not persisted' /run/test/suspended")
hibernations = [line for line in resume.get_console_log().split("\n") if "hibernation" in line]
print("\n".join(hibernations) or "nothing was logged")

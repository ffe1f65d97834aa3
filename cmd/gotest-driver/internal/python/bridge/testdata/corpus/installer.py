machine: Machine
target: Machine

def partition(disk: str, layout: list[tuple[str, str]], swap: bool = True) -> list[str]:
    commands = ["parted --script {} mklabel gpt".format(disk)]
    start = 1
    for i, (label, size) in enumerate(layout):
        end = "{}MiB".format(start + int(size.removesuffix("MiB"))) if size.endswith("MiB") else size
        commands.append("parted --script {} mkpart primary {}MiB {}".format(disk, start, end))
        if label == "swap" and swap:
            commands.append("mkswap {}{} -L swap".format(disk, i + 1))
        start += 512
    return commands

machine.start()
machine.wait_for_unit("multi-user.target")
machine.succeed("udevadm settle")
machine.succeed(*partition("/dev/vda", [("swap", "512MiB"), ("root", "100%")]))
machine.succeed("mkfs.ext4 -L root /dev/vda2", "mount LABEL=root /mnt")
machine.copy_from_host_via_shell("configuration.nix", "/mnt/etc/nixos/configuration.nix")
with subtest("Perform the installation"):
    machine.succeed("nixos-install < /dev/null >&2", timeout = 3600)
with subtest("Shut down system after installation"):
    machine.succeed("umount -R /mnt", "sync")
    machine.shutdown()
for i in range(2):
    target.start(allow_reboot = True)
    target.wait_for_unit("multi-user.target")
    release, arch = target.succeed("uname -rm").split()
    log.info("boot {}: {} on {}".format(i, release, arch))
    target.succeed("test -e /boot/grub") if arch == "x86_64" else target.succeed("test -e /boot/loader")
    target.shutdown()

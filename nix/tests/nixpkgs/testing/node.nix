# What the test framework reads of a NixOS node. Its virtual machine is the tiny guest.
{
  config,
  lib,
  name,
  testConfig,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (testConfig) hostPkgs;

  # As nixpkgs' network.nix has it: machines are numbered by name, vlan N is the Nth card after eth0.
  number = lib.length (lib.filter (other: other <= name) (lib.attrNames testConfig.nodes));
  cards = map (vlan: {
    inherit vlan;
    mac = "52:54:00:12:0${toString vlan}:0${toString number}";
  }) config.virtualisation.vlans;
in
{
  # A stand-in for NixOS: options that it doesn't know are let pass.
  freeformType = lib.types.lazyAttrsOf lib.types.raw;

  options = {
    networking.hostName = mkOption {
      type = types.str;
      default = name;
    };
    system.name = mkOption {
      type = types.str;
      default = config.networking.hostName;
    };
    system.build.vm = mkOption { type = types.package; };
    system.build.nspawn = mkOption { type = types.package; };
    virtualisation.memorySize = mkOption {
      type = types.ints.unsigned;
      default = 256;
    };
    virtualisation.vlans = mkOption {
      type = types.listOf types.ints.unsigned;
      default = if config.virtualisation.interfaces == { } then [ 1 ] else [ ];
    };
    virtualisation.interfaces = mkOption {
      type = types.attrsOf (types.submodule { options.vlan = mkOption { type = types.ints.unsigned; }; });
      default = { };
    };
  };
  config = {
    system.build.vm =
      hostPkgs.runCommand "nixos-vm" { meta.mainProgram = "run-${config.system.name}-vm"; }
        ''
          mkdir -p $out/bin
          cat > $out/bin/run-${config.system.name}-vm <<'SCRIPT'
          #!/bin/bash
          # In the form of nixpkgs' qemu-vm.nix: state in TMPDIR, networks through vde, options from outside.
          set -e
          TMPDIR=''${TMPDIR:-$(mktemp -d)}
          cd "$TMPDIR"
          exec ${testConfig.qemu.package}/bin/qemu-system-x86_64 \
            -machine accel=kvm:tcg -cpu max -nodefaults -vga std \
            -name ${config.system.name} -m ${toString config.virtualisation.memorySize} -smp 1 \
            ${
              lib.concatMapStringsSep " " (
                card:
                "-device virtio-net-pci,netdev=vlan${toString card.vlan},mac=${card.mac} -netdev vde,id=vlan${toString card.vlan},sock=\"$QEMU_VDE_SOCKET_${toString card.vlan}\""
              ) cards
            } \
            -kernel ${../guest/kernel} -initrd ${../guest/initrd} \
            -append "${builtins.readFile ../guest/cmdline} gotest.hostname=${config.system.name} ${
              lib.concatMapStringsSep " " (
                card: "gotest.net=eth${toString card.vlan},192.168.${toString card.vlan}.${toString number}/24,${card.mac}"
              ) cards
            } $QEMU_KERNEL_PARAMS" \
            $QEMU_OPTS "$@"
          SCRIPT
          chmod +x $out/bin/run-${config.system.name}-vm
        '';
    system.build.nspawn = hostPkgs.writeShellScriptBin "run-${config.system.name}-nspawn" "exit 1";
  };
}

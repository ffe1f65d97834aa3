# The program with the programs that it calls on its path. `override` selects another QEMU or adds the
# programs for containers and the SSH backdoor; this does not rebuild the Go code.
{
  lib,
  runCommand,
  makeWrapper,
  gotest-driver-unwrapped ? callPackage ./unwrapped.nix { },
  callPackage,
  qemu_test,
  # (not `qemu`: that name would always be taken from the package set)
  qemuPackage ? qemu_test,
  socat,
  vde2,
  # For containers
  iproute2,
  systemd,
  util-linux,
  enableContainers ? false,
  # For the SSH backdoor
  vhost-device-vsock ? null,
  enableSshBackdoor ? false,
}:
let
  runtimeInputs = [
    qemuPackage
    vde2
    socat
  ]
  ++ lib.optionals enableContainers [
    iproute2
    systemd
    util-linux
  ]
  ++ lib.optional (enableSshBackdoor && vhost-device-vsock != null) vhost-device-vsock;
in
runCommand "gotest-driver-${gotest-driver-unwrapped.version}"
  {
    inherit (gotest-driver-unwrapped) pname version;
    nativeBuildInputs = [ makeWrapper ];
    passthru = {
      inherit runtimeInputs;
      unwrapped = gotest-driver-unwrapped;
    };
    inherit (gotest-driver-unwrapped) meta;
  }
  ''
    mkdir -p $out/bin
    for program in gotest-driver nixos-test-driver; do
      makeWrapper ${gotest-driver-unwrapped}/bin/$program $out/bin/$program \
        --prefix PATH : ${lib.makeBinPath runtimeInputs}
    done
    ln -s ${gotest-driver-unwrapped}/share $out/share
  ''

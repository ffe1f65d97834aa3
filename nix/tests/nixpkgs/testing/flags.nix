# The form of 25.11 and before: no log level, everything in the wrapper.
{
  config,
  lib,
  hostPkgs,
  ...
}:
{
  options.sshBackdoor.vsockOffset = lib.mkOption {
    type = lib.types.ints.between 2 4294967296;
    default = 2;
  };
  config = {
    extraDriverArgs = lib.mkIf config.sshBackdoor.enable [
      "--dump-vsocks=${toString config.sshBackdoor.vsockOffset}"
    ];
    driver = hostPkgs.runCommand "the-python-driver" { } "exit 1";
  };
}

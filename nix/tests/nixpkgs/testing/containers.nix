# What states of nixpkgs after 25.11 have.
{
  config,
  lib,
  ...
}:
{
  options.containers = lib.mkOption {
    type = lib.types.lazyAttrsOf (import ./machine-type.nix { inherit lib config; });
    default = { };
  };
  config.passthru.containers = config.containers;
}

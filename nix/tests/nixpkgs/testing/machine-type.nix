# The type of a machine's configuration, of which `nodes` and `containers` are sets.
{ lib, config }:
lib.types.submoduleWith {
  modules = [
    ./node.nix
    config.defaults
  ];
  specialArgs.testConfig = config;
}

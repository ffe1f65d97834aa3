# A stand-in for nixos/lib/testing: the options, types and results that a test module can see, in the
# forms that states of nixpkgs have.
{
  lib,
  framework,
  hostPkgs,
}:
testModule:
(lib.evalModules {
  class = "nixosTest";
  modules = [
    ./common.nix
    {
      json = ./json.nix;
      flags = ./flags.nix;
      flags-and-containers.imports = [
        ./flags.nix
        ./containers.nix
      ];
    }
    .${framework}
    { inherit hostPkgs; }
    (lib.setDefaultModuleLocation "the argument that was passed to pkgs.runNixOSTest" testModule)
  ];
}).config.test

# The flake's checks: NixOS tests with gotest-driver, which are also examples.
{ pkgs, runTest }:
builtins.mapAttrs (_: runTest pkgs) {
  containers = ./containers.nix;
  database = ./database.nix;
  python = ./python.nix;
  router = ./router.nix;
  screen = ./screen.nix;
  template = ../template/tests/hello.nix;
}

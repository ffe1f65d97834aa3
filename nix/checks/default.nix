# The flake's checks: NixOS tests under gotest-driver, which are examples at the same time.
{ pkgs, runTest }:
builtins.mapAttrs (_: runTest pkgs) {
  containers = ./containers.nix;
  database = ./database.nix;
  python = ./python.nix;
  router = ./router.nix;
  screen = ./screen.nix;
  template = ../template/tests/hello.nix;
}

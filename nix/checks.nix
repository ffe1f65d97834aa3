# The flake's checks: NixOS tests that run under gotest-driver, among them the template's own.
{ pkgs, runTest }:
{
  template = runTest pkgs ./template/tests/hello.nix;
}

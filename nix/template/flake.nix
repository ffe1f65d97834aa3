{
  description = "A NixOS test in Starlark";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    gotest-driver = {
      url = "github:gotest-driver/gotest-driver";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };

  outputs =
    {
      self,
      nixpkgs,
      gotest-driver,
    }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      forAllSystems = nixpkgs.lib.genAttrs systems;
      pkgsFor = system: nixpkgs.legacyPackages.${system};
    in
    {
      # nix flake check -L
      checks = forAllSystems (system: {
        hello = gotest-driver.lib.runTest (pkgsFor system) ./tests/hello.nix;
      });

      # nix run .#interactive
      packages = forAllSystems (system: {
        interactive = self.checks.${system}.hello.driverInteractive;
      });
    };
}

{
  description = "gotest-driver: the NixOS test driver in Go, for tests in typed Starlark and in Python";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      linuxSystems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      systems = linuxSystems ++ [
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      pkgsFor = system: nixpkgs.legacyPackages.${system}.extend self.overlays.default;
      perSystem = f: lib.genAttrs systems (system: f (pkgsFor system));
    in
    {
      overlays.default = import ./nix/overlay.nix;

      packages = perSystem (pkgs: {
        inherit (pkgs) gotest-driver gotest-driver-unwrapped;
        default = pkgs.gotest-driver;
      });

      apps = perSystem (pkgs: rec {
        gotest-driver = {
          type = "app";
          program = lib.getExe pkgs.gotest-driver;
          meta.description = pkgs.gotest-driver.meta.description;
        };
        default = gotest-driver;
      });

      devShells = perSystem (pkgs: {
        default = pkgs.mkShell {
          inputsFrom = [ pkgs.gotest-driver-unwrapped ];
          packages = pkgs.gotest-driver.runtimeInputs ++ [
            pkgs.gopls
            pkgs.go-tools
          ];
        };
      });

      formatter = perSystem (pkgs: pkgs.nixfmt-tree);

      # Modules for nixpkgs' test framework (nixos/lib/testing), not for a NixOS configuration.
      nixosTestModules.default = ./nix/test-module.nix;

      lib.runTest =
        pkgs: testModule:
        pkgs.testers.runNixOSTest {
          imports = [
            self.nixosTestModules.default
            testModule
          ];
        };

      checks = lib.genAttrs linuxSystems (
        system:
        import ./nix/checks {
          pkgs = pkgsFor system;
          inherit (self.lib) runTest;
        }
      );

      templates.default = {
        path = ./nix/template;
        description = "A project with one NixOS test in Starlark, run by gotest-driver";
        welcomeText = ''
          `nix flake check -L` runs the test, `nix run .#interactive` opens it in the REPL.
        '';
      };
    };
}

{
  description = "The values and builds that nix/tests/run.sh looks at";

  # Both are given by the runner.
  inputs = {
    nixpkgs.url = "path:/given-by-the-runner";
    gotest-driver.url = "path:/given-by-the-runner";
  };

  outputs =
    { nixpkgs, gotest-driver, ... }:
    let
      pkgs = nixpkgs.legacyPackages.x86_64-linux.extend gotest-driver.overlays.default;
      report =
        cases:
        nixpkgs.lib.concatStrings (
          nixpkgs.lib.mapAttrsToList (
            name: case:
            if case.actual == case.expected then
              "ok - ${name}\n"
            else
              "not ok - ${name}: got ${builtins.toJSON case.actual}, expected ${builtins.toJSON case.expected}\n"
          ) cases
        );
    in
    {
      values = report (
        import ./flake-values.nix { inherit pkgs gotest-driver nixpkgs; }
        // import ./module-values.nix { inherit pkgs gotest-driver; }
        // import ./language-values.nix { detect = import "${gotest-driver}/nix/script-language.nix"; }
      );
      packages.x86_64-linux = import ./builds.nix { inherit pkgs gotest-driver; };
    };
}

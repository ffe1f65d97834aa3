final: _previous: {
  gotest-driver-unwrapped = final.callPackage ./unwrapped.nix { };
  gotest-driver = final.callPackage ./package.nix { };
}

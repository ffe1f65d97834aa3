# Builders that really build, inside Nix's sandbox, with the host's /usr mounted there.
{ lib, system }:
let
  # The runner writes the version here, and mounts the three directories in the sandbox.
  goVersion = builtins.readFile ../go-version;
  goRoot = "/go-root";
  goModules = "/go-modules";
  goCache = "/go-cache";

  mkDerivation =
    {
      passthru ? { },
      meta ? { },
      pname ? null,
      version ? null,
      name ? "${pname}-${version}",
      nativeBuildInputs ? [ ],
      buildInputs ? [ ],
      nativeInstallCheckInputs ? [ ],
      env ? { },
      ...
    }@attributes:
    let
      drv = derivation (
        removeAttrs attributes [
          "passthru"
          "meta"
          "env"
          "nativeInstallCheckInputs"
        ]
        // env
        // {
          inherit name system;
          builder = "/bin/bash";
          args = [
            "-e"
            ./builder.sh
          ];
          nativeBuildInputs = nativeBuildInputs ++ nativeInstallCheckInputs;
          inherit buildInputs;
        }
      );
    in
    drv
    // passthru
    // {
      inherit meta passthru;
      outputs = [ "out" ];
      inherit (attributes) nativeBuildInputs buildInputs;
    }
    // lib.optionalAttrs (version != null) { inherit version; }
    // lib.optionalAttrs (pname != null) { inherit pname; };
  complete = attributes: { nativeBuildInputs = [ ]; buildInputs = [ ]; } // attributes;
  build = attributes: mkDerivation (complete attributes);
  runCommand =
    name: attributes: buildCommand:
    build (attributes // { inherit name buildCommand; });
  setupHook =
    name: text:
    runCommand name { inherit text; passAsFile = [ "text" ]; } ''
      mkdir -p $out/nix-support
      cp $textPath $out/nix-support/setup-hook
    '';
in
{
  stdenv = {
    mkDerivation = attributes: build (if lib.isFunction attributes then lib.fix attributes else attributes);
    buildPlatform.canExecute = host: host.system == system;
    hostPlatform = {
      inherit system;
      isLinux = lib.hasSuffix "-linux" system;
      isDarwin = lib.hasSuffix "-darwin" system;
    };
    isLinux = lib.hasSuffix "-linux" system;
  };
  inherit runCommand;
  inherit goVersion;

  writeText =
    name: text:
    runCommand name { inherit text; passAsFile = [ "text" ]; } ''
      cp $textPath $out
    '';
  writeJSON =
    name: value:
    runCommand name { text = builtins.toJSON value; passAsFile = [ "text" ]; } ''
      cp $textPath $out
    '';
  writeShellScriptBin =
    name: text:
    runCommand name { inherit text; passAsFile = [ "text" ]; meta.mainProgram = name; } ''
      mkdir -p $out/bin
      { echo '#!/bin/bash'; cat $textPath; } > $out/bin/${name}
      chmod +x $out/bin/${name}
    '';
  hostPackage =
    { name, programs }:
    runCommand name { meta.mainProgram = if programs == [ ] then name else builtins.head programs; } ''
      mkdir -p $out/bin
      for program in ${toString programs}; do
        for directory in /usr/bin /usr/sbin; do
          [ ! -e $directory/$program ] || ln -s $directory/$program $out/bin/$program
        done
        [ -L $out/bin/$program ] || { echo "the host has no $program" >&2; exit 1; }
      done
    '';
  # Nothing can be fetched here: the recorded arguments are what the tests compare.
  fetchurl = { url, hash, ... }@arguments: arguments // { outPath = "/nonexistent/${baseNameOf url}"; };
  mkShell =
    { packages ? [ ], inputsFrom ? [ ], ... }@attributes:
    build (removeAttrs attributes [ "packages" "inputsFrom" ] // {
      name = "nix-shell";
      nativeBuildInputs = packages;
      passthru = { inherit packages inputsFrom; };
      buildCommand = "touch $out";
    });
  makeWrapper = setupHook "make-wrapper" (builtins.readFile ./make-wrapper.sh);
  installShellFiles = setupHook "install-shell-files" (builtins.readFile ./install-shell-files.sh);

  # nixpkgs' builder in its order: the modules as a fixed-output derivation (so Nix itself compares
  # vendorHash), then `go install` of the subPackages, offline, from the filtered source.
  buildGoModule =
    pkgs:
    {
      vendorHash,
      proxyVendor,
      src,
      subPackages,
      ldflags ? [ ],
      tags ? [ ],
      passthru ? { },
      ...
    }@attributes:
    let
      fetched = build {
        name = "${attributes.pname}-${attributes.version}-go-modules";
        outputHashMode = "recursive";
        outputHashAlgo = null;
        outputHash = vendorHash;
        buildCommand = "cp -r ${goModules} $out";
      };
    in
    assert proxyVendor || throw "cgo sources outside of Go packages need proxyVendor";
    build (
      removeAttrs attributes [ "vendorHash" "proxyVendor" ]
      // {
        passthru = passthru // {
          goModules = fetched;
          inherit vendorHash;
        };
        GOPROXY = "file://${fetched}";
        GOSUMDB = "off";
        GOTOOLCHAIN = "local";
        GOFLAGS = "-trimpath -buildvcs=false";
        ldflags = toString (ldflags ++ [ "-buildid=" ]);
        tags = builtins.concatStringsSep "," tags;
        buildPhase = ''
          export GOPATH=$NIX_BUILD_TOP/go GOCACHE=${goCache} PATH=${goRoot}/bin:$PATH
          for package in $subPackages; do
            go install -ldflags "$ldflags" -tags "$tags" ./$package
          done
        '';
        installPhase = ''
          mkdir -p $out
          cp -r $GOPATH/bin $out/bin
          eval "$postInstall"
        '';
      }
    );
}

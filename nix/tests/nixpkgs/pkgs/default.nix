{
  lib,
  system,
  overlays ? [ ],
  # Which of nixpkgs' test frameworks: "json" (since 26.05), "flags" (25.11 and before) or
  # "flags-and-containers" (between them).
  framework ? "json",
}:
let
  base =
    final:
    let
      callPackage = lib.callPackageWith (final // { inherit lib callPackage; pkgs = final; });
      build = import ./build.nix { inherit lib system; };
      # A package whose programs are the host's.
      host = name: programs: build.hostPackage { inherit name programs; };
    in
    {
      inherit lib callPackage;
      inherit (build)
        stdenv
        runCommand
        writeText
        writeShellScriptBin
        makeWrapper
        installShellFiles
        fetchurl
        mkShell
        ;
      writers = { inherit (build) writeJSON; };
      buildGoModule = build.buildGoModule final;
      buildGo126Module = attributes: (build.buildGoModule final attributes) // { name = "built by Go 1.26"; };

      go = {
        version = build.goVersion;
        meta.platforms = lib.platforms.unix;
      };
      leptonica = host "leptonica" [ ];
      tesseract5 = lib.makeOverridable (
        {
          tessdata ? [ ],
          enableLanguages ? null,
        }:
        (build.runCommand "tesseract" { } ''
          mkdir -p $out/share
          ln -s /usr/share/tesseract-ocr/*/tessdata $out/share/tessdata
        '') // { inherit tessdata enableLanguages; }
      ) { };
      pkg-config = host "pkg-config" [ ];
      qemu = host "qemu" [ "qemu-system-x86_64" "qemu-img" ];
      qemu_test = host "qemu-test" [ "qemu-system-x86_64" "qemu-img" ];
      vde2 = host "vde2" [ "vde_switch" ];
      socat = host "socat" [ "socat" ];
      coreutils = host "coreutils" [ "mktemp" ];
      iproute2 = host "iproute2" [ "ip" ];
      util-linux = host "util-linux" [ "nsenter" ];
      systemd = host "systemd" [ "systemd-nspawn" ];
      vhost-device-vsock = host "vhost-device-vsock" [ ];
      jq = host "jq" [ "jq" ];
      mypy = host "mypy" [ "mypy" ];
      python3Packages.greeting = build.runCommand "python3-greeting" { } ''
        mkdir -p $out/lib
        echo 'def greet(name: str) -> str: return f"Hello, {name}!"' > $out/lib/greeting.py
      '';
      # The host's, with packages of this set.
      python3.withPackages =
        packages:
        build.runCommand "python3-env" { } ''
          mkdir -p $out/bin
          {
            echo '#!/bin/bash'
            echo 'export PYTHONPATH=${lib.concatMapStringsSep ":" (p: "${p}/lib") (packages final.python3Packages)}'
            echo 'exec /usr/bin/python3 "$@"'
          } > $out/bin/python3
          chmod +x $out/bin/python3
        '';
      gopls = host "gopls" [ ];
      go-tools = host "go-tools" [ ];
      nixfmt-tree = (host "nixfmt-tree" [ ]) // {
        meta.mainProgram = "treefmt";
      };

      extend =
        overlay:
        import ./. {
          inherit lib system framework;
          overlays = overlays ++ [ overlay ];
        };
      # The same packages with the test framework of an older state of nixpkgs.
      withFramework = framework: import ./. { inherit lib system overlays framework; };
      olderRelease = final.withFramework "flags";

      testers.runNixOSTest = import ../testing {
        inherit lib framework;
        hostPkgs = final;
      };
    };

  final = builtins.foldl' (previous: overlay: previous // overlay final previous) (base final) overlays;
in
final

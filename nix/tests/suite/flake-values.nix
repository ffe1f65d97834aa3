# The outputs of the flake.
{
  pkgs,
  gotest-driver,
  nixpkgs,
}:
let
  inherit (pkgs) lib;
  linux = [
    "aarch64-linux"
    "x86_64-linux"
  ];
  all = [
    "aarch64-darwin"
    "aarch64-linux"
    "x86_64-darwin"
    "x86_64-linux"
  ];
  package = gotest-driver.packages.x86_64-linux.default;
  bare = gotest-driver.packages.x86_64-linux.gotest-driver-unwrapped;
  names = map (p: p.name);
  # Evaluated completely, for each supported system.
  evaluates = outputs: lib.mapAttrs (_: lib.mapAttrs (_: p: lib.hasSuffix ".drv" p.drvPath)) outputs;
in
{
  "the packages evaluate on four systems" = {
    actual = evaluates gotest-driver.packages;
    expected = lib.genAttrs all (_: {
      default = true;
      gotest-driver = true;
      gotest-driver-unwrapped = true;
    });
  };
  "the checks evaluate on Linux" = {
    actual = builtins.all (c: builtins.all (x: x) (builtins.attrValues c)) (
      builtins.attrValues (evaluates gotest-driver.checks)
    );
    expected = true;
  };
  "the checks are offered on Linux only" = {
    actual = builtins.attrNames gotest-driver.checks;
    expected = linux;
  };
  "each check runs gotest-driver" = {
    actual = lib.filter (c: lib.filter (p: p ? configuration) [ c.driver ] == [ ]) (
      builtins.attrValues gotest-driver.checks.x86_64-linux
    );
    expected = [ ];
  };
  "the package's program" = {
    actual = lib.getExe package == "${package}/bin/gotest-driver";
    expected = true;
  };
  "the package has QEMU, vde and socat on its path, nothing else" = {
    actual = names package.runtimeInputs;
    expected = [
      "qemu-test"
      "vde2"
      "socat"
    ];
  };
  "programs for containers and the SSH backdoor are added on demand" = {
    actual = names (package.override {
      enableContainers = true;
      enableSshBackdoor = true;
    }).runtimeInputs;
    expected = [
      "qemu-test"
      "vde2"
      "socat"
      "iproute2"
      "systemd"
      "util-linux"
      "vhost-device-vsock"
    ];
  };
  "another QEMU does not rebuild the Go program" = {
    actual = (package.override { qemuPackage = pkgs.qemu; }).unwrapped.drvPath == bare.drvPath;
    expected = true;
  };
  "Tesseract comes with the English fast model only" = {
    actual = map (m: { inherit (m) name url; }) bare.tesseract.tessdata;
    expected = [
      {
        name = "eng.traineddata";
        url = "https://github.com/tesseract-ocr/tessdata_fast/raw/4.1.0/eng.traineddata";
      }
    ];
  };
  "where Go is older than go.mod asks for, its newer package is used" = {
    actual =
      (pkgs.extend (_: _: { go.version = "1.25.7"; })).gotest-driver-unwrapped.name;
    expected = "built by Go 1.26";
  };
  "the overlay gives the flake's package" = {
    actual = pkgs.gotest-driver.drvPath == package.drvPath;
    expected = true;
  };
  "the apps start the package" = {
    actual = lib.mapAttrs (_: app: { inherit (app) type program; }) gotest-driver.apps.x86_64-linux;
    expected = lib.genAttrs [ "default" "gotest-driver" ] (_: {
      type = "app";
      program = "${package}/bin/gotest-driver";
    });
  };
  "the development shell has the build's inputs and the language server" = {
    actual =
      let
        shell = gotest-driver.devShells.x86_64-linux.default;
      in
      {
        inputs = shell.inputsFrom == [ bare ];
        packages = names shell.packages;
      };
    expected = {
      inputs = true;
      packages = names package.runtimeInputs ++ [
        "gopls"
        "go-tools"
      ];
    };
  };
  "nix fmt formats the tree" = {
    actual = gotest-driver.formatter.aarch64-darwin.name;
    expected = "nixfmt-tree";
  };
  "the template is a flake with a test" = {
    actual = lib.attrNames (builtins.readDir gotest-driver.templates.default.path);
    expected = [
      "flake.nix"
      "tests"
    ];
  };
  "gotest-driver runs the template's test" = {
    actual =
      let
        template = (import "${gotest-driver.templates.default.path}/flake.nix").outputs {
          inherit nixpkgs gotest-driver;
          self = template;
        };
        test = template.checks.x86_64-linux.hello;
      in
      {
        machines = lib.attrNames test.driver.configuration.vms;
        language = test.driver.configuration.script_language;
        interactive =
          template.packages.x86_64-linux.interactive.drvPath == test.driverInteractive.drvPath;
      };
    expected = {
      machines = [
        "client"
        "server"
      ];
      language = "starlark";
      interactive = true;
    };
  };
}

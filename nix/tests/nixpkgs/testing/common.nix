{
  config,
  lib,
  hostPkgs,
  options,
  moduleType,
  extendModules,
  ...
}:
let
  inherit (lib) mkOption types;

  # Over whatever has been set before.
  over = option: f: lib.mkOverride (option.highestPrio - 1) (f option.value);
in
{
  options = {
    name = mkOption { type = types.str; };
    meta = mkOption {
      type = types.submodule {
        options = {
          maintainers = mkOption {
            type = types.listOf types.raw;
            default = [ ];
          };
          timeout = mkOption {
            type = types.nullOr types.int;
            default = 3600;
          };
          broken = mkOption {
            type = types.bool;
            default = false;
          };
          platforms = mkOption {
            type = types.listOf types.raw;
            default = lib.platforms.linux ++ lib.platforms.darwin;
          };
        };
      };
      default = { };
    };
    passthru = mkOption { type = types.lazyAttrsOf types.raw; };
    rawTestDerivation = mkOption { type = types.package; };
    rawTestDerivationArg = mkOption { type = types.functionTo types.raw; };
    test = mkOption { type = types.package; };

    driver = mkOption { type = types.package; };
    hostPkgs = mkOption { type = types.raw; };
    qemu.package = mkOption {
      type = types.package;
      default = hostPkgs.qemu_test;
    };
    globalTimeout = mkOption {
      type = types.int;
      default = 60 * 60;
    };
    enableOCR = mkOption {
      type = types.bool;
      default = false;
    };
    extraPythonPackages = mkOption {
      type = types.functionTo (types.listOf types.package);
      default = _: [ ];
    };
    extraDriverArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
    };
    skipLint = mkOption {
      type = types.bool;
      default = false;
    };
    skipTypeCheck = mkOption {
      type = types.bool;
      default = false;
    };
    enableDebugHook = mkOption {
      type = types.bool;
      default = false;
    };
    sshBackdoor.enable = mkOption {
      type = types.bool;
      default = config.enableDebugHook;
    };

    testScript = mkOption {
      type = types.either types.str (types.functionTo types.str);
      apply =
        v:
        if lib.isFunction v then
          arguments: v (builtins.intersectAttrs (lib.functionArgs v) arguments)
        else
          v;
    };
    testScriptString = mkOption {
      type = types.str;
      readOnly = true;
    };

    nodes = mkOption {
      type = types.lazyAttrsOf (import ./machine-type.nix { inherit lib config; });
      default = { };
    };
    defaults = mkOption {
      type = types.deferredModule;
      default = { };
    };
    interactive = mkOption { type = moduleType; };
  };

  config = {
    _module.args.hostPkgs = lib.mkOverride 90 config.hostPkgs;
    _module.args.pkgs = hostPkgs;

    testScriptString =
      if lib.isFunction config.testScript then
        config.testScript { inherit (config) nodes; }
      else
        config.testScript;

    interactive.qemu.package = hostPkgs.qemu;
    interactive.extraDriverArgs = [ "--interactive" ];

    passthru = {
      inherit config;
      inherit (config) driver nodes test;
      driverInteractive = config.interactive.driver;
      extend = { modules }: (extendModules { inherit modules; }).config.test;
      overrideTestDerivation =
        f:
        config.passthru.extend {
          modules = [ { rawTestDerivationArg = over options.rawTestDerivationArg (lib.extends f); } ];
        };
    };

    rawTestDerivationArg = _: {
      name = "vm-test-run-${config.name}";
      requiredSystemFeatures = [
        "nixos-test"
        "kvm"
      ];
      buildCommand = ''
        mkdir -p $out
        export LOGFILE=/dev/null
        ${config.driver}/bin/nixos-test-driver \
          -o $out \
          ${lib.optionalString config.enableDebugHook "--debug-hook=/attach"}
      '';
      inherit (config) passthru meta;
    };
    rawTestDerivation = hostPkgs.stdenv.mkDerivation config.rawTestDerivationArg;
    # Of the derivation it shows no more than what every derivation has.
    test = lib.lazyDerivation {
      derivation = config.rawTestDerivation;
      inherit (config) passthru meta;
    };
  };
}

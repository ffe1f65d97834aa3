# The form since 2026: containers, and a configuration file in JSON.
{
  config,
  lib,
  hostPkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  machines = mkOption {
    type = types.attrsOf (
      types.submodule {
        options = {
          name = mkOption { type = types.str; };
          start_script = mkOption { type = types.path; };
        };
      }
    );
  };
in
{
  imports = [ ./containers.nix ];

  options = {
    pythonTestDriverPackage = mkOption {
      type = types.package;
      default = throw "the Python driver was asked for";
      readOnly = true;
    };
    logLevel = mkOption {
      type = types.enum [
        "debug"
        "info"
        "warning"
        "error"
      ];
      default = "info";
    };
    driverConfiguration = mkOption {
      type = types.submodule {
        options = {
          vms = machines;
          containers = machines;
          vlans = mkOption { type = types.listOf types.ints.unsigned; };
          global_timeout = mkOption { type = types.ints.unsigned; };
          enable_ssh_backdoor = mkOption { type = types.bool; };
          test_script = mkOption { type = types.path; };
        };
      };
    };
    driverConfigurationFile = mkOption { type = types.path; };
  };

  config = {
    driverConfiguration = {
      vms = lib.mapAttrs (name: node: {
        inherit name;
        start_script = lib.getExe node.system.build.vm;
      }) config.nodes;
      containers = lib.mapAttrs (name: node: {
        inherit name;
        start_script = lib.getExe node.system.build.nspawn;
      }) config.containers;
      vlans = lib.unique (
        builtins.concatMap (
          node:
          node.virtualisation.vlans
          ++ lib.mapAttrsToList (_: interface: interface.vlan) node.virtualisation.interfaces
        ) (builtins.attrValues config.nodes ++ builtins.attrValues config.containers)
      );
      global_timeout = config.globalTimeout;
      test_script = hostPkgs.writeText "test-script" config.testScriptString;
      enable_ssh_backdoor = config.sshBackdoor.enable;
    };
    driverConfigurationFile = hostPkgs.writers.writeJSON "driverConfiguration.json" config.driverConfiguration;
    driver = hostPkgs.runCommand "the-python-driver" { } "exit 1";
  };
}

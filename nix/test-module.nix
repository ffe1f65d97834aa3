# A module for nixpkgs' test framework: with it in the imports of `runNixOSTest`, gotest-driver runs
# the test instead of the Python driver. Everything else (nodes, containers, interactive, meta, the
# options of driver.nix) keeps its meaning.
{
  config,
  lib,
  hostPkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  # Releases up to 25.11 have no containers, log level or driver configuration; some versions between
  # 25.11 and 26.05 have only containers.
  containers = config.containers or { };
  logLevel = config.logLevel or "info";
  machines = config.nodes // containers;

  # If nixpkgs has the option testScriptFile, the script is one of the two.
  scriptText =
    if config.testScriptFile or null == null then
      config.testScriptString
    else
      builtins.readFile config.testScriptFile;

  language =
    if config.testLanguage == "auto" then
      import ./script-language.nix scriptText
    else
      config.testLanguage;
  isPython = language == "python";
  scriptName = "test-script." + { starlark = "star"; python = "py"; }.${language};

  # The interpreter of a script in Python; a test in Starlark must not depend on it.
  interpreter = "${hostPkgs.python3.withPackages config.extraPythonPackages}/bin/python3";

  # A directory, so that `load` and `import` find the files beside the script.
  withScript =
    text:
    hostPkgs.runCommand "${config.name}-test-script"
      {
        inherit text;
        passAsFile = [ "text" ];
        preferLocalBuild = true;
      }
      ''
        mkdir $out
        ${lib.optionalString (config.testScriptRoot != null) ''
          cp -r --no-preserve=mode ${config.testScriptRoot}/. $out
        ''}
        cp "$textPath" $out/${scriptName}
      '';
  script = "${withScript scriptText}/${scriptName}";

  olderMachine = kind: node: {
    inherit (node.system) name;
    start_script = "${node.system.build.${kind}}/bin/run-${node.system.name}-${kind}";
  };
  frameworkConfiguration =
    config.driverConfiguration or {
      vms = lib.mapAttrs (_: olderMachine "vm") config.nodes;
      containers = lib.mapAttrs (_: olderMachine "nspawn") containers;
      vlans = lib.unique (
        lib.concatMap (
          node:
          node.virtualisation.vlans
          ++ lib.mapAttrsToList (_: interface: interface.vlan) node.virtualisation.interfaces
        ) (lib.attrValues machines)
      );
      global_timeout = config.globalTimeout;
      # There, the guests have a kernel vsock device, and --dump-vsocks sets its numbers.
      enable_ssh_backdoor = false;
    };
  configuration = frameworkConfiguration // {
    inherit (config) name;
    script_language = language;
    test_script = script;
  };
  configurationFile = hostPkgs.writers.writeJSON "gotest-driver-${config.name}.json" configuration;

  driverPackage = config.gotestDriverPackage.override {
    qemuPackage = config.qemu.package;
    enableContainers = containers != { };
    enableSshBackdoor = configuration.enable_ssh_backdoor;
  };

  # The check needs the text of the script and the names of the machines, not the machines: without
  # their string contexts it is built, and fails, before any machine is built.
  plain = builtins.unsafeDiscardStringContext;
  checks =
    if isPython then
      # Warnings fail nothing, because the script was written for another driver.
      "check --errors-only${lib.optionalString (!config.skipTypeCheck) " --types"}\n"
      + lib.optionalString (!config.skipLint) "check --warnings-only || true\n"
    else if config.skipLint then
      "check --errors-only"
    else if config.skipTypeCheck then
      "check --warnings-only"
    else
      "check";
  scriptCheck =
    hostPkgs.runCommand "gotest-check-${config.name}"
      ({
        configuration = plain (
          builtins.toJSON (configuration // { test_script = scriptName; })
        );
        passAsFile = [ "configuration" ];
        preferLocalBuild = true;
      }
      // lib.optionalAttrs isPython {
        GOTEST_PYTHON = interpreter;
        nativeBuildInputs = lib.optional (!config.skipTypeCheck) hostPkgs.mypy;
      })
      ''
        echo "checking the test script (skipTypeCheck and skipLint turn parts of it off)"
        cd ${withScript (plain scriptText)}
        check() {
          ${config.gotestDriverPackage.unwrapped}/bin/gotest-driver check --config "$configurationPath" "$@" ${scriptName}
        }
        ${checks}
        touch $out
      '';
  checked = !(config.skipTypeCheck && config.skipLint);

  driver =
    hostPkgs.runCommand "nixos-test-driver-${config.name}"
      {
        nativeBuildInputs = [ hostPkgs.makeWrapper ];
        scriptCheck = lib.optionalString checked scriptCheck;
        preferLocalBuild = true;
        passthru = config.passthru // {
          inherit configuration configurationFile scriptCheck;
          package = driverPackage;
        };
        meta = config.meta // {
          mainProgram = "nixos-test-driver";
        };
      }
      ''
        mkdir -p $out/bin
        ln -s ${script} $out/test-script
        makeWrapper ${driverPackage}/bin/nixos-test-driver $out/bin/nixos-test-driver \
          ${lib.optionalString isPython "--set GOTEST_PYTHON ${interpreter}"} \
          --add-flags "--config ${configurationFile}" \
          --add-flags "--log-level ${logLevel}" \
          --add-flags "--no-check" \
          ${lib.escapeShellArgs (
            lib.concatMap (argument: [
              "--add-flags"
              argument
            ]) (lib.optional config.junitXmlReport "--junit-xml=results.xml" ++ config.extraDriverArgs)
          )}
      '';
in
{
  _class = "nixosTest";

  options = {
    gotestDriverPackage = mkOption {
      type = types.package;
      default = hostPkgs.gotest-driver or (hostPkgs.callPackage ./package.nix { });
      defaultText = lib.literalMD "`hostPkgs.gotest-driver` of the overlay, else the package of this flake, built with `hostPkgs`";
      description = "The gotest-driver package that runs the test.";
    };

    testLanguage = mkOption {
      type = types.enum [
        "auto"
        "starlark"
        "python"
      ];
      default = "auto";
      description = ''
        The language of {option}`testScript`. With `auto` it is Python if the script has a statement
        that Starlark lacks (`with`, `import`, `try`, `assert x`…) or an f-string, else Starlark.
      '';
    };

    junitXmlReport = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether the test's output has a JUnit report, {file}`results.xml`, with one case for each
        subtest. The interactive driver writes none.
      '';
    };

    testScriptRoot = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = lib.literalExpression "./tests";
      description = ''
        A directory whose files the test script can `load("helpers.star", "login")` or, in Python,
        import. The script runs as if it were in this directory.
      '';
    };
  };

  config = {
    driver = lib.mkForce (lib.warnIf config.skipLint "Linting is disabled" driver);
    # Stronger than what the test sets, because the interactive variant inherits that.
    interactive.junitXmlReport = lib.mkOverride 75 false;
  };
}

# What the module makes of a test, under both forms of the test framework.
{ pkgs, gotest-driver }:
let
  inherit (pkgs) lib;
  module = gotest-driver.nixosTestModules.default;
  run = pkgs: test: pkgs.testers.runNixOSTest { imports = [ module test ]; };
  newer = run pkgs;
  older = run pkgs.olderRelease;
  between = run (pkgs.withFramework "flags-and-containers");

  two = {
    name = "two";
    nodes.client-1 = { };
    nodes.server = {
      virtualisation.vlans = [
        1
        2
      ];
    };
    globalTimeout = 600;
    testScript =
      { nodes, ... }:
      ''
        server.succeed("true")
        # ${nodes.server.system.name}
      '';
  };
  both = newer (lib.recursiveUpdate two { containers.web = { }; });
  plain = builtins.unsafeDiscardStringContext;
  script = test: plain test.driver.configuration.test_script;
  # A store path without its hash.
  withoutHash = path: lib.concatStringsSep "-" (builtins.tail (lib.splitString "-" (plain path)));
  # The wrapper's flags, as they stand in the shell.
  flags =
    driver:
    map (flag: builtins.head (lib.splitString " \\\n" (lib.removeSuffix " " (lib.removeSuffix "\n" flag)))) (
      builtins.tail (lib.splitString "--add-flags " (plain driver.buildCommand))
    );
  text = extra: newer ({ name = "t"; nodes.machine = { }; } // extra);
  throws = value: !(builtins.tryEval value).success;
in
{
  "module: lib.runTest is runNixOSTest with the module" = {
    actual = (gotest-driver.lib.runTest pkgs two).drvPath == (newer two).drvPath;
    expected = true;
  };
  "module: the driver's name and main program" = {
    actual = [
      both.driver.name
      both.driver.meta.mainProgram
    ];
    expected = [
      "nixos-test-driver-two"
      "nixos-test-driver"
    ];
  };
  "module: the script is the function's text" = {
    actual = both.config.testScriptString;
    expected = ''
      server.succeed("true")
      # server
    '';
  };
  "module: the configuration of a newer framework" = {
    actual = lib.mapAttrs (_: v: v) (
      both.driver.configuration
      // {
        test_script = withoutHash both.driver.configuration.test_script;
        vms = lib.mapAttrs (
          _: m: m // { start_script = withoutHash m.start_script; }
        ) both.driver.configuration.vms;
        containers = lib.mapAttrs (
          _: m: m // { start_script = withoutHash m.start_script; }
        ) both.driver.configuration.containers;
      }
    );
    expected = {
      name = "two";
      script_language = "starlark";
      test_script = "two-test-script/test-script.star";
      vms.client-1 = {
        name = "client-1";
        start_script = "nixos-vm/bin/run-client-1-vm";
      };
      vms.server = {
        name = "server";
        start_script = "nixos-vm/bin/run-server-vm";
      };
      containers.web = {
        name = "web";
        start_script = "run-web-nspawn/bin/run-web-nspawn";
      };
      vlans = [
        1
        2
      ];
      global_timeout = 600;
      enable_ssh_backdoor = false;
    };
  };
  "module: an older framework gives the same configuration" = {
    actual = (older two).driver.configuration == (newer two).driver.configuration;
    expected = true;
  };
  "module: an older framework names machines by their host name" = {
    actual =
      (older {
        name = "t";
        nodes.a.networking.hostName = "b";
        testScript = "";
      }).driver.configuration.vms.a.name;
    expected = "b";
  };
  "module: an older framework's networks count once" = {
    actual =
      (older {
        name = "t";
        nodes.a.virtualisation.interfaces.eth7.vlan = 7;
        nodes.b = { };
        testScript = "";
      }).driver.configuration.vlans;
    # (a machine with interfaces of its own has no network by default)
    expected = [
      7
      1
    ];
  };
  "module: between the two, containers are started by their scripts" = {
    actual =
      let
        driver = (between (two // { containers.web = { }; })).driver;
      in
      {
        containers = lib.mapAttrs (
          _: m: m // { start_script = withoutHash m.start_script; }
        ) driver.configuration.containers;
        same = (between two).driver.configuration == (newer two).driver.configuration;
        systemd = lib.elem "systemd" (map (p: p.name) driver.package.runtimeInputs);
      };
    expected = {
      containers.web = {
        name = "web";
        start_script = "run-web-nspawn/bin/run-web-nspawn";
      };
      same = true;
      systemd = true;
    };
  };
  "module: the flags, the log level's among them" = {
    actual = map (driver: lib.concatStringsSep " " (builtins.tail (flags driver))) [
      (text {
        testScript = "";
        logLevel = "warning";
        extraDriverArgs = [ "--junit-xml=junit.xml" ];
      }).driver
      (text {
        testScript = "";
        junitXmlReport = true;
        extraDriverArgs = [ "-K" ];
      }).driver
      (newer (two // { junitXmlReport = true; })).driverInteractive
      (newer (two // { interactive.junitXmlReport = lib.mkForce true; })).driverInteractive
      (older (two // { sshBackdoor.enable = true; })).driver
    ];
    expected = [
      "\"--log-level warning\" \"--no-check\" '--junit-xml=junit.xml'"
      "\"--log-level info\" \"--no-check\" '--junit-xml=results.xml' -K"
      "\"--log-level info\" \"--no-check\" --interactive"
      "\"--log-level info\" \"--no-check\" '--junit-xml=results.xml' --interactive"
      "\"--log-level info\" \"--no-check\" '--dump-vsocks=2'"
    ];
  };
  "module: the interactive driver has the interactive machines and QEMU" = {
    actual =
      let
        test = newer (two // { interactive.nodes.extra = { }; });
      in
      {
        usual = lib.attrNames test.driver.configuration.vms;
        interactive = lib.attrNames test.driverInteractive.configuration.vms;
        qemu = map (d: (builtins.head d.package.runtimeInputs).name) [
          test.driver
          test.driverInteractive
        ];
      };
    expected = {
      usual = [
        "client-1"
        "server"
      ];
      interactive = [
        "client-1"
        "extra"
        "server"
      ];
      qemu = [
        "qemu-test"
        "qemu"
      ];
    };
  };
  "module: enableDebugHook turns on the backdoor and attaches" = {
    actual =
      let
        test = newer (two // { enableDebugHook = true; });
      in
      {
        backdoor = test.driver.configuration.enable_ssh_backdoor;
        attach = builtins.match ".*--debug-hook=/attach.*" (plain test.config.rawTestDerivation.buildCommand) != null;
        tools = map (p: p.name) test.driver.package.runtimeInputs;
      };
    expected = {
      backdoor = true;
      attach = true;
      tools = [
        "qemu-test"
        "vde2"
        "socat"
        "vhost-device-vsock"
      ];
    };
  };
  "module: an older framework has a backdoor of its own" = {
    actual = (older (two // { sshBackdoor.enable = true; })).driver.configuration.enable_ssh_backdoor;
    expected = false;
  };
  "module: containers bring the programs that start them and join their networks" = {
    actual = lib.subtractLists (map (p: p.name) both.driver.package.runtimeInputs) [
      "systemd"
      "util-linux"
      "iproute2"
    ];
    expected = [ ];
  };
  "module: enableOCR and a future option of nixpkgs change nothing" = {
    actual =
      (newer (two // { enableOCR = true; })).driver.configuration == (newer two).driver.configuration;
    expected = true;
  };
  "module: a Python script is one" = {
    actual = map (t: withoutHash (script t)) [
      (text { testScript = "import json\n"; })
      (text {
        testScript = "import json\n";
        testLanguage = "starlark";
      })
      (text {
        testScript = "x = 1\n";
        testLanguage = "python";
      })
    ];
    expected = [
      "t-test-script/test-script.py"
      "t-test-script/test-script.star"
      "t-test-script/test-script.py"
    ];
  };
  "module: what is checked at build time" = {
    actual =
      let
        checks =
          extra:
          let
            d = (text ({ testScript = ""; } // extra)).driver;
            lines = map (line: builtins.head (builtins.match " *(.*)" line)) (
              lib.splitString "\n" (plain d.scriptCheck.buildCommand)
            );
          in
          if d.drvAttrs.scriptCheck == "" then
            [ "nothing" ]
          else
            lib.filter (line: line == "check" || lib.hasPrefix "check " line) lines;
      in
      map checks [
        { }
        { skipLint = true; }
        { skipTypeCheck = true; }
        {
          skipLint = true;
          skipTypeCheck = true;
        }
        { testLanguage = "python"; }
        {
          testLanguage = "python";
          skipTypeCheck = true;
        }
        {
          testLanguage = "python";
          skipLint = true;
        }
      ];
    expected = [
      [ "check" ]
      [ "check --errors-only" ]
      [ "check --warnings-only" ]
      [ "nothing" ]
      [
        "check --errors-only --types"
        "check --warnings-only || true"
      ]
      [
        "check --errors-only"
        "check --warnings-only || true"
      ]
      [ "check --errors-only --types" ]
    ];
  };
  "module: a Python test gets an interpreter with extraPythonPackages, and mypy checks it" = {
    actual =
      let
        seen =
          extra:
          let
            inherit (text ({ testScript = ""; } // extra)) driver;
            interpreter = builtins.match ".*--set GOTEST_PYTHON ([^ ]*) .*" (
              builtins.replaceStrings [ "\n" ] [ " " ] (plain driver.buildCommand)
            );
          in
          {
            wrapper = if interpreter == null then null else withoutHash (builtins.head interpreter);
            same = interpreter == null || plain driver.scriptCheck.GOTEST_PYTHON == builtins.head interpreter;
            tools = map (p: p.name) driver.scriptCheck.nativeBuildInputs;
          };
        python = {
          testLanguage = "python";
          extraPythonPackages = p: [ p.greeting ];
        };
      in
      map seen [
        { extraPythonPackages = p: [ p.greeting ]; }
        python
        (python // { skipTypeCheck = true; })
      ];
    expected = [
      {
        wrapper = null;
        same = true;
        tools = [ ];
      }
      {
        wrapper = "python3-env/bin/python3";
        same = true;
        tools = [ "mypy" ];
      }
      {
        wrapper = "python3-env/bin/python3";
        same = true;
        tools = [ ];
      }
    ];
  };
  "module: the check depends on no machine" = {
    actual = builtins.hasContext (newer two).driver.scriptCheck.drvAttrs.configuration;
    expected = false;
  };
  "module: a file can be the script" = {
    actual =
      let
        driver =
          (newer {
            options.testScriptFile = lib.mkOption { type = lib.types.nullOr lib.types.path; };
            config = {
              name = "t";
              nodes.machine = { };
              testScriptFile = "${gotest-driver}/nix/template/tests/hello.star";
            };
          }).driver;
        text = builtins.readFile "${gotest-driver}/nix/template/tests/hello.star";
      in
      driver.configuration.test_script == (newer {
        name = "t";
        nodes.machine = { };
        testScript = text;
      }).driver.configuration.test_script;
    expected = true;
  };
  "module: an unknown language is refused" = {
    actual = throws (script (text {
      testScript = "";
      testLanguage = "perl";
    }));
    expected = true;
  };
  "module: it is no NixOS module" = {
    actual = throws (lib.evalModules {
      class = "nixos";
      modules = [ module ];
    }).config;
    expected = true;
  };
  "module: the backdoor can be the interactive driver's alone" = {
    actual =
      let
        test = newer (two // { interactive.sshBackdoor.enable = true; });
      in
      map (d: d.configuration.enable_ssh_backdoor) [
        test.driver
        test.driverInteractive
      ];
    expected = [
      false
      true
    ];
  };
  "module: meta and passthru are the test's" = {
    actual =
      let
        test = newer (
          two
          // {
            meta.maintainers = [ "somebody" ];
            passthru.mine = 5;
          }
        );
      in
      {
        inherit (test) mine;
        maintainers = [
          test.meta.maintainers
          test.driver.meta.maintainers
        ];
        inherit (test.driver) name;
      };
    expected = {
      mine = 5;
      maintainers = [
        [ "somebody" ]
        [ "somebody" ]
      ];
      name = "nixos-test-driver-two";
    };
  };
  "module: a test whose derivation is overridden runs the same driver" = {
    actual =
      let
        test = newer two;
        other = test.overrideTestDerivation (_: previous: { buildCommand = previous.buildCommand + "touch $out/more\n"; });
      in
      {
        driver = other.driver.drvPath == test.driver.drvPath;
        test = other.drvPath == test.drvPath;
      };
    expected = {
      driver = true;
      test = false;
    };
  };
  "module: extend keeps the driver" = {
    actual =
      ((newer two).extend { modules = [ { globalTimeout = lib.mkForce 7; } ]; })
      .driver.configuration.global_timeout;
    expected = 7;
  };
}

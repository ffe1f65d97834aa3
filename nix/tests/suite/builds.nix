# Builds in Nix's sandbox: no network, no /dev/kvm, a private /tmp. The machines are tiny guests with
# start scripts in the form of nixpkgs' run-<name>-vm.
{ pkgs, gotest-driver }:
let
  inherit (gotest-driver.lib) runTest;
  package = gotest-driver.packages.x86_64-linux.default;
  driver = "${package.unwrapped}/bin/nixos-test-driver";
  run = name: attributes: command: pkgs.runCommand name attributes command;

  hello = {
    name = "hello";
    nodes.machine.virtualisation.vlans = [ ];
    testScript = ''
      machine.wait_until_succeeds("test -e /run/ready", timeout = 120)
      for _ in subtest("the guest answers"):
          t.assertEqual(machine.succeed("hostname").strip(), "machine")
      machine.succeed("echo from the guest > /tmp/hello")
      machine.copy_from_machine("/tmp/hello")
    '';
  };
  one = runTest pkgs (hello // { junitXmlReport = true; });
  failing = runTest pkgs (hello // { testScript = ''machine.succeed("exit 3")''; });
  checkHello = ''[ "$(cat $out/hello)" = "from the guest" ]'';

  python = hello // {
    testScript = ''
      import json

      machine.wait_until_succeeds("test -e /run/ready", timeout=120)
      with subtest("the guest answers"):
          assert machine.succeed("hostname").strip() == "machine", "host name"
      text = json.dumps({"from": "the guest"})
      machine.succeed(f"echo from {json.loads(text)['from']} > /tmp/hello")
      machine.copy_from_machine("/tmp/hello")
    '';
  };
  # An error that only a type checker finds.
  pythonTypeError = {
    name = "python-type-error";
    nodes.machine = { };
    testScript = ''
      def count() -> int:
          return machine.succeed("wc -l < /etc/passwd")
      assert count()
    '';
  };

  typeError = {
    name = "type-error";
    nodes.machine = { };
    testScript = ''
      machine.succeed("true", timeout = "soon")
    '';
  };
  # A command in the background keeps the output open: succeed waits for it.
  lint = {
    name = "lint";
    nodes.machine = { };
    testScript = ''
      machine.succeed("sleep 1 &")
    '';
  };

  ownScripts =
    language:
    run "own-scripts" {
      scripts = map (test: test.driver.scriptCheck) (
        pkgs.lib.filter (test: test.driver.configuration.script_language == language) (
          builtins.attrValues gotest-driver.checks.x86_64-linux
        )
      );
    } "touch $out";
in
{
  inherit package;

  # The program in the sandbox, run like a user does.
  program = run "program" { nativeBuildInputs = [ package ]; } ''
    gotest-driver --version
    nixos-test-driver --help > help
    grep -q -- --keep-machine-state help
    test -s ${package}/share/bash-completion/completions/gotest-driver.bash
    gotest-driver ocr ${gotest-driver}/ocr/testdata/x/desktop.png > text
    grep "The installer has found two disks" text
    touch $out
  '';

  # The configuration file follows the module.
  configuration =
    run "configuration"
      {
        expected = builtins.toJSON one.driver.configuration;
        passAsFile = [ "expected" ];
      }
      ''
        cmp "$expectedPath" ${one.driver.configurationFile}
        grep -F -e '--config ${one.driver.configurationFile}' ${one.driver}/bin/nixos-test-driver
        cmp ${one.driver}/test-script ${one.driver.configuration.test_script}
        touch $out
      '';

  # Whole tests, run as by `nix build` of a check.
  newer-framework = run "newer-framework" { } ''
    grep '<testcase[^>]*name="the guest answers"' ${one}/results.xml > $out
  '';
  older-framework = runTest pkgs.olderRelease (hello // { nodes.machine = { }; });
  two-machines = runTest pkgs {
    name = "two-machines";
    nodes.a = { };
    nodes.b = { };
    testScript = ''
      start_all()
      a.wait_until_succeeds("ping -c 1 192.168.1.2", timeout = 120)
      b.succeed("ping -c 1 192.168.1.1")
    '';
  };
  python = runTest pkgs python;
  # A file of the test, and a package of nixpkgs.
  python-modules = runTest pkgs (
    hello
    // {
      extraPythonPackages = p: [ p.greeting ];
      testScriptRoot = pkgs.runCommand "root" { } ''
        mkdir $out
        printf 'def shout(text: str) -> str:\n    return text.upper()\n' > $out/helper.py
      '';
      testScript = ''
        from greeting import greet
        from helper import shout

        machine.wait_until_succeeds("test -e /run/ready", timeout=120)
        said = machine.succeed(f"echo '{shout(greet(machine.name))}'")
        assert said == "HELLO, MACHINE!\n", said
      '';
    }
  );
  # Only the driver of a Python script needs an interpreter.
  closures =
    run "closures"
      {
        exportReferencesGraph = [
          "starlark"
          one.driver
          "python"
          (runTest pkgs python).driver
        ];
      }
      ''
        ! grep python3 starlark
        grep python3-env python
        touch $out
      '';
  python-type-error = (runTest pkgs pythonTypeError).driver;
  python-type-error-skipped = (runTest pkgs (pythonTypeError // { skipTypeCheck = true; })).driver;
  python-name-error = (runTest pkgs (pythonTypeError // {
    testScript = "import json\nmachine.succed('true')\n";
    skipTypeCheck = true;
  })).driver;

  # The call of wrappers of nixpkgs 25.11 and before; the networks are counted per machine.
  environment = run "environment" { nativeBuildInputs = [ package ]; } ''
    mkdir -p $out
    export startScripts="${pkgs.lib.getExe one.nodes.machine.system.build.vm}"
    export testScript=${one.driver.configuration.test_script}
    export vlans="1 1" globalTimeout=600 LOGFILE=/dev/null
    nixos-test-driver -o $out
    ${checkHello}
  '';

  # Keys of a future nixpkgs are ignored with a warning.
  future-keys = run "future-keys" { nativeBuildInputs = [ package pkgs.jq ]; } ''
    jq '. + { hologram: { depth: 3 } } | .vms.machine.color = "red"' \
      ${one.driver.configurationFile} > driver.json
    mkdir -p $out
    nixos-test-driver --config driver.json --log-level info -o $out > log 2>&1 || { cat log; exit 1; }
    grep hologram log
    grep color log
    ${checkHello}
  '';

  options = run "options" { nativeBuildInputs = [ package pkgs.jq ]; } ''
    mkdir -p $out
    export XDG_RUNTIME_DIR=$NIX_BUILD_TOP/run XDG_STATE_HOME=$NIX_BUILD_TOP/state
    mkdir -m 700 $XDG_RUNTIME_DIR $XDG_STATE_HOME

    echo "-o, --junit-xml and LOGFILE"
    LOGFILE=$out/log.xml nixos-test-driver --config ${one.driver.configurationFile} -K \
      --output_directory $out --junit-xml junit.xml
    ${checkHello}
    grep -q '<testsuite[^>]*name="NixOS integration test"' $out/junit.xml
    grep -q '<testcase[^>]*name="the guest answers"' $out/junit.xml
    grep -q '<logfile>' $out/log.xml
    grep -q '<line type="serial" machine="machine">' $out/log.xml

    echo "-K keeps the state"
    find $XDG_STATE_HOME -name vm-state-machine | grep .

    echo "without it nothing is left"
    export XDG_RUNTIME_DIR=$NIX_BUILD_TOP/run2
    mkdir -m 700 $XDG_RUNTIME_DIR
    nixos-test-driver --config ${one.driver.configurationFile} -o $out
    [ -z "$(ls -A $XDG_RUNTIME_DIR)" ]

    echo "flags may be shortened"
    nixos-test-driver --conf=${one.driver.configurationFile} --log-lev warning -o $out

    echo "wrong arguments are refused with status 2"
    status() { local status=0; "$@" > log 2>&1 || status=$?; cat log; [ $status = 2 ]; }
    status nixos-test-driver --config ${one.driver.configurationFile} -o $NIX_BUILD_TOP/nowhere
    status nixos-test-driver --config ${one.driver.configurationFile} --hologram
    status nixos-test-driver --config ${one.driver.configurationFile} --log-level loud
  '';

  interactive = run "interactive" { nativeBuildInputs = [ package ]; } ''
    mkdir -p $out
    echo "-I reads from its input, --no-interactive undoes it"
    echo 'print("answer", 6 * 7)' |
      nixos-test-driver --config ${one.driver.configurationFile} --interactive -o $out > log 2>&1
    cat log
    grep "answer 42" log
    nixos-test-driver --config ${one.driver.configurationFile} --interactive --no-interactive -o $out
  '';

  # A failing test waits until a client attaches. The flag is shortened: nixpkgs itself writes --debug-hook.
  debug-hook = run "debug-hook" { nativeBuildInputs = [ package ]; } ''
    mkdir -p $out
    nixos-test-driver --config ${one.driver.configurationFile} --debug-hook=/attach -o $out

    nixos-test-driver --config ${failing.driver.configurationFile} --debug-hook=/attach -o $out > log 2>&1 &
    driver=$!
    for _ in $(seq 3000); do
      ! grep -q "gotest-driver attach " log && kill -0 $driver || break
      sleep 0.1
    done
    cat log
    grep "sudo /attach [0-9]*$" log
    socket=$(sed -n "s/.*gotest-driver attach //p" log)
    printf 'machine.succeed("hostname")\ncontinue\n' | gotest-driver attach "$socket" | tee said
    grep '"machine' said
    status=0
    wait $driver || status=$?
    [ $status = 1 ]
  '';

  # The flake's own tests pass the check; running them needs NixOS.
  own-scripts = ownScripts "starlark";
  own-python = ownScripts "python";

  # A failing test fails the build; the debugging hook's prefix is the one that nixpkgs uses.
  failing-test = failing;

  type-error = (runTest pkgs typeError).driver;
  type-error-skipped = (runTest pkgs (typeError // { skipTypeCheck = true; })).driver;
  lint = (runTest pkgs lint).driver;
  lint-skipped = (runTest pkgs (lint // { skipLint = true; })).driver;
}

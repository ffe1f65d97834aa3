# The language that nix/script-language.nix finds for scripts.
{ detect }:
let
  case =
    expected: name: script:
    {
      name = "language: ${name} is ${expected}";
      value = {
        actual = detect script;
        inherit expected;
      };
    };
  python = case "python";
  starlark = case "starlark";
in
builtins.listToAttrs [
  (starlark "an empty script" "")
  (starlark "what both have" ''
    start_all()
    machine.wait_for_unit("multi-user.target")
    for i in range(3):
        if i > 1:
            machine.succeed("echo %d" % i)
  '')
  (starlark "a typed function" ''
    server: Machine
    def login(user: str, tries: int = 3) -> bool:
        return user != ""
  '')
  (starlark "the scope of a subtest" ''
    for _ in subtest("boot"):
        machine.succeed("true")
  '')
  (starlark "Python in a comment" ''
    # import json
    x = 1  # with open(f"x") as f:
  '')
  (starlark "Python in a triple-quoted string" ''
    machine.succeed("""
    python3 - <<'E'
    import json
    with open(f"x") as f: pass
    E
    """)
  '')
  (starlark "Python in a string" "machine.succeed(\"import x\", 'assert y')\n")
  (starlark "words that begin like statements" ''
    imported = 1
    with_tls = True
    raised = [1]
    class_name = "x"
    from_host = machine
    is_None = 1
  '')
  (starlark "a raw string and bytes" ''x = r"\d" + str(b"x")'')
  (starlark "an assertion's call" ''assert(x == 1, "y")'')
  (starlark "a hash in a string" ''x = "#" + "import y"'')
  (python "an f-string after a hash in a string" ''x = "#" + f"{y}"'')
  (python "an import" "import json\n")
  (python "an import from" "from datetime import timedelta\n")
  (python "a with statement" ''
    with subtest("boot"):
        machine.succeed("true")
  '')
  (python "an f-string" ''machine.succeed(f"echo {x}")'')
  (python "an f-string at the start" ''f"{x}"'')
  (python "a raw f-string" ''x = rf'{y}\d' '')
  (python "a triple-quoted f-string" ''
    machine.succeed(f"""
    echo {x}
    """)
  '')
  (python "an assert statement" ''assert "x" in machine.succeed("y")'')
  (python "try" ''
    try:
        x = 1
    except Exception as e:
        pass
  '')
  (python "a decorator" ''
    @polling_condition
    def running():
        pass
  '')
  (python "a class" "class Host:\n    pass\n")
  (python "a comparison with None" "if x is not None:\n    pass\n")
  (python "raise" "def f():\n    raise\n")
  (python "while" "while True:\n    pass\n")
  (python "an indented import after a long string" ("x = \"" + builtins.concatStringsSep "" (builtins.genList (_: "0123456789") 300) + "\"\nif x:\n    import os\n"))
]

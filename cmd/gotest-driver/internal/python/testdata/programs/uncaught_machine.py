machine.succeed("true")
machine.succeed("false")

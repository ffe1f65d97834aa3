# A test that reads the screen and types, like a user.
{
  name = "screen";

  nodes.machine.users.users.alice = {
    isNormalUser = true;
    password = "quince";
  };

  testScript = ''
    machine.wait_for_unit("multi-user.target")
    machine.wait_for_text("login:")
    machine.send_chars("alice\n")
    machine.wait_until_tty_matches("1", "Password:")
    machine.send_chars("quince\n")
    machine.wait_until_succeeds("pgrep -u alice bash", timeout = 60)
    machine.send_chars("echo written on the screen > note\n")
    machine.wait_for_file("/home/alice/note")
    machine.screenshot("logged-in")
  '';
}

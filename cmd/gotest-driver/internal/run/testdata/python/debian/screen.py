# The text console: log in, type, read the screen.
import os
import time

start_all()
machine.wait_for_unit("getty@tty1.service")

with subtest("log in as alice"):
    machine.wait_until_tty_matches("1", "login: ")
    machine.send_chars("alice\n")
    machine.wait_until_tty_matches("1", "Password: ")
    machine.send_chars("foobar\n")
    machine.wait_until_tty_matches("1", r"alice@\w+:~\$")

with subtest("type a command"):
    machine.send_chars("touch done; clear; echo hello from $USER\n")
    machine.wait_for_file("/home/alice/done")
    machine.wait_until_tty_matches("1", "hello from alice")
    owner = machine.succeed("stat -c %U /home/alice/done").strip()
    print("the file is of", owner)
    assert owner == "alice"

with subtest("single keys"):
    for key in ["e", "c", "h", "o", "spc", "shift-o", "k", "ret"]:
        machine.send_key(key)
    machine.wait_until_tty_matches("1", "(?m)^Ok")

with subtest("the screen is read"):
    machine.send_chars("clear; echo recognised let''ters\n")
    machine.wait_for_text("recognised letters")
    text = machine.get_screen_text()
    print("seen:", "recognised letters" in text)

with subtest("screenshots land in the output directory"):
    before = time.time()
    machine.screenshot("console")
    png = os.path.join(os.environ.get("out", machine.out_dir), "console.png")
    with open(png, "rb") as f:
        magic = f.read(4)
    print(magic, os.path.getsize(png) > 100, time.time() >= before)
    assert magic[1:] == b"PNG"

machine.send_chars("rm done; clear; exit\n")
machine.wait_until_tty_matches("1", "login: ")

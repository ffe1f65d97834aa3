machine: Machine

machine.wait_for_x(timeout = 300)
machine.succeed("su - alice -c 'DISPLAY=:0 firefox http://localhost/' >&2 &")
machine.wait_for_window("Firefox")
machine.wait_for_text("(Welcome|Hello)", attempt_timeout = 20)
machine.send_key("ctrl-l")
machine.send_chars("http://localhost/form\n")
machine.wait_for_still_screen(2)
box = machine.click_text("Submit", button = "left")
log.info("clicked at %d,%d" % (box.x + box.width // 2, box.y + box.height // 2))
machine.wait_for_text("Thank you")
machine.send_key("ctrl-q")
machine.wait_until_fails("pgrep firefox")

import json
machine: Machine

def windows() -> list[str]:
    tree = json.loads(machine.succeed("su - alice -c 'swaymsg -t get_tree'"))
    names: list[str] = []
    stack = [tree]
    for _i in range(1000):
        if not stack:
            break
        node = stack.pop()
        if node["name"]:
            names.append(node["name"])
        stack.extend(node["nodes"])
    return names

machine.wait_for_unit("graphical.target")
machine.wait_for_file("/run/user/1000/wayland-1")
machine.send_key("meta_l-d")
machine.send_chars("foot\n")
retry(lambda _: "foot" in windows(), timeout = 60)
machine.screenshot("sway.png")
machine.send_key("meta_l-shift-q")

server: Machine
client1: Machine

def mosquitto_cmd(binary: str, user: str, topic: str, port: int) -> str:
    return "mosquitto_{} -V mqttv311 -h server -p {} -u {} -P '{}' -t '{}'".format(binary, port, user, "hunter" + user, topic)

def publish(args: str, user: str, topic: str = "test", port: int = 1883) -> str:
    return mosquitto_cmd("pub", user, topic, port) + " " + args

def subscribe(args: str, user: str, topic: str = "test", port: int = 1883) -> str:
    return "{} -W 5 -C 1 {}".format(mosquitto_cmd("sub", user, topic, port), args)

start_all()
server.wait_for_unit("mosquitto.service")
parallel([
    lambda: client1.succeed(subscribe("-i 3688cdd7", "reader")),
    lambda: [
        server.sleep(1),
        client1.succeed(publish("-m test", "writer")),
    ],
])
with subtest("bind_interface"):
    listeners = server.succeed("ss -Htlnp sport = 1888").strip().splitlines()
    t.assertCountEqual([line.split()[3] for line in listeners], ["[::1]:1888", "127.0.0.1:1888"])

# Two networks, and a machine between them.
{
  name = "router";

  nodes.router = {
    virtualisation.vlans = [
      1
      2
    ];
    networking.firewall.enable = false;
    boot.kernel.sysctl."net.ipv4.ip_forward" = true;
  };

  nodes.inside = {
    virtualisation.vlans = [ 1 ];
    networking.interfaces.eth1.ipv4.routes = [
      {
        address = "192.168.2.0";
        prefixLength = 24;
        via = "192.168.1.3";
      }
    ];
  };

  nodes.outside = {
    virtualisation.vlans = [ 2 ];
    networking.interfaces.eth1.ipv4.routes = [
      {
        address = "192.168.1.0";
        prefixLength = 24;
        via = "192.168.2.3";
      }
    ];
  };

  testScript = ''
    start_all()
    router.wait_for_unit("network.target")

    for _ in subtest("packets cross the router"):
        inside.wait_until_succeeds("ping -c 1 192.168.2.2", timeout = 60)
        outside.wait_until_succeeds("ping -c 1 192.168.1.1", timeout = 60)

    for _ in subtest("a pulled cable stops them"):
        router.block()
        inside.wait_until_fails("ping -c 1 -W 2 192.168.2.2", timeout = 60)
        router.unblock()
        inside.wait_until_succeeds("ping -c 1 192.168.2.2", timeout = 60)
  '';
}

# A Python test, run unchanged.
{
  name = "python";

  nodes.server = {
    services.nginx.enable = true;
    networking.firewall.allowedTCPPorts = [ 80 ];
  };
  nodes.client = { };

  testScript = ''
    import json

    start_all()
    server.wait_for_unit("nginx.service")
    server.wait_for_open_port(80)

    with subtest("the client reaches the server"):
        page = client.succeed("curl --fail --silent http://server/")
        assert "nginx" in page, f"unexpected page: {page!r}"

    with subtest("addresses"):
        cards = json.loads(client.succeed("ip --json address"))
        names = [card["ifname"] for card in cards]
        assert "eth1" in names
  '';
}

# A container beside a virtual machine, on the same network.
{
  name = "containers";

  nodes.client = { };

  containers.web = {
    services.nginx.enable = true;
    networking.firewall.allowedTCPPorts = [ 80 ];
  };

  testScript = ''
    start_all()
    web.wait_for_unit("nginx.service")
    client.wait_until_succeeds("curl --fail --silent http://web/", timeout = 60)
  '';
}

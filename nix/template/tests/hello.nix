{
  name = "hello";

  nodes.server = {
    services.nginx.enable = true;
    networking.firewall.allowedTCPPorts = [ 80 ];
  };

  nodes.client = { };

  testScript = builtins.readFile ./hello.star;
}

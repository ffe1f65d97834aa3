# One machine; the script is in a file and loads a helper.
{
  name = "database";

  nodes.db = {
    services.postgresql.enable = true;
    services.postgresql.ensureDatabases = [ "shop" ];
  };

  testScriptRoot = ./lib;
  testScript = builtins.readFile ./database.star;
}

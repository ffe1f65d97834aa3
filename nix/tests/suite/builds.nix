{ pkgs, gotest-driver }: { }

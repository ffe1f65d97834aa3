# The Go program alone. It is built once; what differs from test to test is wrapped around it.
{
  lib,
  stdenv,
  go,
  buildGoModule,
  buildGo126Module ? buildGoModule,
  fetchurl,
  installShellFiles,
  leptonica,
  makeWrapper,
  tesseract5,
}:
let
  # go.mod asks for Go 1.26, which a release's default may not be yet.
  build = if lib.versionAtLeast go.version "1.26" then buildGoModule else buildGo126Module;

  # The fast model of one language: the test driver reads screens in English. 4 MB instead of the
  # 1.5 GB of all languages.
  tesseract = tesseract5.override {
    tessdata = [
      (fetchurl {
        name = "eng.traineddata";
        url = "https://github.com/tesseract-ocr/tessdata_fast/raw/4.1.0/eng.traineddata";
        hash = "sha256-fUMivSp3SXJIeWg/w5Esu1QvGZBsg7zBpSEyVWQncLI=";
      })
    ];
  };

  root = ../.;
  # A change of these leaves the program as it is.
  ignored = [
    ".ci"
    ".git"
    ".github"
    "flake.lock"
    "flake.nix"
    "nix"
    "result"
  ];
in
build rec {
  pname = "gotest-driver";
  version = "0.1.0";

  src = builtins.path {
    name = "gotest-driver-source";
    path = root;
    filter = path: _type: !(builtins.elem path (map (name: toString root + "/${name}") ignored));
  };

  # The modules with C sources (Tesseract's binding) keep them in directories without
  # Go files, which `go mod vendor` leaves out: so the module cache itself is what is hashed.
  # nix/update-vendor-hash.sh writes the hash.
  proxyVendor = true;
  vendorHash = "sha256-WuQBun7dC9KiCNcWFMlCr2Nko1oLvvm6dmKxS9ZcByY=";

  # gotest-driver-ocr reads screens, gotest-driver-tools has the prompts, debuggers and servers of
  # editors; gotest-driver finds them beside itself, and links neither a C library nor their libraries
  # so that it starts at once.
  subPackages = [
    "cmd/gotest-driver"
    "cmd/gotest-driver/gotest-driver-tools"
    "cmd/gotest-driver-ocr"
  ];
  tags = [
    "netgo"
    "osusergo"
  ];
  ldflags = [
    "-s"
    "-w"
    "-X github.com/gotest-driver/gotest-driver/cmd/gotest-driver/internal/command.release=${version}"
  ];

  nativeBuildInputs = [
    installShellFiles
    makeWrapper
  ];
  buildInputs = [
    leptonica
    tesseract
  ];

  # The tests boot virtual machines: they are the flake's checks.
  doCheck = false;

  postInstall = ''
    # Called by this name, the program takes the flags of nixpkgs' Python driver.
    ln -s gotest-driver $out/bin/nixos-test-driver
    # The library, other than the program tesseract, does not know where its data is.
    wrapProgram $out/bin/gotest-driver-ocr --set-default TESSDATA_PREFIX ${tesseract}/share/tessdata
  ''
  + lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
    for shell in bash fish zsh; do
      $out/bin/gotest-driver completion $shell > gotest-driver.$shell
    done
    installShellCompletion --cmd gotest-driver \
      --bash gotest-driver.bash --fish gotest-driver.fish --zsh gotest-driver.zsh
  '';

  passthru = { inherit tesseract; };

  meta = {
    description = "NixOS test driver in Go: virtual machine tests in typed Starlark";
    homepage = "https://github.com/gotest-driver/gotest-driver";
    license = lib.licenses.mit;
    mainProgram = "gotest-driver";
    platforms = lib.platforms.unix;
  };
}

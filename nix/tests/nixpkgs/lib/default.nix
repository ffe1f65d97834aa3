# The few functions of nixpkgs' `lib` that the flake, the module and the stand-in use, under their
# real names and with their real meaning.
let
  inherit (builtins)
    attrNames
    concatLists
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    genList
    head
    isFunction
    length
    listToAttrs
    map
    match
    replaceStrings
    split
    stringLength
    substring
    ;

  lib = {
    inherit (builtins)
      attrNames
      attrValues
      concatMap
      concatStringsSep
      elem
      filter
      head
      length
      mapAttrs
      match
      ;

    # functions
    isFunction = f: isFunction f || (f ? __functor && isFunction (f.__functor f));
    fix =
      f:
      let
        x = f x;
      in
      x;
    extends =
      overlay: f: final:
      let
        previous = f final;
      in
      previous // overlay final previous;
    functionArgs = f: if f ? __functor then f.__functionArgs else builtins.functionArgs f;

    # attribute sets
    genAttrs =
      names: f:
      listToAttrs (
        map (name: {
          inherit name;
          value = f name;
        }) names
      );
    mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
    mapAttrs' = f: set: listToAttrs (lib.mapAttrsToList f set);
    nameValuePair = name: value: { inherit name value; };
    optionalAttrs = condition: set: if condition then set else { };
    recursiveUpdate =
      a: b:
      if builtins.isAttrs a && builtins.isAttrs b then
        a // builtins.mapAttrs (name: value: if a ? ${name} then lib.recursiveUpdate a.${name} value else value) b
      else
        b;

    # lists
    optional = condition: value: if condition then [ value ] else [ ];
    optionals = condition: values: if condition then values else [ ];
    unique = foldl' (seen: x: if elem x seen then seen else seen ++ [ x ]) [ ];
    flatten = x: if builtins.isList x then builtins.concatMap lib.flatten x else [ x ];
    subtractLists = without: filter (x: !(elem x without));
    last = list: elemAt list (length list - 1);
    any = builtins.any;
    all = builtins.all;

    # strings
    optionalString = condition: text: if condition then text else "";
    concatMapStringsSep =
      separator: f: list:
      concatStringsSep separator (map f list);
    concatStrings = concatStringsSep "";
    hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
    hasSuffix =
      suffix: text:
      let
        n = stringLength suffix;
        m = stringLength text;
      in
      m >= n && substring (m - n) n text == suffix;
    removeSuffix =
      suffix: text:
      if lib.hasSuffix suffix text then
        substring 0 (stringLength text - stringLength suffix) text
      else
        text;
    splitString = separator: text: filter builtins.isString (split (lib.escapeRegex separator) text);
    escapeRegex =
      replaceStrings (lib.stringToCharacters "\\[{()^$?*+|.") (
        map (c: "\\" + c) (lib.stringToCharacters "\\[{()^$?*+|.")
      );
    stringToCharacters = text: genList (i: substring i 1 text) (stringLength text);
    stringAsChars = f: text: lib.concatStrings (map f (lib.stringToCharacters text));
    escapeShellArg =
      value:
      let
        text = toString value;
      in
      if match "[[:alnum:],._+:@%/-]+" text == null then
        "'" + replaceStrings [ "'" ] [ "'\\''" ] text + "'"
      else
        text;
    escapeShellArgs = lib.concatMapStringsSep " " lib.escapeShellArg;
    versionAtLeast = a: b: builtins.compareVersions a b != -1;

    # packages
    lazyDerivation =
      {
        derivation,
        meta ? derivation.meta,
        passthru ? { },
      }:
      {
        type = "derivation";
        outputs = [ "out" ];
        inherit meta passthru;
        inherit (derivation)
          drvPath
          name
          outPath
          outputName
          system
          ;
        out = derivation;
      }
      // passthru;
    makeBinPath = packages: lib.concatMapStringsSep ":" (p: "${p}/bin") packages;
    getExe = package: lib.getExe' package package.meta.mainProgram;
    getExe' = package: name: "${package}/bin/${name}";
    getDev = package: package.dev or package;
    licenses.mit.spdxId = "MIT";
    licenses.asl20.spdxId = "Apache-2.0";
    platforms = {
      linux = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      darwin = [
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      unix = lib.platforms.linux ++ lib.platforms.darwin;
    };

    # diagnostics
    warnIf =
      condition: message: value:
      if condition then builtins.warn message value else value;
    throwIf =
      condition: message: value:
      if condition then throw message else value;
    assertMsg = condition: message: condition || throw message;
    setDefaultModuleLocation = file: module: {
      _file = file;
      imports = [ module ];
    };
    literalExpression = text: {
      _type = "literalExpression";
      inherit text;
    };
    literalMD = text: {
      _type = "literalMD";
      inherit text;
    };

    makeOverridable =
      f: args:
      let
        result = f args;
      in
      result // { override = new: lib.makeOverridable f (args // (if isFunction new then new args else new)); };
    callPackageWith =
      scope: file: args:
      let
        f = if isFunction file then file else import file;
        wanted = builtins.functionArgs f;
        missing = filter (name: !(scope ? ${name} || args ? ${name} || wanted.${name})) (attrNames wanted);
      in
      if missing != [ ] then
        throw "the stand-in has no ${concatStringsSep ", " missing}"
      else
        lib.makeOverridable f (builtins.intersectAttrs wanted scope // args);

    types = import ./types.nix { inherit lib; };
  }
  // import ./modules.nix { inherit lib; };
in
lib

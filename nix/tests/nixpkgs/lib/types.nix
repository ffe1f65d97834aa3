# The option types that the test framework's options have.
{ lib }:
let
  inherit (builtins)
    all
    attrNames
    concatMap
    elem
    filter
    isAttrs
    isBool
    isFunction
    isInt
    isList
    isString
    length
    map
    mapAttrs
    ;

  where = location: builtins.concatStringsSep "." location;
  isPackage = value: isAttrs value && value.type or null == "derivation";
  isPathLike = value: builtins.isPath value || isPackage value || (isString value && lib.hasPrefix "/" value);

  # All definitions must agree.
  mergeEqual =
    location: definitions:
    let
      first = (builtins.head definitions).value;
    in
    if length definitions == 1 || all (d: d.value == first) definitions then
      first
    else
      throw "The option `${where location}' has conflicting definition values";
  mergeOne =
    location: definitions:
    if length definitions == 1 then
      (builtins.head definitions).value
    else
      throw "The option `${where location}' is defined multiple times while it's expected to be unique.";

  scalar = description: check: {
    inherit description check;
    merge = mergeEqual;
  };

  # Attribute → its definitions, conditions resolved.
  byAttribute =
    definitions:
    lib.genAttrs (lib.unique (concatMap (d: attrNames d.value) definitions)) (
      name:
      (lib.effective (
        concatMap (d: lib.optional (d.value ? ${name}) (d // { value = d.value.${name}; })) definitions
      )).definitions
    );
  # Lazily, an attribute is there as soon as it has a definition, even one whose condition fails.
  attributesOf = lazy: type: {
    description = "attribute set of ${type.description}";
    check = isAttrs;
    emptyValue = { };
    merge =
      location: definitions:
      let
        given = byAttribute definitions;
        kept = filter (name: lazy || given.${name} != [ ]) (attrNames given);
      in
      lib.genAttrs kept (name: checked type (location ++ [ name ]) given.${name});
  };
  checked =
    type: location: definitions:
    if all (d: type.check d.value) definitions then
      type.merge location definitions
    else
      throw "A definition for option `${where location}' is not of type `${type.description}'.";

  types = {
    raw = {
      description = "raw value";
      check = _: true;
      merge = mergeOne;
    };
    bool = scalar "boolean" isBool;
    int = scalar "signed integer" isInt;
    ints.unsigned = scalar "unsigned integer, meaning >=0" (v: isInt v && v >= 0);
    ints.between = low: high: scalar "integer between ${toString low} and ${toString high} (both inclusive)" (
      v: isInt v && v >= low && v <= high
    );
    str = scalar "string" isString;
    path = scalar "absolute path" isPathLike;
    package = {
      description = "package";
      check = v: isPackage v || builtins.isPath v;
      merge = mergeOne;
    };
    enum = values: scalar "one of ${builtins.toJSON values}" (v: elem v values);
    nullOr =
      type:
      type
      // {
        description = "null or ${type.description}";
        check = v: v == null || type.check v;
        merge =
          location: definitions:
          if all (d: d.value == null) definitions then null else type.merge location definitions;
      };
    either = a: b: {
      description = "${a.description} or ${b.description}";
      check = v: a.check v || b.check v;
      merge =
        location: definitions:
        if all (d: a.check d.value) definitions then
          a.merge location definitions
        else
          b.merge location definitions;
    };
    functionTo = type: {
      description = "function that evaluates to a(n) ${type.description}";
      check = isFunction;
      merge =
        location: definitions:
        {
          __functionArgs = builtins.functionArgs (builtins.head definitions).value;
          __functor =
            _: argument:
            type.merge location (map (d: d // { value = d.value argument; }) definitions);
        };
    };
    listOf = type: {
      description = "list of ${type.description}";
      check = v: isList v && all type.check v;
      emptyValue = [ ];
      merge = _: definitions: concatMap (d: d.value) definitions;
    };
    attrsOf = attributesOf false;
    lazyAttrsOf = attributesOf true;
    deferredModule = {
      description = "module";
      check = v: isAttrs v || isFunction v || builtins.isPath v;
      merge = _: definitions: {
        imports = map (d: {
          _file = d.file;
          imports = [ d.value ];
        }) definitions;
      };
    };
    submodule = module: types.submoduleWith { modules = [ module ]; };
    submoduleWith =
      { modules, ... }@evaluation:
      {
        description = "submodule";
        check = v: isAttrs v || isFunction v || builtins.isPath v;
        emptyValue = { };
        merge =
          location: definitions:
          (lib.evalModules (
            evaluation
            // {
              prefix = location;
              specialArgs = {
                name = lib.last location;
              }
              // evaluation.specialArgs or { };
              modules =
                modules
                ++ map (d: {
                  _file = d.file;
                  imports = [ d.value ];
                }) definitions;
            }
          )).config;
      };
  };
in
types

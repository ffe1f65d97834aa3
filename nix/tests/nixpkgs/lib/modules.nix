# A module system with the semantics of nixpkgs' `lib.evalModules`, as far as the test framework's
# modules and the module under test rely on them: imports, classes, mkIf, mkMerge, priorities,
# readOnly, apply, submodules, module arguments, extendModules.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatLists
    concatMap
    filter
    foldl'
    isAttrs
    isFunction
    length
    map
    mapAttrs
    ;

  defaultPriority = 100;
  optionDefaultPriority = 1500;
  isType = type: value: isAttrs value && value._type or null == type;
  where = location: builtins.concatStringsSep "." location;

  # A module in any of its forms → { file; class; imports; options; freeform; config; }.
  normalize =
    {
      arguments,
      scope,
      defaultFile,
    }:
    module:
    let
      fromPath = builtins.isPath module || builtins.isString module;
      file = if fromPath then toString module else defaultFile;
      loaded = if fromPath then import module else module;
      # Named arguments are looked up one by one, so that a module may ask for one that another
      # module sets; `...` gives the rest.
      given =
        mapAttrs (name: _: scope.${name} or arguments.${name} or (throw "module argument `${name}' is not set")) (
          builtins.functionArgs loaded
        )
        // scope;
      body = if isFunction loaded then loaded given else loaded;
      special = [
        "_class"
        "_file"
        "key"
        "imports"
        "options"
        "config"
        "freeformType"
        "meta"
      ];
      long = body ? options || body ? config;
      stray = filter (name: !(builtins.elem name special)) (attrNames body);
      own = body._file or file;
    in
    {
      file = own;
      class = body._class or null;
      imports = body.imports or [ ];
      options = body.options or { };
      freeform = body ? freeformType;
      config =
        if long then
          if stray != [ ] then
            throw "module `${own}' has both `config'/`options' and the attribute `${builtins.head stray}'"
          else
            body.config or { }
        else
          removeAttrs body [
            "_class"
            "_file"
            "key"
            "imports"
          ];
    };

  # The conditions and priorities around a set of definitions, moved to its attributes.
  pushDown =
    value:
    if isType "merge" value then
      concatMap pushDown value.contents
    else if isType "if" value then
      map (mapAttrs (_: lib.mkIf value.condition)) (pushDown value.content)
    else if isType "override" value then
      map (mapAttrs (_: lib.mkOverride value.priority)) (pushDown value.content)
    else
      [ value ];

  discharge =
    value:
    if isType "merge" value then
      concatMap discharge value.contents
    else if isType "if" value then
      if value.condition then discharge value.content else [ ]
    else
      [ value ];

  # Definitions [{ file; value; }] → those of the strongest priority, bare.
  effective =
    definitions:
    let
      flat = concatMap (d: map (value: d // { inherit value; }) (discharge d.value)) definitions;
      ranked = map (
        d:
        d
        // (
          if isType "override" d.value then
            { inherit (d.value) priority; value = d.value.content; }
          else
            { priority = defaultPriority; }
        )
      ) flat;
      highest = foldl' (least: d: if d.priority < least then d.priority else least) 9999 ranked;
      kept = filter (d: d.priority == highest) ranked;
    in
    {
      inherit highest;
      # A priority may stand outside of mkIf and mkMerge.
      definitions = concatMap (d: map (value: { inherit (d) file; inherit value; }) (discharge d.value)) kept;
    };

  evalOption =
    location: option: definitions:
    let
      fallback = lib.optional (option ? default) {
        file = "default of ${where location}";
        value = lib.mkOverride optionDefaultPriority option.default;
      };
      chosen = effective (definitions ++ fallback);
      set = (effective definitions).definitions;
      type = option.type or lib.types.raw;
      bad = filter (d: !(type.check d.value)) chosen.definitions;
      merged =
        if option.readOnly or false && length set > 1 then
          throw "The option `${where location}' is read-only, but it's set multiple times."
        else if chosen.definitions == [ ] && !(type ? emptyValue) then
          throw "The option `${where location}' was accessed but has no value defined. Try setting the option."
        else if bad != [ ] then
          throw "A definition for option `${where location}' is not of type `${type.description}'. Definition values: - In `${(builtins.head bad).file}'"
        else if chosen.definitions == [ ] then
          type.emptyValue
        else
          type.merge location chosen.definitions;
      value = (option.apply or (x: x)) merged;
    in
    {
      inherit value;
      option = option // {
        inherit value;
        highestPrio = chosen.highest;
        isDefined = chosen.definitions != [ ];
        loc = location;
      };
    };

  # declarations: [{ file; options; }], definitions: [{ file; value; }] of one level of the tree.
  evalTree =
    location: declarations: definitions:
    let
      names = lib.unique (concatMap (d: attrNames d.options) declarations);
      pushed = concatMap (d: map (value: d // { inherit value; }) (pushDown d.value)) definitions;
      defined =
        name:
        concatMap (d: lib.optional (d.value ? ${name}) (d // { value = d.value.${name}; })) pushed;
      one =
        name:
        let
          here = concatMap (
            d: lib.optional (d.options ? ${name}) { inherit (d) file; options = d.options.${name}; }
          ) declarations;
          leaves = filter (d: isType "option" d.options) here;
          path = location ++ [ name ];
        in
        if leaves == [ ] then
          evalTree path here (defined name)
        else if length here > 1 then
          throw "The option `${where path}' is already declared in `${(builtins.head here).file}'."
        else
          let
            result = evalOption path (builtins.head leaves).options (defined name);
          in
          {
            config = result.value;
            options = result.option;
            stray = [ ];
          };
      children = lib.genAttrs names one;
    in
    {
      config = mapAttrs (_: c: c.config) children;
      options = mapAttrs (_: c: c.options) children;
      stray =
        concatMap (
          d:
          map (name: { inherit (d) file; path = location ++ [ name ]; }) (
            filter (name: !(children ? ${name})) (attrNames d.value)
          )
        ) pushed
        ++ concatMap (name: children.${name}.stray) names;
    };
in
{
  mkOption = attrs: attrs // { _type = "option"; };
  mkEnableOption =
    what:
    lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether to enable ${what}.";
    };
  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkForce = lib.mkOverride 50;
  mkDefault = lib.mkOverride 1000;

  inherit effective;

  evalModules =
    {
      modules,
      specialArgs ? { },
      prefix ? [ ],
      class ? null,
    }@evaluation:
    let
      scope = specialArgs // {
        inherit lib config options;
        inherit extendModules moduleType;
      };
      arguments = tree.config._module.args;
      gather =
        defaultFile: module:
        let
          m = normalize { inherit arguments scope defaultFile; } module;
        in
        if m.class != null && class != null && m.class != class then
          throw "The module `${m.file}' (class: `${m.class}') cannot be imported into a module evaluation that expects class `${class}'."
        else
          [ m ] ++ concatMap (gather m.file) m.imports;
      internal = {
        _file = "modules.nix";
        options._module.args = lib.mkOption {
          type = lib.types.lazyAttrsOf lib.types.raw;
          default = { };
        };
      };
      all = concatMap (gather "<unknown>") ([ internal ] ++ modules);
      tree = evalTree prefix (map (m: { inherit (m) file options; }) all) (
        map (m: {
          inherit (m) file;
          value = m.config;
        }) all
      );
      # Of a freeform type only this: definitions without an option are let pass.
      config =
        if tree.stray != [ ] && !(builtins.any (m: m.freeform) all) then
          let
            first = builtins.head tree.stray;
          in
          throw "The option `${where first.path}' does not exist. Definition values: - In `${first.file}'"
        else
          removeAttrs tree.config [ "_module" ];
      options = removeAttrs tree.options [ "_module" ];
      extendModules =
        {
          modules ? [ ],
          specialArgs ? { },
          prefix ? [ ],
        }:
        lib.evalModules (
          evaluation
          // {
            modules = evaluation.modules ++ modules;
            specialArgs = evaluation.specialArgs or { } // specialArgs;
            prefix = if prefix == [ ] then evaluation.prefix or [ ] else prefix;
          }
        );
      moduleType = lib.types.submoduleWith (evaluation // { modules = evaluation.modules; });
    in
    {
      inherit config options extendModules;
      type = moduleType;
      _type = "configuration";
    };
}

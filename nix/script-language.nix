# The language of a test script: "python" if it has statements that Starlark lacks or f-strings, else
# "starlark". Strings and comments don't count.
script:
let
  inherit (builtins)
    any
    concatStringsSep
    elemAt
    filter
    foldl'
    genList
    isList
    isString
    length
    match
    split
    ;

  # Triple-quoted strings span lines: first the text between two quotes of a kind is removed.
  outside =
    quotes: text:
    let
      parts = filter isString (split quotes text);
      kept = genList (i: elemAt parts (2 * i)) ((length parts + 1) / 2);
    in
    concatStringsSep "\"\"" kept;
  lines = filter isString (split "\n" (outside "'''" (outside "\"\"\"" script)));

  # A line → its code without strings and comment, and whether it has an f-string.
  literal = ''([A-Za-z]*)("([^"\]|\\.)*"|'([^'\]|\\.)*')'';
  scan =
    line:
    foldl'
      (
        seen: piece:
        if seen.comment then
          seen
        else if isList piece then
          seen
          // {
            code = seen.code + "\"\"";
            formatted = seen.formatted || match "[rR]?[fF][rR]?" (elemAt piece 0) != null;
          }
        else
          seen
          // {
            code = seen.code + elemAt (split "#" piece) 0;
            comment = match "[^#]*#.*" piece != null;
          }
      )
      {
        code = "";
        formatted = false;
        comment = false;
      }
      (split literal line);

  statement =
    text:
    any (pattern: match pattern text != null) [
      "[ \t]*(import|from|with|class|raise|assert|del|global|nonlocal|async|await|except|while|yield)[ \t]+[^=].*"
      "[ \t]*(try|finally|except)[ \t]*:.*"
      "[ \t]*(raise|yield)[ \t]*"
      "[ \t]*@[A-Za-z_].*"
      ".*[^A-Za-z0-9_](is|is[ \t]+not)[ \t]+None([^A-Za-z0-9_].*)?"
    ];
in
if
  any (
    line:
    let
      scanned = scan line;
    in
    scanned.formatted || statement scanned.code
  ) lines
then
  "python"
else
  "starlark"

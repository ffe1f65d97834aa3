# makeWrapper and wrapProgram with the options that the flake uses; any other is an error.
makeWrapper() {
  local program=$1 wrapper=$2 flags=() argv0='$0'
  shift 2
  mkdir -p "$(dirname "$wrapper")"
  {
    echo '#!/bin/bash -e'
    while [ $# -gt 0 ]; do
      case $1 in
        --set) printf 'export %s=%q\n' "$2" "$3"; shift 3 ;;
        --set-default) printf 'export %s=${%s-%q}\n' "$2" "$2" "$3"; shift 3 ;;
        --prefix) printf 'export %s=%q${%s:+%q$%s}\n' "$2" "$4" "$2" "$3" "$2"; shift 4 ;;
        --add-flags) flags+=("$2"); shift 2 ;;
        --add-flag) flags+=("$(printf %q "$2")"); shift 2 ;;
        *) echo "makeWrapper: unknown option $1" >&2; return 1 ;;
      esac
    done
    echo "exec \"$program\" ${flags[*]} \"\$@\""
  } > "$wrapper"
  chmod +x "$wrapper"
}

wrapProgram() {
  local program=$1 hidden
  hidden=$(dirname "$program")/.$(basename "$program")-wrapped
  shift
  mv "$program" "$hidden"
  makeWrapper "$hidden" "$program" "$@"
}

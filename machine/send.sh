# Runs in the guest: sends the file or directory s to descriptor 3, and then to standard output what there is to tell: the
# tools' messages, and their length in 8 digits.
export LC_ALL=C

gnu() { [[ $(tar --version 2>&1) == *GNU* ]]; }

copy() {
  local size blocks mode
  read -r size blocks mode < <(stat -L -c '%s %b %a' "$s") || return
  if [[ -d $s ]]; then
    echo "dir $mode" && cd -P -- "$s" && beyond && archive .
  elif [[ ! -f $s ]]; then
    echo "neither a file nor a directory" >&2
    return 1
  elif ((size - 512 * blocks >= 1 << 20)) && gnu; then
    echo "sparse $mode" && archive -Ph "$s"
  else
    echo "file $mode" && cat -- "$s"
  fi
}

archive() {
  local status=0
  if ! gnu; then
    tar -cf - "$@"
    return
  fi
  tar -cSf - "$@" || status=$?
  ((status <= 1)) # 1: a file has changed while it was read
}

# beyond sends archives of what links lead to that lead out of the working directory, in the place of the links, which would
# lead nowhere on the host. A directory around this one would have no end.
beyond() {
  local l text to i names=()
  while IFS= read -r -d '' l && IFS= read -r -d '' text; do
    if leaves "$l" "$text" && [[ -f $l || -d $l ]]; then
      [[ -d $l ]] && to=$(cd -P -- "$l" && pwd) && [[ $PWD/ == "${to%/}"/* ]] || names+=("$l")
    fi
  done < <(links)
  for ((i = 0; i < ${#names[@]}; i += 500)); do # more may be too long for one command line
    archive -h "${names[@]:i:500}" || return
  done
}

# links prints each link below the working directory, and its text.
links() {
  if find . -maxdepth 0 -printf x >/dev/null 2>&1; then
    find . -type l -printf '%p\0%l\0'
  else
    find . -type l -print0 | while IFS= read -r -d '' l; do printf '%s\0%s\0' "$l" "$(readlink "$l")"; done
  fi
}

# leaves reports whether a link (./a/b) with this text leads out of the working directory.
leaves() {
  local rest=$2/ slashes=${1//[!\/]/}
  local depth=$((${#slashes} - 1))
  [[ $2 != /* ]] || return 0
  while [[ $rest ]]; do
    case ${rest%%/*} in
      ..) ((--depth >= 0)) || return 0 ;;
      '' | .) ;;
      *) ((++depth)) ;;
    esac
    rest=${rest#*/}
  done
  return 1
}

status=0
m=$({ copy | dd bs=65536 status=none >&3; } 2>&1) || status=$?
m=${m:0:4000}
printf '%s%08d' "$m" "${#m}"
exit "$status"

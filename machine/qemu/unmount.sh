mounts=()
while read -r tag target type options _; do
  [[ $type == 9p ]] && mounts+=("$(printf '%b\t%b\t%s' "${tag//\\/\\0}" "${target//\\/\\0}" "$options")")
done </proc/mounts
for ((i = ${#mounts[@]} - 1; i >= 0; i--)); do
  IFS=$'\t' read -r tag target options <<<"${mounts[i]}"
  if umount "$target"; then
    printf 'unmounted\t%s\t%s\t%s\n' "$tag" "$target" "$options"
    continue
  fi
  users='' last=''
  # One process for all links: a process for each would take a minute in an emulated guest.
  while read -r line; do
    [[ $line == *" -> $target"?(/*) && $line =~ \ /proc/([0-9]+)/ ]] || continue
    p=${BASH_REMATCH[1]}
    [[ $p == "$last" ]] || users+=" $(<"/proc/$p/comm")($p)"
    last=$p
  done < <(ls -l /proc/[0-9]*/{cwd,root,exe} /proc/[0-9]*/fd/* 2>/dev/null || :)
  printf 'busy\t%s\t%s\n' "$target" "$users"
  exit 0
done

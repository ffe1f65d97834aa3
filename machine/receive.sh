# Runs in the guest: takes what package filetree sends, and puts it in its place.
#
# f is the target, p its directory, base the source's name, files the modes and names of the files that come by their blocks,
# dir is set when an archive follows, verify when size and SHA-256 of the file are asked for.
umask 0
export LC_ALL=C
mkdir -p "$p"
if [[ -d $f ]]; then p=$f f=${f%/}/$base; fi
d=$p/.copy-$id
mkdir -m 700 "$d"
trap 'rm -rf "$d"' EXIT
blocks=()

# put takes a file: blocks, each with its place, and the size.
put() {
  local n at
  while read -r n at && ((n)); do
    blocks+=("skip=$at count=$n")
    dd of="$1" bs=65536 seek="$at" count="$n" iflag=fullblock conv=notrunc status=none
  done
  dd if=/dev/null of="$1" bs=1 seek="$at" count=0 status=none
}

for ((i = 0; i < ${#files[@]}; i += 2)); do
  file=$d/${files[i + 1]}
  mkdir -p "${file%/*}" # the archive gives it its mode
  put "$file"
  chmod "${files[i]}" "$file"
done
if [[ ${dir-} ]] && ! tar -xpmf - -C "$d"; then
  # GNU tar does not tell that there is room for a part of a block only.
  dd if=/dev/zero of="$d/$base/.full" bs=65536 count=1 status=none
  exit 1
fi
# Whatever uses the file goes on with the old one. A file that something is mounted on can only be written to.
if [[ -d $d/$base && -d $f ]] || ! mv -fT "$d/$base" "$f" 2>/dev/null; then cp -RPfT "$d/$base" "$f"; fi
if [[ ${verify-} ]]; then
  stat -L -c %s "$f"
  if type -P sha256sum >/dev/null; then
    for b in "${blocks[@]}"; do
      # shellcheck disable=SC2086 # two operands
      dd if="$f" bs=65536 $b status=none
    done | sha256sum
  fi
fi

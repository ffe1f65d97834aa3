# Functions of the recipes that make a guest of a Debian system. Needs common.sh.

# as_root COMMAND…: COMMAND as root, or as the root of a user namespace.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else unshare --map-root-user --map-auto "$@"; fi
}

# unpack_system DIR: the system of DIR/root.tar as WORK/root.
unpack_system() {
  say 0 "unpacking the system"
  mkdir "$WORK/root"
  as_root tar -C "$WORK/root" -xf "$1/root.tar" --numeric-owner --xattrs --xattrs-include='*' --exclude='./dev/*'
  cp "$1/packages" "$OUT/packages"
}

# set_up KIND HOSTNAME: makes WORK/root a test guest.
set_up() {
  say 30 "setting up the guest"
  export RECIPES BASE SOURCE_DATE_EPOCH
  as_root bash "$RECIPES/files/setup-debian.sh" "$WORK/root" "$@"
}

# make_disk: WORK/root as the files of an ext4 file system. The disk is sparse: it takes the space of its files.
make_disk() {
  say 60 "making the disk"
  as_root find "$WORK/root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  truncate -s 4G "$OUT/disk.img"
  E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH as_root mke2fs -q -t ext4 -F -O ^has_journal,^metadata_csum -m 0 -L gotest \
    -U 676f7465-7374-4d64-8269-766572000001 -E hash_seed=676f7465-7374-4d64-8269-766572000002,root_owner=0:0,nodiscard \
    -d "$WORK/root" "$OUT/disk.img"
  # When the files of the tree were unpacked and read is of no interest to the guest.
  local used
  used=$(dumpe2fs -h "$OUT/disk.img" 2> /dev/null | awk -F: '/^Inode count/ { n = $2 } /^Free inodes/ { n -= $2 } END { print n }')
  { echo 2; seq 11 "$used"; } | awk -v time="@$SOURCE_DATE_EPOCH" '{ print "sif <" $1 "> ctime " time; print "sif <" $1 "> atime " time }' |
    E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH debugfs -w -f /dev/stdin "$OUT/disk.img" > "$WORK/debugfs.log" 2>&1
  as_root rm -rf "$WORK/root"
}

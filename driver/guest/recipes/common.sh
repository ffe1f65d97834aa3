# Shell functions that the recipes share. A recipe is run by bash with
#   WORK     an empty directory for intermediate files
#   OUT      the directory whose files become the image
#   SOURCES  an apt sources file that holds Debian's own suites only
#   APTCONF  an apt configuration file (proxies of this machine, nothing else)
#   RECIPES  the directory of this file
#   SOURCE_DATE_EPOCH  the time stamp of every file that goes into an image
# and, for each recipe that it stands on, a variable of that one's name (BASE, SYSTEM, …) with the directory of its files.
set -euo pipefail
shopt -s extglob nullglob
export LC_ALL=C TZ=UTC PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022

# say PERCENT TEXT: one line of progress for the user.
say() { echo "::$1 ${*:2}"; }

#!/usr/bin/env bash
# run.sh: uses the extension in Visual Studio Code like a user: packages it, installs it, opens a workspace in a
# headless Chromium, and checks what the editor shows. It needs go, node with npm and its headers, a C++ compiler,
# chromium, and 600 MB of disk. Once, it installs Visual Studio Code from the npm package code-server into DIR.
# Environment: DIR (default ~/.cache/gotest-driver-vscode), CHROMIUM (default chromium), PORT (default 8123).
# The pictures of all steps are in DIR/pictures.
set -euo pipefail
extension=$(cd "$(dirname "$0")/.." && pwd)
dir=${DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/gotest-driver-vscode}
port=${PORT:-8123}
mkdir -p "$dir"
cd "$dir"

code=$dir/node_modules/code-server/lib/vscode
if [ ! -e "$code/.ready" ]; then
  [ -e package.json ] || npm init -y > /dev/null
  # code-server's own scripts would also build modules that only its login page needs.
  npm install --ignore-scripts code-server playwright-core
  (cd "$code" && npm install --ignore-scripts --omit=dev)
  gyp=$(npm root -g)/npm/node_modules/node-gyp/bin/node-gyp.js
  for module in native-watchdog @vscode/spdlog @vscode/deviceid node-pty; do
    (cd "$code/node_modules/$module" && node "$gyp" rebuild --nodedir="$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")")
  done
  touch "$code/.ready"
fi

(cd "$extension/../.." && go build -o "$dir" ./cmd/gotest-driver/...)
rm -rf data extensions pictures
mkdir -p package data/data/Machine data/data/User extensions pictures
cp "$extension"/* "$extension/.vscodeignore" package/ 2> /dev/null || true # not its directories
(cd package && npm install > /dev/null && npm run package > /dev/null)

run=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || kill "$server" || true
  rm -rf "$run"
}
trap finish EXIT
cp "$extension"/test/workspace/* "$run"
settings=$dir/data/data/Machine/settings.json
echo '{"gotestDriver.path": "no-such-program"}' > "$settings"
cat > data/data/User/settings.json << END
{"security.workspace.trust.enabled": false, "workbench.startupEditor": "none", "extensions.autoCheckUpdates": false}
END
flags=(--accept-server-license-terms --telemetry-level off --server-data-dir "$dir/data" --extensions-dir "$dir/extensions")
node "$code/out/server-main.js" "${flags[@]}" --install-extension package/gotest-driver.vsix
node "$code/out/server-main.js" "${flags[@]}" --without-connection-token --host 127.0.0.1 --port "$port" > server.log 2>&1 &
server=$!
for _ in $(seq 100); do
  ! curl --silent --output /dev/null "http://127.0.0.1:$port/" || break
  sleep 0.2
done
CHROMIUM=$(command -v "${CHROMIUM:-chromium}")
export CHROMIUM
cp "$extension/test/vscode.mjs" .
node vscode.mjs "http://127.0.0.1:$port" "$run" "$dir/pictures" "$settings" "$dir/gotest-driver"

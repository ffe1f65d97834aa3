# The stand-in's generic builder: PATH from the inputs, their setup hooks, then the phases.
export PATH=/usr/bin:/usr/sbin
export HOME=/homeless-shelter
for input in $nativeBuildInputs $buildInputs; do
  PATH=$input/bin:$PATH
  [ ! -e "$input/nix-support/setup-hook" ] || source "$input/nix-support/setup-hook"
done
if [ -n "$buildCommandPath" ]; then
  source "$buildCommandPath"
elif [ -n "$buildCommand" ]; then
  eval "$buildCommand"
else
  cp -r "$src" source
  chmod -R u+w source
  cd source
  eval "$buildPhase"
  eval "$installPhase"
  if [ -n "$doInstallCheck" ]; then
    eval "$installCheckPhase"
  fi
fi

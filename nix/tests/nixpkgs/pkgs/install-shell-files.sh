installShellCompletion() {
  local name=
  while [ $# -gt 0 ]; do
    case $1 in
      --cmd) name=$2; shift 2 ;;
      --bash) install -D -m644 "$2" "$out/share/bash-completion/completions/$name.bash"; shift 2 ;;
      --fish) install -D -m644 "$2" "$out/share/fish/vendor_completions.d/$name.fish"; shift 2 ;;
      --zsh) install -D -m644 "$2" "$out/share/zsh/site-functions/_$name"; shift 2 ;;
      *) echo "installShellCompletion: unknown option $1" >&2; return 1 ;;
    esac
  done
}

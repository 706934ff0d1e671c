# Read by the shell of session.ts: the commands of this repository run in one process that stays, which loads once what
# each start would load. A process of its own has a command whose output goes elsewhere, or that runs beside the shell.
exec 9>&1

fossawork-db() { here fossawork-db "$@"; }
migrate() { here migrate "$@"; }

here() {
  asked="$*"
  if [ "$BASHPID" = "$$" ] && [ /dev/fd/1 -ef /dev/fd/9 ] && [ /dev/fd/2 -ef /dev/fd/9 ]; then
    [ -e "$SCRATCH/began" ] || begin
    if changed; then
      echo end >&7
      read -r ended <&8
      begin
    fi
    printf '%s\0' "$PWD" "$@" >"$SCRATCH/asked"
    env -0 >"$SCRATCH/environment"
    echo run >&7
    read -r ended <&8
  else
    command "$@"
    ended=$?
  fi
  return "$ended"
}

begin() {
  touch "$SCRATCH/began"
  rm -f "$SCRATCH/ask" "$SCRATCH/answer"
  mkfifo "$SCRATCH/ask" "$SCRATCH/answer"
  exec 7<>"$SCRATCH/ask" 8<>"$SCRATCH/answer"
  # in a shell of its own, so that $! stays the document's; a process that ends by itself has answered with its status
  ({
    node "$REPOSITORY/test/docs/warm.ts" "$SCRATCH" <&7
    ended=$?
    rm -f "$SCRATCH/began"
    echo "$ended" >&8
  } &)
}

# Node keeps the modules that it has loaded, so whoever writes one gets a new process.
changed() {
  [ -n "$(find . -path ./node_modules -prune -o -newer "$SCRATCH/began" \
    \( -name '*.ts' -o -name '*.js' -o -name '*.mjs' \) -print -quit)" ]
}

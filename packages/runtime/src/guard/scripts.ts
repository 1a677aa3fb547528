/**
 * The shell programs that stand between this process and runc. A shell is small, survives a `kill -9` of this process, and
 * its standard input tells it of that: it reads the end.
 *
 * They run in a mount namespace of their own (`unshare --mount`), in which the root file system is mounted. The namespace
 * is gone with the last process in it, and the mounts with the namespace. Whoever removes a directory of a container there
 * unmounts first.
 * @module
 */

/**
 * Arguments 1 to 5: working directory, type, options and source of the root file system's mount, and where. \`leave\`
 * removes a directory, and only when nothing is mounted in it any more: what is mounted must not be removed as well.
 */
const mountRoot = `
trap '' HUP INT QUIT TERM PIPE
root=$5
leave() { umount "$root" && rmdir "$root" && rm -rf "$1"; }
cd "$1" || exit 1
if [ "$2" = bind ]; then mount -o "$3" "$4" "$5"; else mount -t "$2" -o "$3" "$4" "$5"; fi || exit 1
cd /
shift 5
`

/**
 * One command from its start to the end of everything it started. Further arguments: directory of the bundle, its ID, the
 * state directory of runc, runc.
 *
 * It says \`ready\` when the root file system can be looked at, and waits for \`go\`; it then says \`running\` when both
 * outputs have their writer, and at last \`ended STATUS\` and what runc wrote into its log. When its input ends before, everything is killed. runc and all below it live in a process ID
 * namespace; the first process of that is killed by the kernel when its parent dies, and that one when this shell does.
 */
export const stepScript = `${mountRoot}
bundle=$1 id=$2 state=$3 runc=$4
mkfifo -m 600 "$bundle/stdout" "$bundle/stderr" || exit 1
echo ready
read -r word && [ "$word" = go ] || { leave "$bundle"; exit 1; }
exec 3<&0 4>"$bundle/stdout" 5>"$bundle/stderr"
echo running
setpriv --pdeathsig KILL -- unshare --pid --fork --kill-child --mount --mount-proc -- \\
  "$runc" --root "$state" --log "$bundle/log" --log-format json run --bundle "$bundle" "$id" \\
  </dev/null >&4 2>&5 3<&- 4>&- 5>&- &
step=$!
exec 4>&- 5>&-
{
  while read -r word; do :; done <&3
  kill -KILL $(cat "/proc/$step/task/$step/children") "$step"
} >/dev/null 2>&1 &
watch=$!
wait "$step"
status=$?
# TERM is ignored in it as well, and what it is to kill has another one's number some day.
kill -KILL "$watch" 2>/dev/null
wait "$watch" 2>/dev/null
for try in 1 2 3 4 5; do
  [ -e "$state/$id" ] || break
  "$runc" --root "$state" delete --force "$id" >/dev/null 2>&1 || sleep 0.1
done
echo "ended $status"
cat "$bundle/log" 2>/dev/null
leave "$bundle"
`

/**
 * Starts a container that outlives this process. Further arguments: ID, state directory of runc, runc, the container's directory,
 * and conmon with its arguments.
 *
 * It says \`ready\` and waits for \`go\` as above, starts conmon in the container's directory, says \`conmon STATUS\`, and waits to be
 * told that the container's process was \`started\`. When its input ends before that, the container is killed.
 */
export const startScript = `${mountRoot}
id=$1 state=$2 runc=$3 directory=$4
shift 4
echo ready
read -r word && [ "$word" = go ] || exit 1
cd "$directory" || exit 1
"$@" </dev/null >/dev/null
echo "conmon $?"
exec 3>&-
cd /
read -r word && [ "$word" = started ] && exit 0
while pid=$(cat "$directory/conmon.pid") && readlink "/proc/$pid/exe"; do
  # It has ended by itself; what conmon still waits for is whoever started it.
  [ -e "$directory/ended" ] && [ ! -e "$state/$id" ] && break
  "$runc" --root "$state" delete --force "$id" || :
  sleep 0.05
done >/dev/null 2>&1
`

/**
 * What conmon runs in its own place when the container has ended. Arguments: runc, its state directory, ID, directory of
 * the container, its claim or nothing, the directory of its writable layer, and the command that removes a container that nobody
 * attends to.
 *
 * Whoever attended to one of \`--rm\` to its end has taken its name and its record away, and does not wait: the rest goes here. When
 * this is killed, the claim is still there, and whoever comes next does it.
 */
export const endScript = `
runc=$1 state=$2 id=$3 directory=$4 claim=$5 layer=$6
shift 6
for try in 1 2 3 4 5; do
  [ -e "$state/$id" ] || break
  "$runc" --root "$state" delete --force "$id" || sleep 0.1
done >/dev/null 2>&1
umount "$directory/rootfs" 2>/dev/null
[ -d "$directory" ] && : >"$directory/ended"
if [ -n "$claim" ] && [ -e "$claim" ]; then
  # By descriptor: by name, flock would make the file anew that was removed a moment ago.
  { exec 9<"$claim" && flock 9; } 2>/dev/null
  [ -d "$directory" ] || exit 0
  if [ ! -e "$directory/container.json" ] && [ ! -e "$state/$id" ]; then
    # Where the root file system is mounted still, nothing is removed.
    rmdir "$directory/rootfs" && rm -rf "$layer" "$directory" && rm -f "$claim"
    exit 0
  fi 2>/dev/null
  exec 9<&-
  exec "$@"
fi
exit 0
`

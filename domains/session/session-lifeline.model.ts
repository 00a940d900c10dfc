import { utf8 } from '@huabiao/kit/merkle/bytes'
import { commandLine, type ExecutionGrant, terminalLine } from './session-grant.model.ts'

/**
 * The lifeline of a step on its target. sshd takes no signal for a forced command and, without a terminal, leaves it running when the
 * connection goes away. So the certificate forces a few words of POSIX sh before the step's line that keep standard input open: as long
 * as it lives, so may the step; when it ends (kill, time-out, gateway or network gone), everything in the step's process group ends
 * (NT-D02, NT-E09). Nothing is installed on the target. What people approve, and see in the recording, stays the plain line.
 *
 * sshd starts each command as the leader of a process group of its own (setsid in session.c), hence `kill … 0`. A step that ends by
 * itself ends the lifeline too, and then nobody is killed: what it left behind on purpose is the plan's business (hazard.background).
 *
 * Out of reach: a process that leaves the group (setsid, a daemon, systemd-run, at, a container's runtime) or is another account's, and
 * whatever a service does that was asked to. A connection that dies without a word is noticed when the target's sshd notices it
 * (ClientAliveInterval). The login shell must be of sh's family (bash, dash, ksh, zsh): another one refuses the line as a whole.
 */
const watch = 'while read -r _; do :; done; kill -0 $$ || exit; trap "" TERM; kill -TERM 0; sleep 0.3 || sleep 1; kill -KILL 0'

/** The watcher is nobody's child, so that no `wait` of the step meets a stranger. The line goes on in the very shell that would have had it. */
const withoutInput = (line: string): string => `exec 3<&0 </dev/null; ( { ${watch}; } <&3 >/dev/null 2>&1 & ); exec 3<&-; ${line}`

/**
 * The input comes first on the lifeline, as `lifelineInput` frames it. A step whose input is cut off is killed before it sees an end of
 * it: half a script must not count as a whole one. Its exit code is its own; a signal shows as 128 + n, as in every shell.
 */
const withInput = (line: string): string =>
  [
    'head -c 1 </dev/null || exit 127; exec 3<&0 4>&2 2>/dev/null',
    `{ read -r n && { head -c "$n"; read -r _; } || kill -KILL 0; { ${watch}; } <&3 >/dev/null 4>&- & } <&3 | { exec 2>&4 3<&- 4>&-; ${line}; }`,
  ].join('; ')

/**
 * A terminal is its own lifeline: sshd hangs up when the connection goes. What ignores that ends with the watcher, which looks whether
 * sshd is still there and then ends the whole session of processes. Out of reach is what left it; the target's own records show that.
 * The first words name our session for those records.
 */
const onTerminal = (sessionId: string): string =>
  `: hb-session=${sessionId}; ( trap "" HUP INT QUIT TERM TSTP; tail -s 0.3 --pid=$PPID -f /dev/null || while kill -0 $PPID; do sleep 1; done; pkill -KILL -s $$; kill -KILL 0 ) </dev/null >/dev/null 2>&1 & ${terminalLine}`

/** What the certificate forces: `commandLine` on its lifeline. */
export function forcedLine(grant: Pick<ExecutionGrant, 'command' | 'sessionId'>): string {
  if (grant.command.kind === 'interactive') return onTerminal(grant.sessionId)
  const line = commandLine(grant)
  if (grant.command.kind === 'command') return withoutInput(line)
  return withInput(grant.command.kind === 'script' ? `exec ${line}` : line)
}

/** What the gateway sends before it holds the lifeline open: length, bytes, and a line that says that they were all. */
export const lifelineInput = (kind: ExecutionGrant['command']['kind'], input: Uint8Array): Uint8Array[] =>
  kind === 'command' || kind === 'interactive' ? [] : [utf8(`${input.length}\n`), input, utf8('\n')]

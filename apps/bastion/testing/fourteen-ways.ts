const [tab, backspace, killLine, up, searchBack, pasteOn, pasteOff] = [
  '\t',
  '\x7f',
  '\x15',
  '\x1b[A',
  '\x12',
  '\x1b[200~',
  '\x1b[201~',
]
/**
 * Fourteen ways to run `id -un` through a recorded terminal (anchors/bastion.md §2.5), as the keys that a bash at the other end would take:
 * each starts it exactly once. Keys and echo miss some of them.
 */
export const fourteenWays: readonly (readonly [string, string])[] = [
  ['plain', 'id -un\r'],
  ['backspace-edited', `ix${backspace}d -un\r`],
  ['ctrl-U rewrite', `echo harmless${killLine}id -un\r`],
  ['history-up', `${up}${up}\r`],
  ['tab then rewrite', `ec${tab}${killLine}id -un\r`],
  ['alias', `alias zz='id -un'\rzz\r`],
  ['variable split', `a=i; b=d; $a$b -un\r`],
  ['base64 into sh', `echo aWQgLXVuCg== | base64 -d | sh\r`],
  ['eval', `eval "$(printf 'i%s -un' d)"\r`],
  ['alternate screen', `tput smcup; id -un; tput rmcup\r`],
  ['no echo', `stty -echo\rid -un\rstty echo\r`],
  ['heredoc', `sh <<E\rid -un\rE\r`],
  ['ctrl-R', `${searchBack}id -u\r`],
  ['paste', `${pasteOn}id -un${pasteOff}\r`],
]

/** The read-only list as a person looks for it; with the forms where only some are read-only. */
export const observeGroups: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  files: {
    ...plain('ls cat head tail grep wc cut stat file readlink realpath du df lsblk findmnt sha256sum md5sum echo true pwd'),
    mount: 'mount',
  },
  system: {
    ...plain('uptime uname nproc free ps pgrep pidof vmstat iostat mpstat lscpu lsmem lspci lsof date'),
    hostname: 'hostname',
  },
  network: { ...plain('ss netstat ping'), ip: 'ip [-br] address | route | link | neigh | rule' },
  services: {
    systemctl: 'systemctl status | is-active | is-enabled | is-failed | show | cat | list-units | list-timers',
    journalctl: 'journalctl',
    dmesg: 'dmesg',
    timedatectl: 'timedatectl status | show',
  },
  packages: { dpkg: 'dpkg -l | -L | -s | -S', rpm: 'rpm -q | -qa | -qi | -ql' },
  people: plain('id whoami groups who w last getent printenv'),
}
function plain(names: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [name, name]))
}

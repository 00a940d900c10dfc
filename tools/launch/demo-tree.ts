// What lies on a demo target: a small service with a configuration, a version and a control script, so that a change
// really changes something and its verification can fail.

export type DemoService = 'app' | 'db'

export function demoFiles(target: string, service: DemoService): Record<string, string> {
  const port = service === 'app' ? 8080 : 5432
  return {
    VERSION: service === 'app' ? '2.3.1\n' : '15.6\n',
    [`${service}.conf`]: [
      `name=${target}`,
      `listen=127.0.0.1:${port}`,
      'workers=4',
      'timeout_seconds=30',
      'log_level=info',
      '',
    ].join('\n'),
  }
}

/** The control script: `appctl status|version|reload|deploy <version>|rollback` on the files under HB_ROOT. */
export const appControl = `#!/bin/sh
# Stands for the control program of a service. It works on the files of the account that runs it.
set -eu
: "\${HB_ROOT:?is not set}"
case "$(id -un)" in hb-db) service=db ;; *) service=app ;; esac
here="$HB_ROOT/$service"
conf="$here/$service.conf"
setting() { sed -n "s/^$1=//p" "$conf" | tail -n 1; }

case "\${1:-}" in
  status)
    echo "service=$service target=$(setting name) version=$(cat "$here/VERSION") workers=$(setting workers)"
    echo "config=$(sha256sum "$conf" | cut -c 1-16) reloaded=$(cat "$here/reloaded" 2>/dev/null || echo never) state=running"
    ;;
  version) cat "$here/VERSION" ;;
  reload)
    case "$(setting workers)" in '' | *[!0-9]*) echo "appctl: workers is no number" >&2 && exit 2 ;; esac
    [ -n "$(setting listen)" ] || { echo "appctl: listen is missing" >&2 && exit 2; }
    date -u +%Y-%m-%dT%H:%M:%SZ >"$here/reloaded"
    echo "reloaded $service"
    ;;
  deploy)
    [ -n "\${2:-}" ] || { echo "appctl: deploy which version?" >&2 && exit 2; }
    cp "$here/VERSION" "$here/VERSION.before"
    printf '%s\\n' "$2" >"$here/VERSION"
    echo "deployed $2"
    ;;
  rollback)
    [ -f "$here/VERSION.before" ] || { echo "appctl: nothing to roll back to" >&2 && exit 2; }
    mv "$here/VERSION.before" "$here/VERSION"
    echo "rolled back to $(cat "$here/VERSION")"
    ;;
  *) echo "usage: appctl status | version | reload | deploy <version> | rollback" >&2 && exit 64 ;;
esac
`

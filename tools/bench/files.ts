import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { artifactMaxBytes } from '@huabiao/domains/change/change-plan.model'
import { GatewayPlace } from './gateway-place.ts'
import { dash, noGoal, type Row, times } from './row.ts'
import { cpuMs, interleaved, median } from './timing.ts'

const cipher = 'chacha20-poly1305@openssh.com'
const mebibytes = artifactMaxBytes / 2 ** 20
/** The peer's server, which the demo's sshd does not name as a subsystem. */
const peerServer = '/usr/lib/openssh/sftp-server'

/**
 * The same OpenSSH client puts and gets the largest artifact: through the gateway, where each operation is parsed, decided and digested twice
 * (SM3, SHA-256) and the content goes to or comes from the control plane; and at the target's own sftp-server, which does nothing of it.
 */
export async function files(): Promise<Row[]> {
  const place = new GatewayPlace()
  const local = join('/dev/shm', `hb-bench-${process.pid}.bin`)
  const far = join('/dev/shm', `hb-bench-${process.pid}.far`)
  try {
    await place.start()
    const content = randomBytes(artifactMaxBytes)
    writeFileSync(local, content)
    const { plane } = place.harness
    const [up, down] = ['/upload/CHG-1/deploy/app.bin', '/download/OUT-1/app.bin']
    plane.transfers.offer(up, content)
    plane.transfers.offer(down, content, 'out')
    // What arrives is let go: kept, it would fill the memory of the double.
    plane.instead.set('putPart', (body) => {
      body.data = ''
      return {}
    })
    plane.instead.set('transferEnded', () => ({ refusal: null }))
    const cpu: number[] = []
    const counted = async (work: () => Promise<void>): Promise<void> => {
      const before = cpuMs([place.pid])
      await work()
      cpu.push(cpuMs([place.pid]) - before)
    }
    const found = await interleaved(
      4,
      {
        put: () => counted(() => sftp(place, place.through(cipher), [], `put ${local} ${up}`)),
        putPeer: () => sftp(place, place.direct(cipher), ['-s', peerServer], `put ${local} ${far}`),
        get: () => counted(() => sftp(place, place.through(cipher), [], `get ${down} ${far}`)),
        getPeer: () => sftp(place, place.direct(cipher), ['-s', peerServer], `get ${local} ${far}`),
      },
      1,
    )
    const rate = (took: readonly number[]): number => (mebibytes * 1_000) / median(took)
    const row = (what: string, ours: number, peer: number): Row => ({
      what: `files: ${what} of ${mebibytes} MiB by sftp, parsed, digested and kept`,
      ours: `${ours.toFixed(0)} MiB/s`,
      peer: `sftp-server of OpenSSH ${peer.toFixed(0)} MiB/s`,
      ratio: times(ours / peer),
      goal: '≥ 0.6×',
      met: ours / peer >= 0.6,
    })
    const perGib = (median(cpu.slice(2)) / 1_000) * (1024 / mebibytes)
    const cost = {
      what: 'files: processor time of the gateway',
      ours: `${perGib.toFixed(1)} s/GiB`,
      peer: dash,
      ratio: dash,
      ...noGoal,
    }
    return [row('put', rate(found.put), rate(found.putPeer)), row('get', rate(found.get), rate(found.getPeer)), cost]
  } finally {
    await place.stop()
    for (const path of [local, far]) rmSync(path, { force: true })
  }
}

/** `sftp` with one line of input. Arguments are those of `ssh`, whose port is `-P` here, and whose last is the place. */
async function sftp(place: GatewayPlace, args: readonly string[], more: readonly string[], line: string): Promise<void> {
  const { folder } = place.harness
  const own = args.map((arg, i) => (arg === '-p' && /^\d+$/.test(args[i + 1] ?? '') ? '-P' : arg))
  const child = spawn('sftp', [...more, ...own], {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      SSH_ASKPASS: join(folder, 'askpass'),
      SSH_ASKPASS_REQUIRE: 'force',
      DISPLAY: ':0',
    },
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
  })
  child.stdin.end(`${line}\nbye\n`)
  const code = await new Promise((resolve) => child.once('close', resolve))
  // sftp ends well whatever its lines came to; what went wrong it says.
  const fault = said.replace(/^Connected to .*$/m, '').trim()
  if (code !== 0 || fault !== '') throw new Error(`sftp ${line}: exit ${code} ${said}`)
}

import { once } from 'node:events'
import type { ServerChannel } from 'ssh2'
import { ByteReader } from './byte-reader.ts'
import { causeOf } from './control-plane.ts'
import type { FileCommand } from './file-command.ts'
import { FileDoor, type FileDoorOptions } from './file-door.ts'
import { rsyncReceive, rsyncSend } from './rsync-session.ts'
import { scpSink, scpSource } from './scp-session.ts'
import { Malformed, PacketReader } from './sftp-packets.ts'
import { SftpSession } from './sftp-session.ts'

type Served = Omit<FileDoorOptions, 'channel' | 'tell'>

/** Why, on the standard error of the person's own client: it is the one place that all of them show. */
const teller = (channel: ServerChannel) => (text: string) => {
  if (!channel.destroyed && channel.writable) channel.stderr.write(text)
}
/** Waits for a slow reader: what is not read yet is at most one answer. */
const sender =
  (channel: ServerChannel) =>
  async (bytes: Buffer): Promise<void> => {
    if (channel.destroyed || !channel.writable) return
    if (!channel.write(bytes)) await Promise.race([once(channel, 'drain'), once(channel, 'close')])
  }
/** What the client sends. Its end is not that of the channel, on which the exit status is still to go out. */
const inputOf = (channel: ServerChannel) => channel.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
/** F7, F8: the status first, then the end, whatever the client has said. */
function finish(channel: ServerChannel, status: number): void {
  if (channel.destroyed || !channel.writable) return
  channel.exit(status)
  channel.end()
}

/** The `sftp` subsystem: requests are answered one after the other, and none is read before the one before it is answered. */
export async function serveSftp(channel: ServerChannel, of: Served): Promise<void> {
  channel.on('error', () => undefined)
  const session = new SftpSession(new FileDoor({ ...of, channel: 'sftp', tell: teller(channel) }))
  const reader = new PacketReader()
  const send = sender(channel)
  let status = 0
  try {
    for await (const chunk of inputOf(channel))
      for (const packet of reader.feed(chunk)) for (const answer of await session.answer(packet)) await send(answer)
  } catch (cause) {
    status = 1
    if (cause instanceof Malformed) of.log({ level: 'warn', event: 'sftp_malformed', detail: cause.message })
    else if (!channel.destroyed) of.log({ level: 'error', event: 'sftp_failed', cause: causeOf(cause) })
  }
  await session.end()
  finish(channel, status)
}

/** `scp -O` and rsync. */
export async function serveFileCommand(command: FileCommand, channel: ServerChannel, of: Served): Promise<void> {
  channel.on('error', () => undefined)
  const kind = command.kind === 'unreadable' ? command.program : command.kind
  const door = new FileDoor({ ...of, channel: kind === 'rsync' ? 'rsync' : 'scp', tell: teller(channel) })
  let status = 1
  try {
    const wire = { input: new ByteReader(inputOf(channel)), send: sender(channel) }
    if (command.kind === 'scp') status = await (command.mode === 'sink' ? scpSink : scpSource)(command, door, wire)
    else if (command.kind === 'rsync') status = await (command.direction === 'in' ? rsyncReceive : rsyncSend)(command, door, wire)
    else await door.refuse('', 'in', 'transfer.path_malformed')
  } catch (cause) {
    if (cause instanceof Malformed) of.log({ level: 'warn', event: 'rsync_malformed', detail: cause.message })
    else if (!channel.destroyed) of.log({ level: 'error', event: 'file_command_failed', cause: causeOf(cause) })
  }
  finish(channel, status)
}

import type { ByteReader } from './byte-reader.ts'
import type { FileCommand } from './file-command.ts'
import { type FileDoor, Refused } from './file-door.ts'
import { isFolder } from './file-tree.ts'
import type { Upload } from './upload.ts'

const pieceBytes = 256 * 1024
const ok = Buffer.of(0)
const warning = (text: string): Buffer => Buffer.from(`\x01scp: ${text}\n`, 'utf8')

type Scp = Extract<FileCommand, { kind: 'scp' }>
/** The two directions of the channel. */
export interface Wire {
  readonly input: ByteReader
  readonly send: (bytes: Buffer) => Promise<void>
}

/** The far side of `scp -O`: takes what the plan places, one file after the other. Answers the exit status. */
export async function scpSink(command: Scp, door: FileDoor, wire: Wire): Promise<number> {
  const { input, send } = wire
  let failed = false
  await send(ok)
  for (;;) {
    const line = await input.line()
    if (line === undefined) return failed ? 1 : 0
    const [, size, name] = /^C[0-7]{4} (\d{1,15}) ([^/]{1,255})$/.exec(line) ?? []
    if (size !== undefined && name !== undefined) {
      if (!(await sinkFile(command, door, wire, { size: Number(size), name }))) failed = true
    } else if (/^T\d{1,15} \d{1,9} \d{1,15} \d{1,9}$/.test(line)) {
      // Times are the target's business, where the plan places the file.
      await send(ok)
    } else if (line.startsWith('D')) {
      await door.refuse(command.path, 'in', 'transfer.operation_refused')
      await send(warning('transfer.operation_refused'))
      return 1
    } else if (line.startsWith('\x01') || line.startsWith('\x02')) {
      failed = true
    } else {
      await send(warning('protocol error'))
      return 1
    }
  }
}

async function sinkFile(
  command: Scp,
  door: FileDoor,
  { input, send }: Wire,
  file: { size: number; name: string },
): Promise<boolean> {
  let upload: Upload
  try {
    const node = (await door.tree()).find(command.path.replace(/\/+$/, '') || '/')
    const into = command.folder || (node !== undefined && isFolder(node))
    upload = await door.upload(into ? `${command.path}/${file.name}` : command.path)
  } catch (cause) {
    if (!(cause instanceof Refused)) throw cause
    await send(warning(cause.code))
    return false
  }
  await send(ok)
  let fault: string | undefined
  const whole = await input.bytes(file.size, async (piece) => {
    fault ??= await upload.write(BigInt(upload.bytes), piece)
  })
  // The client says after the last byte whether it could read all of its file.
  const said = whole ? await input.byte() : undefined
  if (said !== 0) {
    await upload.abort()
    return false
  }
  const good = await door.close(upload)
  await send(good ? ok : warning(fault ?? 'refused'))
  return good
}

/** The far side of `scp -O` when a file is asked for. */
export async function scpSource(command: Scp, door: FileDoor, { input, send }: Wire): Promise<number> {
  if ((await input.byte()) !== 0) return 1
  try {
    const download = await door.download(command.path)
    const name = command.path.slice(command.path.lastIndexOf('/') + 1)
    await send(Buffer.from(`C0400 ${download.bytes} ${name}\n`, 'utf8'))
    if ((await input.byte()) !== 0) {
      await download.close()
      return 1
    }
    for (let at = 0; at < download.bytes; ) {
      const piece = await download.read(at, pieceBytes)
      if (!piece || piece.length === 0) break
      await send(piece)
      at += piece.length
    }
    await send(ok)
    await input.byte()
    return (await download.close()) ? 0 : 1
  } catch (cause) {
    if (!(cause instanceof Refused)) throw cause
    await send(warning(cause.code))
    return 1
  }
}

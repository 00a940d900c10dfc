import { doors, planes } from '@huabiao/kit/actor/actor'
import {
  Count,
  Digest,
  endpoint,
  Instant,
  Label,
  PageQuery,
  PhraseParams,
  pageOf,
  Total,
  Uuid,
} from '@huabiao/kit/contract/contract'
import { z } from 'zod'
import { askingChannels, channels, directions, doorRefusals, transferStates } from './transfer.model.ts'

/** Events: transfer.opened, transfer.accepted, transfer.delivered, transfer.refused, transfer.quarantined, transfer.failed, transfer.purged. */

export const TransferView = z.object({
  id: Uuid,
  plane: z.enum(planes),
  person: z.object({ id: Uuid, name: Label }),
  door: z.enum(doors),
  channel: z.enum(channels),
  direction: z.enum(directions),
  state: z.enum(transferStates),
  /** Why it came to nothing, by code; null where it did not. */
  refusal: Label.nullable(),
  changeId: Uuid.nullable(),
  changeNo: Label.nullable(),
  stepKey: Label.nullable(),
  ticketId: Uuid.nullable(),
  targetNames: z.array(Label).max(500),
  /** Where the file lies on the target; null where nothing of ours was named. */
  path: Label.nullable(),
  /** What the client asked for, as far as it can be shown. */
  asked: z.string().max(1100),
  expectedBytes: Total.nullable(),
  expectedSha256: Digest.nullable(),
  bytes: Total,
  sm3: Digest.nullable(),
  sha256: Digest.nullable(),
  gatewayId: Label.nullable(),
  openedAt: Instant,
  endedAt: Instant.nullable(),
  /** In quarantine until then. */
  keepUntil: Instant.nullable(),
})
export type TransferView = z.infer<typeof TransferView>

export const listTransfers = endpoint({
  name: 'listTransfers',
  method: 'GET',
  path: '/api/v1/transfers',
  permission: 'transfer:read',
  summary: '文件传输列表 / File transfers',
  query: PageQuery.extend({
    state: z.enum(transferStates).optional(),
    direction: z.enum(directions).optional(),
    channel: z.enum(channels).optional(),
    changeId: Uuid.optional(),
    text: z.string().max(100).optional(),
  }),
  response: pageOf(TransferView),
})
export const getTransfer = endpoint({
  name: 'getTransfer',
  method: 'GET',
  path: '/api/v1/transfers/:transferId',
  permission: 'transfer:read',
  resource: 'transfer/:transferId',
  summary: '文件传输详情 / One transfer',
  params: z.object({ transferId: Uuid }),
  response: TransferView,
  refusals: ['transfer.not_found'],
})
/** What was refused and is still kept: for those who look into it, not for those who sent it. */
export const listQuarantine = endpoint({
  name: 'listQuarantine',
  method: 'GET',
  path: '/api/v1/quarantine',
  permission: 'quarantine:read',
  summary: '隔离清单 / Quarantine',
  query: PageQuery,
  response: pageOf(TransferView),
})

/** What a person may move now: the same list that a client of theirs is shown as a tree of files. */
export const PlaceView = z.object({
  path: z.string().max(1100),
  direction: z.enum(directions),
  bytes: Total,
  sha256: Digest,
  /** Whether the content has come in already. */
  held: z.boolean(),
  at: Instant,
})
export type PlaceView = z.infer<typeof PlaceView>
export const listPlaces = endpoint({
  name: 'listPlaces',
  method: 'GET',
  path: '/api/v1/transfer-places',
  permission: 'self',
  summary: '我可传输的文件 / Files I may move now',
  response: z.object({ items: z.array(PlaceView).max(1000) }),
})
/** What a change places by upload, with why this person may not bring it in now. */
export const listContents = endpoint({
  name: 'listContents',
  method: 'GET',
  path: '/api/v1/changes/:changeId/contents',
  permission: 'change:read',
  resource: 'change/:changeId',
  summary: '变更的制品 / Artifacts of a change',
  params: z.object({ changeId: Uuid }),
  response: z.object({
    refusal: Label.nullable(),
    items: z
      .array(
        z.object({
          slot: Label,
          stepKey: Label,
          path: Label,
          name: Label,
          place: z.string().max(1100),
          bytes: Total,
          sha256: Digest,
          held: z.boolean(),
        }),
      )
      .max(300),
  }),
  refusals: ['change.not_found'],
})

/**
 * Begins a transfer, or refuses it: either way it is one row and one record. A refusal is an answer here and no error, because the row
 * that says so must be kept.
 */
export const openTransfer = endpoint({
  name: 'openTransfer',
  method: 'POST',
  path: '/api/v1/transfers',
  permission: 'self',
  summary: '开始文件传输 / Begin a transfer',
  body: z.object({
    channel: z.enum(askingChannels),
    direction: z.enum(directions),
    path: z.string().max(4096),
    /** What the door could not even put as a question: another operation, another protocol, no path at all. */
    refused: z.enum(doorRefusals).optional(),
  }),
  response: z.discriminatedUnion('outcome', [
    z.object({ outcome: z.literal('admitted'), transferId: Uuid, name: Label, bytes: Total, sha256: Digest }),
    z.object({ outcome: z.literal('refused'), transferId: Uuid, code: Label, rule: Label.nullable(), params: PhraseParams }),
  ]),
})
const PartBody = z.object({ index: Count, data: z.string().max(1_400_000) })
export const sendPart = endpoint({
  name: 'sendPart',
  method: 'POST',
  path: '/api/v1/transfers/:transferId/parts',
  permission: 'self',
  resource: 'transfer/:transferId',
  bodyLimitBytes: 2 * 1024 * 1024,
  summary: '上传分段 / Send a part',
  params: z.object({ transferId: Uuid }),
  body: PartBody,
  response: z.object({}),
  refusals: ['transfer.not_found', 'transfer.wrong_state', 'transfer.part_wrong'],
})
/** All parts are there: they are digested, and become the content of the step, or stay in quarantine. */
export const finishUpload = endpoint({
  name: 'finishUpload',
  method: 'POST',
  path: '/api/v1/transfers/:transferId/finish',
  permission: 'self',
  resource: 'transfer/:transferId',
  summary: '结束上传 / Finish an upload',
  params: z.object({ transferId: Uuid }),
  response: TransferView,
  refusals: ['transfer.not_found', 'transfer.wrong_state', 'transfer.part_wrong'],
})
export { PartBody }

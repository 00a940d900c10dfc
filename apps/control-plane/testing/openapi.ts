import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonSchema } from './json-schema.ts'

/** golden/openapi.json as its readers have it: tests that are driven by it also prove that it tells the truth. */
export interface Operation {
  readonly operationId: string
  readonly method: string
  /** With parameters as `{name}`. */
  readonly path: string
  readonly permission: string
  readonly parameters: readonly { name: string; in: 'path' | 'query'; required: boolean; schema: JsonSchema }[]
  readonly body: JsonSchema | undefined
}
interface Document {
  paths: Record<string, Record<string, PrintedOperation>>
  components: { schemas: Record<string, JsonSchema> }
}
interface PrintedOperation {
  operationId: string
  'x-permission': string
  parameters?: Operation['parameters']
  requestBody?: { content: { 'application/json': { schema: JsonSchema } } }
}

const document = JSON.parse(readFileSync(join(import.meta.dirname, '../../../golden/openapi.json'), 'utf8')) as Document

export const everyOperation: readonly Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, printed]) => ({
    operationId: printed.operationId,
    method: method.toUpperCase(),
    path,
    permission: printed['x-permission'],
    parameters: printed.parameters ?? [],
    body: printed.requestBody?.content['application/json'].schema,
  })),
)

export const resolved = (schema: JsonSchema): JsonSchema =>
  schema.$ref === undefined ? schema : document.components.schemas[schema.$ref.replace('#/components/schemas/', '')]!

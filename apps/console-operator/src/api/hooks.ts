import type { Endpoint, ResponseOf } from '@huabiao/kit/contract/contract'
import type { Call } from '@huabiao/kit/http/client'
import {
  type InfiniteData,
  type UseMutationResult,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { api } from './client.ts'

/** Server state by endpoint and input: `['getChange', { changeId }, {}]`. */
export const keyOf = <E extends Endpoint>(endpoint: E, call: Pick<Call<E>, 'params' | 'query'> = {}) =>
  [endpoint.name, call.params ?? {}, call.query ?? {}] as const

export interface AskOptions {
  enabled?: boolean
  /** Polls while the page is visible. */
  everyMs?: number | false
}
/** What an endpoint answers, kept fresh. */
export function useApi<E extends Endpoint>(
  endpoint: E,
  call: Pick<Call<E>, 'params' | 'query'> = {},
  { enabled = true, everyMs = false }: AskOptions = {},
): UseQueryResult<ResponseOf<E>> {
  return useQuery({
    queryKey: keyOf(endpoint, call),
    queryFn: ({ signal }) => api(endpoint, { ...call, signal }),
    enabled,
    refetchInterval: everyMs,
  })
}

type Row<E extends Endpoint> = ResponseOf<E> extends { items: (infer T)[] } ? T : never
export interface Pages<T> {
  rows: readonly T[] | undefined
  error: unknown
  hasMore: boolean
  onMore: () => void
  loadingMore: boolean
  /** The newest first page, for counts that come beside the rows. */
  first: unknown
}
/** A list paged by key, in the shape ResourceTable takes: `<ResourceTable {...usePages(listChanges, { state })} … />`. */
export function usePages<E extends Endpoint>(
  endpoint: E,
  query: Call<E>['query'] = {} as never,
  { enabled = true, everyMs = false }: AskOptions = {},
): Pages<Row<E>> {
  type Page = { items: Row<E>[]; next: string | null }
  const found = useInfiniteQuery<Page, Error, InfiniteData<Page>, readonly unknown[], string | undefined>({
    queryKey: [endpoint.name, {}, query],
    queryFn: async ({ pageParam, signal }) =>
      (await api(endpoint, { query: { ...(query as object), after: pageParam } as never, signal })) as Page,
    initialPageParam: undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    enabled,
    refetchInterval: everyMs,
  })
  return {
    rows: found.data?.pages.flatMap((page) => page.items),
    error: found.error,
    hasMore: found.hasNextPage,
    onMore: () => void found.fetchNextPage(),
    loadingMore: found.isFetchingNextPage,
    first: found.data?.pages[0],
  }
}

/** A key for one press of a button: the same act sent twice is done once. Works without https, unlike randomUUID. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('')

export interface ActOptions<E extends Endpoint> {
  onDone?: (answer: ResponseOf<E>) => void
  /** What may have changed by it; everything on screen where absent. */
  refresh?: readonly Endpoint[]
}
/** A command: `const approve = useAct(decideChange); approve.mutate({ params, body })`; `approve.error` goes to a ProblemNote. */
export function useAct<E extends Endpoint>(
  endpoint: E,
  { onDone, refresh }: ActOptions<E> = {},
): UseMutationResult<ResponseOf<E>, Error, Call<E>> {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (call: Call<E>) => api(endpoint, { idempotencyKey: newKey(), ...call }),
    onSuccess: (answer) => {
      if (refresh) for (const one of refresh) void queries.invalidateQueries({ queryKey: [one.name] })
      else void queries.invalidateQueries()
      onDone?.(answer)
    },
  })
}

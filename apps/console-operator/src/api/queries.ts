import { getMe } from '@huabiao/domains/identity/identity.contract'
import { ProblemError } from '@huabiao/kit/http/client'
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { codeOf } from './client.ts'

/** A session that ended is noticed by whichever call meets it first; the shell then leads to the logon page. */
function noticeEnd(error: unknown, name: unknown): void {
  const code = codeOf(error)
  if (name !== getMe.name && (code === 'session.required' || code === 'identity.password_change_required'))
    void queries.invalidateQueries({ queryKey: [getMe.name] })
}

export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error, query) => noticeEnd(error, query.queryKey[0]) }),
  mutationCache: new MutationCache({ onError: (error) => noticeEnd(error, undefined) }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A refusal stays a refusal; only a missing answer is worth another try.
      retry: (count, error) => error instanceof ProblemError && error.problem.status >= 500 && count < 2,
      retryDelay: 800,
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
})

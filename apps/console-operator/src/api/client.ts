import { type ApiClient, apiClient, ProblemError } from '@huabiao/kit/http/client'
import { askStepUp } from './step-up.ts'

/** Without the header a form of another site could act with our cookie. */
export const plainApi: ApiClient = apiClient({ baseUrl: '', headers: () => ({ 'x-huabiao-csrf': '1' }) })

export const codeOf = (error: unknown): string | undefined => (error instanceof ProblemError ? error.problem.code : undefined)

/** Calls. Where the second factor is stale (RL-21) it asks for it and repeats the act once. */
export const api: ApiClient = async (endpoint, input) => {
  try {
    return await plainApi(endpoint, input)
  } catch (error) {
    if (codeOf(error) !== 'access.step_up_required') throw error
    await askStepUp(error)
    return await plainApi(endpoint, input)
  }
}

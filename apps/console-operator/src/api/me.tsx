import type { Me } from '@huabiao/domains/identity/identity.contract'
import { createContext, use } from 'react'

export type { Me }

const MeContext = createContext<Me | undefined>(undefined)
export const MeProvider = MeContext.Provider

/** Who is logged on. Every page inside the shell may rely on it. */
export function useMe(): Me {
  const me = use(MeContext)
  if (!me) throw new Error('useMe outside the shell')
  return me
}

/** Whether the roles in force allow an action; for buttons and navigation. The server asks again. */
export function useCan(): (action: string) => boolean {
  const { actions } = useMe()
  return (action) => actions.includes(action)
}

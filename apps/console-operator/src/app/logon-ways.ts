import { getLogonWays } from '@huabiao/domains/identity/identity.contract'
import type { ResponseOf } from '@huabiao/kit/contract/contract'
import { useQuery } from '@tanstack/react-query'
import { plainApi } from '../api/client.ts'

export type LogonWays = ResponseOf<typeof getLogonWays>

/** Under which address and name which proof can be given; it does not change while a page is open. */
export const useLogonWays = (): LogonWays | undefined =>
  useQuery({ queryKey: [getLogonWays.name], queryFn: () => plainApi(getLogonWays), staleTime: Number.POSITIVE_INFINITY }).data

/** Browsers give out security keys only in a secure context, and only to pages under the very name they were registered for. */
export const keysWorkHere = (ways: LogonWays | undefined): boolean =>
  'PublicKeyCredential' in window && ways?.securityKeyName === location.hostname

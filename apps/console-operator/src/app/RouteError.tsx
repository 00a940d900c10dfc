import { dictionary, useWords } from '@huabiao/ui/i18n/language'
import { EmptyState } from '@huabiao/ui/patterns/EmptyState'
import { ProblemNote } from '@huabiao/ui/patterns/RefusalNote'
import { Button, LinkButton } from '@huabiao/ui/primitives/Button'
import { useEffect } from 'react'
import { isRouteErrorResponse, useRouteError } from 'react-router'
import { codeOf } from '../api/client.ts'
import { paths } from './paths.ts'

const words = dictionary(
  {
    notFound: '没有这个页面',
    notFoundText: '地址可能已经改变，或者它不属于您的单位。核对地址，或从左侧导航重新进入。',
    home: '返回首页',
    broken: '页面出错了',
    brokenText: '已填写但未保存的内容可能丢失。重新载入后若仍出错，请把地址和时间告诉平台管理员。',
    stale: '控制台已更新',
    staleText: '这个页面属于上一个版本，重新载入后继续。',
    reload: '重新载入',
    forbidden: '当前角色不能打开这个页面',
    forbiddenText: '可在右上角切换角色；若没有所需角色，请提交权限申请。',
    request: '申请权限',
  },
  {
    notFound: 'There is no such page',
    notFoundText: 'The address may have changed, or it is not your organization’s. Check it, or start again from the navigation.',
    home: 'Home',
    broken: 'The page failed',
    brokenText:
      'What was typed and not saved may be lost. If it fails again, tell the platform administrator the address and the time.',
    stale: 'The console was updated',
    staleText: 'This page belongs to the version before. Reload to go on.',
    reload: 'Reload',
    forbidden: 'Your present role may not open this page',
    forbiddenText: 'Switch the role at the top right; if you do not hold the role, ask for it.',
    request: 'Request a permission',
  },
)

export function NotFoundPage() {
  const w = useWords(words)
  return (
    <EmptyState
      page
      icon="search"
      title={w.notFound}
      text={w.notFoundText}
      action={
        <LinkButton to={paths.home} tone="primary">
          {w.home}
        </LinkButton>
      }
    />
  )
}

/** In the place of a page that no role in force may read. */
export function ForbiddenPage() {
  const w = useWords(words)
  return (
    <EmptyState
      page
      icon="lock"
      title={w.forbidden}
      text={w.forbiddenText}
      action={
        <div className="row gap-8">
          <LinkButton to={paths.home}>{w.home}</LinkButton>
          <LinkButton to={paths.permissionRequests} tone="primary">
            {w.request}
          </LinkButton>
        </div>
      }
    />
  )
}

/** A file of the old build is gone after an update: the one failure that reloading mends. */
const isStale = (error: unknown): boolean =>
  error instanceof TypeError && /dynamically imported module|module script failed/i.test(error.message)

export function RouteError() {
  const w = useWords(words)
  const error = useRouteError()
  useEffect(() => console.error(error), [error])
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFoundPage />
  if (codeOf(error))
    return (
      <div className="pad">
        <ProblemNote error={error} />
      </div>
    )
  const stale = isStale(error)
  return (
    <EmptyState
      page
      icon="warn"
      title={stale ? w.stale : w.broken}
      text={stale ? w.staleText : w.brokenText}
      action={
        <Button tone="primary" onClick={() => location.reload()}>
          {w.reload}
        </Button>
      }
    />
  )
}

import { createBrowserRouter, type RouteObject } from 'react-router'
import { NotFoundPage, RouteError } from './RouteError.tsx'
import { Shell } from './Shell.tsx'

/** A page module exports `Page`; each is a file of its own, fetched when it is first opened. */
const page = (load: () => Promise<{ Page: () => React.ReactNode }>): RouteObject['lazy'] => ({
  Component: async () => (await load()).Page,
})

const inside: RouteObject[] = [
  { index: true, lazy: page(() => import('../pages/my-work/MyWorkPage.tsx')) },
  { path: 'changes', lazy: page(() => import('../pages/change/ChangesPage.tsx')) },
  { path: 'changes/:changeId', lazy: page(() => import('../pages/change/ChangePage.tsx')) },
  { path: 'changes/:changeId/plan', lazy: page(() => import('../pages/change/PlanEditorPage.tsx')) },
  { path: 'calendar', lazy: page(() => import('../pages/change/CalendarPage.tsx')) },
  { path: 'sessions', lazy: page(() => import('../pages/session/SessionsPage.tsx')) },
  { path: 'sessions/:sessionId', lazy: page(() => import('../pages/session/SessionPage.tsx')) },
  { path: 'terminal', lazy: page(() => import('../pages/session/TerminalPage.tsx')) },
  { path: 'organizations', lazy: page(() => import('../pages/organization/OrganizationsPage.tsx')) },
  { path: 'accounts', lazy: page(() => import('../pages/organization/AccountsPage.tsx')) },
  { path: 'terminals', lazy: page(() => import('../pages/organization/TerminalsPage.tsx')) },
  { path: 'roles', lazy: page(() => import('../pages/access/RolesPage.tsx')) },
  { path: 'roles/matrix', lazy: page(() => import('../pages/access/MatrixPage.tsx')) },
  { path: 'roles/bindings', lazy: page(() => import('../pages/access/BindingsPage.tsx')) },
  { path: 'roles/policies', lazy: page(() => import('../pages/access/PoliciesPage.tsx')) },
  { path: 'roles/simulator', lazy: page(() => import('../pages/access/SimulatorPage.tsx')) },
  { path: 'permission-requests', lazy: page(() => import('../pages/access/RequestsPage.tsx')) },
  { path: 'permission-requests/:requestId', lazy: page(() => import('../pages/access/RequestPage.tsx')) },
  { path: 'ledger', lazy: page(() => import('../pages/ledger/ChainsPage.tsx')) },
  { path: 'ledger/:tenantId/:plane', lazy: page(() => import('../pages/ledger/RecordsPage.tsx')) },
  { path: 'notifications', lazy: page(() => import('../pages/notification/NotificationsPage.tsx')) },
  { path: 'account', lazy: page(() => import('../pages/account/AccountPage.tsx')) },
]

/** Before the first page is there nothing is shown: it takes less time than a spinner needs to be seen. */
const HydrateFallback = () => null
const outside = (path: string, load: Parameters<typeof page>[0]): RouteObject => ({
  path,
  lazy: page(load),
  ErrorBoundary: RouteError,
  HydrateFallback,
})

export const router = createBrowserRouter([
  outside('/logon', () => import('../pages/logon/LogonPage.tsx')),
  outside('/password', () => import('../pages/logon/PasswordPage.tsx')),
  outside('/ceremony', () => import('../pages/ceremony/CeremonyPage.tsx')),
  {
    path: '/',
    Component: Shell,
    ErrorBoundary: RouteError,
    HydrateFallback,
    children: [{ ErrorBoundary: RouteError, children: [...inside, { path: '*', Component: NotFoundPage }] }],
  },
])

import { createBrowserRouter, type RouteObject } from 'react-router'
import { NotFoundPage, RouteError } from './RouteError.tsx'
import { Shell } from './Shell.tsx'

/** A page module exports `Page`; each is a file of its own, fetched when it is first opened. */
const page = (load: () => Promise<{ Page: () => React.ReactNode }>): RouteObject['lazy'] => ({
  Component: async () => (await load()).Page,
})

const inside: RouteObject[] = [
  { index: true, lazy: page(() => import('../pages/organization/OrganizationsPage.tsx')) },
  { path: 'organizations', lazy: page(() => import('../pages/organization/OrganizationsPage.tsx')) },
  { path: 'accounts', lazy: page(() => import('../pages/organization/AccountsPage.tsx')) },
  { path: 'terminals', lazy: page(() => import('../pages/organization/TerminalsPage.tsx')) },
  { path: 'roles', lazy: page(() => import('../pages/access/RolesPage.tsx')) },
  { path: 'roles/matrix', lazy: page(() => import('../pages/access/MatrixPage.tsx')) },
  { path: 'roles/bindings', lazy: page(() => import('../pages/access/BindingsPage.tsx')) },
  { path: 'permission-requests', lazy: page(() => import('../pages/access/RequestsPage.tsx')) },
  { path: 'permission-requests/:requestId', lazy: page(() => import('../pages/access/RequestPage.tsx')) },
  { path: 'ledger', lazy: page(() => import('../pages/ledger/ChainsPage.tsx')) },
  { path: 'ledger/:tenantId/:plane', lazy: page(() => import('../pages/ledger/RecordsPage.tsx')) },
  { path: 'notifications', lazy: page(() => import('../pages/notification/NotificationsPage.tsx')) },
  { path: 'account', lazy: page(() => import('../pages/account/AccountPage.tsx')) },
]

export const router = createBrowserRouter([
  { path: '/logon', lazy: page(() => import('../pages/logon/LogonPage.tsx')), ErrorBoundary: RouteError },
  { path: '/password', lazy: page(() => import('../pages/logon/PasswordPage.tsx')), ErrorBoundary: RouteError },
  { path: '/ceremony', lazy: page(() => import('../pages/ceremony/CeremonyPage.tsx')), ErrorBoundary: RouteError },
  {
    path: '/',
    Component: Shell,
    ErrorBoundary: RouteError,
    HydrateFallback: () => null,
    children: [{ ErrorBoundary: RouteError, children: [...inside, { path: '*', Component: NotFoundPage }] }],
  },
])

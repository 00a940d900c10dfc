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
  { path: 'emergencies', lazy: page(() => import('../pages/emergency/EmergenciesPage.tsx')) },
  { path: 'emergencies/:emergencyId', lazy: page(() => import('../pages/emergency/EmergencyPage.tsx')) },
  { path: 'calendar', lazy: page(() => import('../pages/change/CalendarPage.tsx')) },
  { path: 'announcements', lazy: page(() => import('../pages/announcement/AnnouncementsPage.tsx')) },
  { path: 'preauthorisations', lazy: page(() => import('../pages/consent/PreauthorisationsPage.tsx')) },
  { path: 'freezes', lazy: page(() => import('../pages/freeze/FreezesPage.tsx')) },
  { path: 'releases', lazy: page(() => import('../pages/release/ReleasesPage.tsx')) },
  { path: 'documentary-changes', lazy: page(() => import('../pages/documentary/DocumentaryListPage.tsx')) },
  { path: 'documentary-changes/:documentaryId', lazy: page(() => import('../pages/documentary/DocumentaryPage.tsx')) },
  { path: 'templates', lazy: page(() => import('../pages/template/TemplatesPage.tsx')) },
  { path: 'templates/new', lazy: page(() => import('../pages/template/TemplateEditorPage.tsx')) },
  { path: 'templates/:templateId', lazy: page(() => import('../pages/template/TemplatePage.tsx')) },
  { path: 'templates/:templateId/edit', lazy: page(() => import('../pages/template/TemplateEditorPage.tsx')) },
  { path: 'sessions', lazy: page(() => import('../pages/session/SessionsPage.tsx')) },
  { path: 'sessions/:sessionId', lazy: page(() => import('../pages/session/SessionPage.tsx')) },
  { path: 'terminal', lazy: page(() => import('../pages/session/TerminalPage.tsx')) },
  { path: 'on-my-systems', lazy: page(() => import('../pages/session/OnMySystemsPage.tsx')) },
  { path: 'enrolments', lazy: page(() => import('../pages/enrolment/EnrolmentsPage.tsx')) },
  { path: 'kept-credentials', lazy: page(() => import('../pages/vault/VaultPage.tsx')) },
  { path: 'transfers', lazy: page(() => import('../pages/transfer/TransfersPage.tsx')) },
  { path: 'transfers/quarantine', lazy: page(() => import('../pages/transfer/QuarantinePage.tsx')) },
  { path: 'transfers/tickets', lazy: page(() => import('../pages/transfer/TicketsPage.tsx')) },
  { path: 'transfers/tickets/:ticketId', lazy: page(() => import('../pages/transfer/TicketPage.tsx')) },
  { path: 'transfers/:transferId', lazy: page(() => import('../pages/transfer/TransferPage.tsx')) },
  { path: 'organizations', lazy: page(() => import('../pages/organization/OrganizationsPage.tsx')) },
  { path: 'accounts', lazy: page(() => import('../pages/organization/AccountsPage.tsx')) },
  { path: 'terminals', lazy: page(() => import('../pages/organization/TerminalsPage.tsx')) },
  { path: 'identity-sources', lazy: page(() => import('../pages/federation/SourcesPage.tsx')) },
  { path: 'identity-sources/proposals', lazy: page(() => import('../pages/federation/ProposalsPage.tsx')) },
  { path: 'oidc-clients', lazy: page(() => import('../pages/federation/ClientsPage.tsx')) },
  { path: 'service-identities', lazy: page(() => import('../pages/federation/ServicesPage.tsx')) },
  { path: 'people', lazy: page(() => import('../pages/lifecycle/DeparturesPage.tsx')) },
  { path: 'people/joiners', lazy: page(() => import('../pages/lifecycle/JoinersPage.tsx')) },
  { path: 'people/norms', lazy: page(() => import('../pages/lifecycle/NormsPage.tsx')) },
  { path: 'people/reviews', lazy: page(() => import('../pages/lifecycle/CampaignsPage.tsx')) },
  { path: 'people/reviews/:campaignId', lazy: page(() => import('../pages/lifecycle/CampaignPage.tsx')) },
  { path: 'people/access', lazy: page(() => import('../pages/lifecycle/AccessReviewPage.tsx')) },
  { path: 'people/departures/:departureId', lazy: page(() => import('../pages/lifecycle/DeparturePage.tsx')) },
  { path: 'roles', lazy: page(() => import('../pages/access/RolesPage.tsx')) },
  { path: 'roles/matrix', lazy: page(() => import('../pages/access/MatrixPage.tsx')) },
  { path: 'roles/bindings', lazy: page(() => import('../pages/access/BindingsPage.tsx')) },
  { path: 'roles/policies', lazy: page(() => import('../pages/access/PoliciesPage.tsx')) },
  { path: 'roles/simulator', lazy: page(() => import('../pages/access/SimulatorPage.tsx')) },
  { path: 'permission-requests', lazy: page(() => import('../pages/access/RequestsPage.tsx')) },
  { path: 'permission-requests/:requestId', lazy: page(() => import('../pages/access/RequestPage.tsx')) },
  { path: 'ledger', lazy: page(() => import('../pages/ledger/ChainsPage.tsx')) },
  { path: 'ledger/:tenantId/:plane', lazy: page(() => import('../pages/ledger/RecordsPage.tsx')) },
  { path: 'violations', lazy: page(() => import('../pages/violation/ViolationsPage.tsx')) },
  { path: 'violations/:violationId', lazy: page(() => import('../pages/violation/ViolationPage.tsx')) },
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
  outside('/logon/oidc', () => import('../pages/logon/LogonPage.tsx')),
  outside('/sign-in/:uid', () => import('../pages/sign-in/SignInPage.tsx')),
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

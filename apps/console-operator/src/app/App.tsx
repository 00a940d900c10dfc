import { LanguageProvider } from '@huabiao/ui/i18n/language'
import { RefusalBookProvider } from '@huabiao/ui/patterns/RefusalNote'
import { AppTheme } from '@huabiao/ui/tokens/AppTheme'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from 'react-router/dom'
import { queries } from '../api/queries.ts'
import { refusalBook } from './phrases.ts'
import { router } from './routes.tsx'

export function App() {
  return (
    <LanguageProvider>
      <RefusalBookProvider book={refusalBook}>
        <QueryClientProvider client={queries}>
          <AppTheme>
            <RouterProvider router={router} />
          </AppTheme>
        </QueryClientProvider>
      </RefusalBookProvider>
    </LanguageProvider>
  )
}

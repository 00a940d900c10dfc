import './logon.css'
import { useLanguage, useWords } from '@huabiao/ui/i18n/language'
import { Icon } from '@huabiao/ui/primitives/Icon'
import type { ReactNode } from 'react'
import { logonWords } from './logon-words.ts'

/** The page before anybody is known: what the platform is, and one form. */
export function LogonFrame({ children, onSwitch, wide }: { children: ReactNode; onSwitch?: () => void; wide?: boolean }) {
  const w = useWords(logonWords)
  const { language, setLanguage } = useLanguage()
  const switchLanguage = () => {
    setLanguage(language === 'en' ? 'zh-CN' : 'en')
    onSwitch?.()
  }
  return (
    <div className="logon">
      <section className="logon-side on-ink" aria-label={w.product}>
        <Column />
        <div className="logon-brand">
          <img src="/mark.svg" alt="" width={36} height={36} />
          <div>
            <b>{w.product}</b>
            <span>{w.platform}</span>
          </div>
        </div>
        <div className="logon-motto">{w.motto}</div>
        <ul className="logon-points">
          {w.points.map((point) => (
            <li key={point}>{point}</li>
          ))}
        </ul>
      </section>
      <main className="logon-main">
        <div className="logon-top">
          <button type="button" className="button quiet medium" onClick={switchLanguage} aria-label={w.switchLabel}>
            <Icon name="language" />
            <span lang={language === 'en' ? 'zh-CN' : 'en'}>{w.switch}</span>
          </button>
        </div>
        <div className={`logon-box${wide ? ' wide' : ''}`}>{children}</div>
        <p className="logon-notice">{w.notice}</p>
      </main>
    </div>
  )
}

/** The stone column of the name, drawn large and faint. */
function Column() {
  return (
    <svg className="logon-column" viewBox="0 0 200 520" aria-hidden="true" focusable="false">
      <g fill="none" stroke="currentColor" strokeWidth="1.5">
        <path d="M82 112 L118 112 L124 452 L76 452 Z" />
        <path d="M18 146 C44 148 56 136 82 138 L138 138 C158 138 166 144 190 138 C184 160 166 172 142 172 L70 172 C46 172 28 164 18 146 Z" />
        <path d="M66 112 L134 112 L128 98 L72 98 Z M76 98 L124 98 L118 86 L82 86 Z" />
        <path d="M84 86 C82 66 88 50 100 46 C114 50 120 66 116 86" />
        <path d="M96 46 C96 38 104 34 110 38" />
        <path d="M78 300 C96 292 104 330 122 320 M77 360 C96 350 106 392 123 380 M79 240 C96 232 104 268 121 260 M80 196 C94 190 106 214 120 208" />
        <path d="M66 452 L134 452 L134 468 L66 468 Z M52 468 L148 468 L148 488 L52 488 Z M36 488 L164 488 L164 512 L36 512 Z" />
      </g>
    </svg>
  )
}

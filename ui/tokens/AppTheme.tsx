import './tokens.css'
import './controls.css'
import { ConfigProvider, type ThemeConfig } from 'antd'
import en from 'antd/locale/en_US'
import zh from 'antd/locale/zh_CN'
import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn'
import { type ReactNode, useEffect } from 'react'
import { useLanguage } from '../i18n/language.tsx'
import { Toasts } from '../primitives/toast.tsx'

/** Contrast of antd as shipped fails WCAG AA; these values clear it (stack.md §1, axe re-run: 0). */
const theme: ThemeConfig = {
  token: {
    colorPrimary: '#1c4f8f',
    colorLink: '#1c4f8f',
    colorError: '#b3261e',
    colorSuccess: '#0e6a4e',
    colorWarning: '#855000',
    colorText: '#18222f',
    colorTextSecondary: '#46525f',
    colorTextDescription: '#46525f',
    colorTextPlaceholder: '#6a7480',
    colorBorder: '#848f9c',
    colorBorderSecondary: '#e1e5ea',
    borderRadius: 4,
    borderRadiusLG: 6,
    fontFamily: 'var(--sans)',
    fontSize: 14,
    controlHeight: 32,
    colorBgSpotlight: '#11203a',
    motionDurationMid: '0.12s',
    motionDurationSlow: '0.16s',
  },
}

/** The look of every console: tokens, component theme, locale, toasts. */
export function AppTheme({ children }: { children: ReactNode }) {
  const { language } = useLanguage()
  useEffect(() => {
    dayjs.locale(language === 'en' ? 'en' : 'zh-cn')
  }, [language])
  return (
    <ConfigProvider theme={theme} locale={language === 'en' ? en : zh} button={{ autoInsertSpace: false }}>
      {children}
      <Toasts />
    </ConfigProvider>
  )
}

import './qr.css'
import { useWords } from '@huabiao/ui/i18n/language'
import { CopyButton } from '@huabiao/ui/primitives/Copyable'
import { useEffect, useState } from 'react'
import { logonWords } from './logon-words.ts'

/** The secret of an authenticator as a picture, drawn here: it is never sent anywhere to be drawn. */
export function QrCode({ uri, secret }: { uri: string; secret: string }) {
  const w = useWords(logonWords)
  const [image, setImage] = useState<string>()
  useEffect(() => {
    let current = true
    void import('qrcode').then(async ({ toDataURL }) => {
      const drawn = await toDataURL(uri, { margin: 1, width: 360, errorCorrectionLevel: 'M' })
      if (current) setImage(drawn)
    })
    return () => {
      current = false
    }
  }, [uri])
  return (
    <div className="qr">
      <div className="qr-frame">{image ? <img src={image} alt={w.qr} width={180} height={180} /> : null}</div>
      <div className="stack gap-6">
        <span className="muted small">{w.secret}</span>
        <span className="row gap-4">
          <code className="qr-secret">{secret.replace(/(.{4})(?=.)/g, '$1 ')}</code>
          <CopyButton text={secret} label={w.secret} />
        </span>
        <span className="faint small">{w.secretOnce}</span>
      </div>
    </div>
  )
}

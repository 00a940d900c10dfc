import type { Plane } from '@huabiao/kit/actor/actor'
import { useWords } from '@huabiao/ui/i18n/language'
import { Button } from '@huabiao/ui/primitives/Button'
import { CopyButton } from '@huabiao/ui/primitives/Copyable'
import { Icon } from '@huabiao/ui/primitives/Icon'
import { Dialog } from '@huabiao/ui/primitives/Overlay'
import { ledgerWords } from './ledger-words.ts'

/** The way to a proof that needs neither our database nor our word: the file, and the very command that checks it. */
export function ExportDialog({ url, plane, size, onClose }: { url: string; plane: Plane; size: number; onClose: () => void }) {
  const w = useWords(ledgerWords)
  // The server names the file by the last record it holds; more may be written until then.
  const command = `node huabiao-verify.mjs huabiao-ledger-${plane}-${size}.jsonl`
  return (
    <Dialog title={w.export} open onClose={onClose} width={640} footer={<Button onClick={onClose}>{w.close}</Button>}>
      <div className="stack gap-12">
        <ol className="export-steps">
          {w.exportSteps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
        <div>
          <a className="button primary medium" href={url} download title={w.exportHint}>
            <Icon name="download" />
            {w.exportDownload}
          </a>
        </div>
        <div className="row gap-8 export-command">
          <code className="grow wrap">{command}</code>
          <CopyButton text={command} label={w.exportCommand} />
        </div>
        <p className="muted small">{w.exportKeys}</p>
      </div>
    </Dialog>
  )
}

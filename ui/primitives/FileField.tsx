import { Field, type FieldProps } from './Field.tsx'
import { Icon } from './Icon.tsx'

/** Files of the reader's own machine; what is chosen is read here and nowhere sent by itself. The browser's own control speaks the browser's language. */
export function FileField({
  onChoose,
  multiple = false,
  disabled = false,
  choose,
  ...field
}: FieldProps & { choose: string; onChoose: (files: readonly File[]) => void; multiple?: boolean; disabled?: boolean }) {
  return (
    <Field {...field}>
      {(wired) => (
        <span>
          <label className="button file-button" aria-disabled={disabled}>
            <Icon name="plus" />
            {choose}
            <input
              {...wired}
              type="file"
              className="visually-hidden"
              multiple={multiple}
              disabled={disabled}
              onChange={(event) => {
                onChoose([...(event.target.files ?? [])])
                // The same file chosen again is a choice too.
                event.target.value = ''
              }}
            />
          </label>
        </span>
      )}
    </Field>
  )
}

import { type RoleCode, roleCodes } from '@huabiao/domains/access/access.model'
import { Checkbox } from '@huabiao/ui/primitives/Choice'
import { useRoleName } from '../../app/role-names.ts'

export interface RolesFieldProps {
  label: string
  hint?: string
  chosen: readonly RoleCode[]
  onChange: (chosen: RoleCode[]) => void
}
/** Several of the seventeen roles. */
export function RolesField({ label, hint, chosen, onChange }: RolesFieldProps) {
  const nameOf = useRoleName()
  return (
    <fieldset className="field">
      <legend className="field-label">{label}</legend>
      <div className="roles-field">
        {roleCodes.map((code) => (
          <Checkbox
            key={code}
            checked={chosen.includes(code)}
            onChange={(on) => onChange(on ? [...chosen, code] : chosen.filter((one) => one !== code))}
          >
            <span title={nameOf(code)}>
              <code>{code}</code> <span className="small">{nameOf(code)}</span>
            </span>
          </Checkbox>
        ))}
      </div>
      {hint ? <div className="field-hint">{hint}</div> : null}
    </fieldset>
  )
}

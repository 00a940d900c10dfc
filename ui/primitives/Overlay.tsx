import { Drawer as AntDrawer, Dropdown, Modal } from 'antd'
import type { ReactElement, ReactNode } from 'react'
import { Icon, type IconName } from './Icon.tsx'

export interface DialogProps {
  title: ReactNode
  open: boolean
  onClose: () => void
  children: ReactNode
  footer?: ReactNode
  width?: number
  /** A dialog that must be answered: no closing by mask or Escape. */
  sticky?: boolean
}
export function Dialog({ title, open, onClose, children, footer, width = 480, sticky }: DialogProps) {
  return (
    <Modal
      title={title}
      open={open}
      onCancel={onClose}
      width={width}
      footer={footer ? <div className="row gap-8 dialog-foot">{footer}</div> : null}
      mask={{ closable: !sticky }}
      keyboard={!sticky}
      closable={!sticky}
      destroyOnHidden
      centered
    >
      {children}
    </Modal>
  )
}

export interface DrawerProps {
  title: ReactNode
  open: boolean
  onClose: () => void
  children: ReactNode
  footer?: ReactNode
  width?: number
  extra?: ReactNode
}
export function Drawer({ title, open, onClose, children, footer, width = 520, extra }: DrawerProps) {
  return (
    <AntDrawer
      title={title}
      open={open}
      onClose={onClose}
      size={width}
      extra={extra}
      destroyOnHidden
      footer={footer ? <div className="row gap-8 dialog-foot">{footer}</div> : null}
    >
      {children}
    </AntDrawer>
  )
}

export interface MenuItem {
  key: string
  label: ReactNode
  icon?: IconName
  danger?: boolean
  disabled?: boolean
  onSelect: () => void
}
export function Menu({ items, children }: { items: readonly MenuItem[]; children: ReactElement }) {
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: items.map(({ key, label, icon, danger, disabled, onSelect }) => ({
          key,
          label,
          danger: danger === true,
          disabled: disabled === true,
          icon: icon ? <Icon name={icon} /> : null,
          onClick: onSelect,
        })),
      }}
    >
      {children}
    </Dropdown>
  )
}

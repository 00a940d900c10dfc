import { Popover as AntPopover, Tooltip as AntTooltip } from 'antd'
import type { ReactElement, ReactNode } from 'react'

/** Opens on hover and on keyboard focus; nothing is said only here that a person needs to act. */
export function Tooltip({
  text,
  children,
  placement = 'top',
}: {
  text: ReactNode
  children: ReactElement
  placement?: 'top' | 'bottom' | 'left' | 'right'
}) {
  if (text === null || text === undefined || text === '') return children
  return (
    <AntTooltip title={text} placement={placement} mouseEnterDelay={0.2} trigger={['hover', 'focus']}>
      {children}
    </AntTooltip>
  )
}

export interface PopoverProps {
  content: ReactNode
  children: ReactElement
  open?: boolean
  onOpenChange?: (open: boolean) => void
  trigger?: 'click' | 'hover'
  placement?: 'bottomRight' | 'bottomLeft' | 'bottom' | 'top' | 'right'
}
export function Popover({ content, children, open, onOpenChange, trigger = 'click', placement = 'bottomRight' }: PopoverProps) {
  const control = open === undefined ? {} : { open }
  return (
    <AntPopover
      content={content}
      trigger={trigger === 'hover' ? ['hover', 'focus'] : [trigger]}
      placement={placement}
      arrow={false}
      {...control}
      {...(onOpenChange ? { onOpenChange } : {})}
    >
      {children}
    </AntPopover>
  )
}

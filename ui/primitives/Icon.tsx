import AlertOutlined from '@ant-design/icons/AlertOutlined'
import ApartmentOutlined from '@ant-design/icons/ApartmentOutlined'
import AppstoreOutlined from '@ant-design/icons/AppstoreOutlined'
import ArrowDownOutlined from '@ant-design/icons/ArrowDownOutlined'
import ArrowLeftOutlined from '@ant-design/icons/ArrowLeftOutlined'
import ArrowRightOutlined from '@ant-design/icons/ArrowRightOutlined'
import ArrowUpOutlined from '@ant-design/icons/ArrowUpOutlined'
import AuditOutlined from '@ant-design/icons/AuditOutlined'
import BellOutlined from '@ant-design/icons/BellOutlined'
import CalendarOutlined from '@ant-design/icons/CalendarOutlined'
import CheckCircleFilled from '@ant-design/icons/CheckCircleFilled'
import CheckOutlined from '@ant-design/icons/CheckOutlined'
import ClockCircleOutlined from '@ant-design/icons/ClockCircleOutlined'
import CloseCircleFilled from '@ant-design/icons/CloseCircleFilled'
import CloseOutlined from '@ant-design/icons/CloseOutlined'
import CodeOutlined from '@ant-design/icons/CodeOutlined'
import CopyOutlined from '@ant-design/icons/CopyOutlined'
import DatabaseOutlined from '@ant-design/icons/DatabaseOutlined'
import DeleteOutlined from '@ant-design/icons/DeleteOutlined'
import DesktopOutlined from '@ant-design/icons/DesktopOutlined'
import DownloadOutlined from '@ant-design/icons/DownloadOutlined'
import DownOutlined from '@ant-design/icons/DownOutlined'
import EditOutlined from '@ant-design/icons/EditOutlined'
import ExclamationCircleFilled from '@ant-design/icons/ExclamationCircleFilled'
import EyeInvisibleOutlined from '@ant-design/icons/EyeInvisibleOutlined'
import EyeOutlined from '@ant-design/icons/EyeOutlined'
import FileTextOutlined from '@ant-design/icons/FileTextOutlined'
import FilterOutlined from '@ant-design/icons/FilterOutlined'
import GlobalOutlined from '@ant-design/icons/GlobalOutlined'
import HolderOutlined from '@ant-design/icons/HolderOutlined'
import IdcardOutlined from '@ant-design/icons/IdcardOutlined'
import InboxOutlined from '@ant-design/icons/InboxOutlined'
import KeyOutlined from '@ant-design/icons/KeyOutlined'
import LeftOutlined from '@ant-design/icons/LeftOutlined'
import LockOutlined from '@ant-design/icons/LockOutlined'
import LogoutOutlined from '@ant-design/icons/LogoutOutlined'
import MenuFoldOutlined from '@ant-design/icons/MenuFoldOutlined'
import MenuUnfoldOutlined from '@ant-design/icons/MenuUnfoldOutlined'
import MinusCircleOutlined from '@ant-design/icons/MinusCircleOutlined'
import PauseCircleFilled from '@ant-design/icons/PauseCircleFilled'
import PauseOutlined from '@ant-design/icons/PauseOutlined'
import PlayCircleOutlined from '@ant-design/icons/PlayCircleOutlined'
import PlusOutlined from '@ant-design/icons/PlusOutlined'
import QuestionCircleFilled from '@ant-design/icons/QuestionCircleFilled'
import ReloadOutlined from '@ant-design/icons/ReloadOutlined'
import RightOutlined from '@ant-design/icons/RightOutlined'
import RollbackOutlined from '@ant-design/icons/RollbackOutlined'
import SafetyCertificateOutlined from '@ant-design/icons/SafetyCertificateOutlined'
import SafetyOutlined from '@ant-design/icons/SafetyOutlined'
import SearchOutlined from '@ant-design/icons/SearchOutlined'
import SolutionOutlined from '@ant-design/icons/SolutionOutlined'
import StopOutlined from '@ant-design/icons/StopOutlined'
import SwapOutlined from '@ant-design/icons/SwapOutlined'
import TeamOutlined from '@ant-design/icons/TeamOutlined'
import UserOutlined from '@ant-design/icons/UserOutlined'
import WarningFilled from '@ant-design/icons/WarningFilled'

const icons = {
  alert: AlertOutlined,
  graph: ApartmentOutlined,
  grid: AppstoreOutlined,
  down: ArrowDownOutlined,
  back: ArrowLeftOutlined,
  forward: ArrowRightOutlined,
  up: ArrowUpOutlined,
  audit: AuditOutlined,
  bell: BellOutlined,
  calendar: CalendarOutlined,
  pass: CheckCircleFilled,
  check: CheckOutlined,
  clock: ClockCircleOutlined,
  fail: CloseCircleFilled,
  close: CloseOutlined,
  terminal: CodeOutlined,
  copy: CopyOutlined,
  ledger: DatabaseOutlined,
  delete: DeleteOutlined,
  host: DesktopOutlined,
  download: DownloadOutlined,
  chevronDown: DownOutlined,
  edit: EditOutlined,
  warn: ExclamationCircleFilled,
  hide: EyeInvisibleOutlined,
  watch: EyeOutlined,
  document: FileTextOutlined,
  filter: FilterOutlined,
  language: GlobalOutlined,
  drag: HolderOutlined,
  role: IdcardOutlined,
  inbox: InboxOutlined,
  key: KeyOutlined,
  chevronLeft: LeftOutlined,
  lock: LockOutlined,
  logout: LogoutOutlined,
  fold: MenuFoldOutlined,
  unfold: MenuUnfoldOutlined,
  remove: MinusCircleOutlined,
  paused: PauseCircleFilled,
  pause: PauseOutlined,
  play: PlayCircleOutlined,
  plus: PlusOutlined,
  unknown: QuestionCircleFilled,
  reload: ReloadOutlined,
  chevronRight: RightOutlined,
  rollback: RollbackOutlined,
  certificate: SafetyCertificateOutlined,
  guard: SafetyOutlined,
  search: SearchOutlined,
  request: SolutionOutlined,
  stop: StopOutlined,
  change: SwapOutlined,
  people: TeamOutlined,
  person: UserOutlined,
  danger: WarningFilled,
} as const
export type IconName = keyof typeof icons

/** Decorative: what an icon means is always also said in words, or by the label of its button. */
export function Icon({ name, size, className }: { name: IconName; size?: number; className?: string }) {
  const Glyph = icons[name]
  return <Glyph className={`icon${className ? ` ${className}` : ''}`} style={size ? { fontSize: size } : undefined} aria-hidden />
}

export { insertBinding } from './access.store.ts'
